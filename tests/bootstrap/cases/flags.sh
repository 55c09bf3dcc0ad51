# shellcheck shell=sh
# The command line: what is said, what it exits with, and that looking changes nothing.

test_help_shows_examples_and_exit_codes() {
  sandbox
  run_kit --help
  status_is 0
  says 'Examples:'
  says 'Exit codes: 0 ok, 1 tests failed, 2 usage, 3 setup, 4 build failed, 5 not Rust, 6 integrity, 130 interrupted.'
  home_is_empty
}

test_unknown_flag_is_usage_with_a_hint() {
  sandbox
  run_kit --ofline
  status_is 2
  says 'unknown argument: --ofline'
  says 'did you mean --offline?'
  run_kit --completely-different
  status_is 2
  says_not 'did you mean'
}

test_unknown_step_is_usage_with_a_hint() {
  sandbox
  run_kit --only systm
  status_is 2
  says 'no such step: systm'
  says 'did you mean system?'
  run_kit --only
  status_is 2
}

test_dry_run_prints_commands_and_changes_nothing() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins "$SHA256" 0
  run_kit --dry-run
  status_is 0
  grep -q "^curl --proto =https --fail --location -o .*https://example.invalid/just-1.57.0-" "$OUT" || { show; exit 1; }
  grep -q "sha256sum --check" "$OUT" || { show; exit 1; }
  grep -q 'cargo build --locked -p sprint$' "$OUT" || { show; exit 1; }
  grep -q 'test-module base64$' "$OUT" || { show; exit 1; }
  called_not '^curl'
  called_not '^cargo'
  home_is_empty
  [ ! -e "$KIT/target" ]
}

test_without_a_terminal_changes_need_yes() {
  sandbox
  no_stub just
  run_kit
  status_is 2
  says 'there is no terminal to ask on'
  home_is_empty
}

test_nothing_missing_needs_no_consent() {
  sandbox
  run_kit
  status_is 0
  says '9.5.0 found'
  says '1.57.0 already there'
  says 'stub just: --justfile'
  called '^cargo build --locked -p sprint'
}

test_it_runs_under_every_shell_that_is_here() {
  sandbox
  tried=0
  for shell in dash 'bash --posix' 'busybox sh' ksh mksh yash; do
    command -v "${shell%% *}" >/dev/null 2>&1 || continue
    tried=$((tried + 1))
    real=$(command -v "${shell%% *}")
    # shellcheck disable=SC2086  # a program and its argument
    set -- $shell
    shift
    (cd / && kit_env "$real" "$@" "$KIT/scripts/bootstrap.sh" --dry-run) >"$OUT" 2>"$OUT.err" </dev/null ||
      { echo "  $shell: failed"; show; exit 1; }
    says 'all there'
  done
  [ "$tried" -gt 0 ] || skip "no other shell here"
}
