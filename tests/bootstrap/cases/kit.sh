# shellcheck shell=sh
# shellcheck disable=SC2016  # stubs expand in their own shell
# The kit's compilation, the test's exit code, and the state directory: lock, interruption, read-only home.

test_exit_codes_of_the_test_are_passed_on() {
  for code in 1 4 5 6; do
    sandbox
    stub just 'case $1 in --version) echo "just 1.57.0" ;; *) exit '$code' ;; esac'
    run_kit --yes
    status_is $code
  done
}

test_no_test_stops_before_it() {
  sandbox
  run_kit --yes --no-test
  status_is 0
  called '^cargo build'
  called_not '^just --justfile'
}

test_crates_that_cannot_be_fetched_are_setup() {
  sandbox
  stub cargo 'case $1 in fetch) echo "error: failed to get crate"; exit 101 ;; esac'
  run_kit --yes
  status_is 3
  says 'error: failed to get crate'
  says 'log/kit.log'
  called_not '^just --justfile'
}

test_a_kit_that_does_not_compile_is_4() {
  sandbox
  stub cargo 'case $1 in build) echo "error[E0308]: mismatched types"; exit 101 ;; esac'
  run_kit --yes
  status_is 4
  says 'error[E0308]: mismatched types'
  says 'cargo build --locked -p sprint'
}

test_second_run_compiles_nothing() {
  sandbox
  run_kit --yes
  says 'compiled in'
  stub cargo 'exit 0'
  run_kit --yes
  status_is 0
  says 'up to date'
  says_not 'compiled in'
}

test_read_only_home_falls_back_to_the_checkout() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins "$SHA256" 0
  curl_serves "$ARCHIVE"
  # A home below a file cannot be created, not even by root.
  : >"$BOX/file"
  HOME_DIR=$BOX/file/home
  run_kit --yes --only just
  status_is 0
  says "kept in $KIT/build/bootstrap"
  [ -x "$KIT/build/bootstrap/bin/just" ]
  run_kit --yes --only just
  says '1.57.0 already there'
}

test_nowhere_to_write_is_setup() {
  sandbox
  : >"$BOX/file"
  : >"$KIT/build"
  HOME_DIR=$BOX/file/home
  run_kit --yes --only just
  status_is 3
  says 'there is no place to install tools to'
}

# slow_download: curl that says it has begun, then takes two seconds.
slow_download() {
  no_stub just
  release_of just 1.57.0
  write_pins "$SHA256" 0
  stub curl "while [ \$# -gt 0 ]; do [ \"\$1\" = --output ] && out=\$2; shift; done
    : >\"\$CALLS.begun\"; sleep 2; cp '$ARCHIVE' \"\$out\""
}

wait_for() {
  tries=0
  until [ -e "$1" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { echo "  never came: $1"; exit 1; }
    sleep 0.1
  done
}

test_two_at_once_wait_for_each_other() {
  sandbox
  slow_download
  (cd / && kit_env "$KIT/scripts/bootstrap.sh" --yes --only just) >"$BOX/one" 2>&1 </dev/null &
  wait_for "$BOX/calls.log.begun"
  run_kit --yes --only just
  status_is 0
  says 'waiting'
  says 'for another bootstrap'
  wait $! || { cat "$BOX/one"; exit 1; }
  grep -q 'installed from its release page' "$BOX/one"
  equal "$(grep -c '^curl' "$BOX/calls.log")" 1
}

test_a_dead_lock_is_taken_over() {
  sandbox
  mkdir -p "$HOME_DIR/.local/share/sprint-kit/lock"
  (exec sh -c 'echo $$') >"$HOME_DIR/.local/share/sprint-kit/lock/pid"
  run_kit --yes --no-test
  status_is 0
  says_not 'for another bootstrap'
  [ ! -e "$HOME_DIR/.local/share/sprint-kit/lock" ]
}

test_interrupted_leaves_nothing_half_installed() {
  sandbox
  slow_download
  (cd / && kit_env "$KIT/scripts/bootstrap.sh" --yes --only just) >"$BOX/one" 2>&1 </dev/null &
  wait_for "$BOX/calls.log.begun"
  # A background job of a script ignores SIGINT; SIGTERM takes the same way.
  kill -TERM $!
  code=0
  wait $! || code=$?
  equal "$code" 130
  equal "$(ls -A "$HOME_DIR/.local/share/sprint-kit/bin")" ''
  [ ! -e "$HOME_DIR/.local/share/sprint-kit/lock" ]
  equal "$(ls -A "$BOX/tmp")" ''
  run_kit --yes --only just
  status_is 0
  says '1.57.0 installed'
}

test_environment_for_later_commands_is_written() {
  sandbox
  run_kit --yes
  status_is 0
  # shellcheck disable=SC1091,SC2123  # the path is what is tested
  (PATH=/before; . "$KIT/build/state/env.sh"; equal "$PATH" "$HOME_DIR/.local/share/sprint-kit/bin:/before:$HOME_DIR/.cargo/bin")
}

# released DIGEST [SHA256]: a release of the kit's command that was made from sources with this digest, where the
# checkout's is `same`; its sum is pinned, or the one that is given.
released() {
  printf '#!/bin/sh\necho "sprint 0.1.0"\n' >"$BOX/sprint"
  chmod +x "$BOX/sprint"
  tar -czf "$BOX/sprint.tar.gz" -C "$BOX" sprint
  sum=${2:-$(sha256sum "$BOX/sprint.tar.gz" | cut -d ' ' -f 1)}
  {
    printf '[tools.sprint]\nversion = "0.1.0"\nkit_digest = "%s"\n' "$1"
    printf 'url = "https://example.invalid/sprint-v{version}-{platform}.tar.gz"\n'
    for platform in x86_64-unknown-linux-musl aarch64-unknown-linux-musl aarch64-apple-darwin x86_64-apple-darwin; do
      printf '[[tools.sprint.artifact]]\nplatform = "%s"\n' "$platform"
      if [ "$sum" = unverified ]; then printf 'unverified = true\n'; else printf 'sha256 = "%s"\n' "$sum"; fi
    done
  } >>"$KIT/pins.toml"
  printf '#!/bin/sh\n[ "$1" = --kit-digest ] && echo same\n' >"$KIT/scripts/sprint"
  chmod +x "$KIT/scripts/sprint"
  curl_serves "$BOX/sprint.tar.gz"
}

test_a_release_of_the_same_sources_is_not_compiled_again() {
  sandbox
  released same
  run_kit --yes --no-test
  status_is 0
  says '0.1.0 taken from its release (the same sources), sha256 as pinned'
  called_not '^cargo build'
  equal "$("$KIT/target/debug/sprint")" 'sprint 0.1.0'
}

test_a_release_of_other_sources_is_not_fetched() {
  for case in 'other' 'same unverified'; do
    sandbox
    # shellcheck disable=SC2086  # words
    released $case
    run_kit --yes --no-test
    status_is 0
    called_not '^curl'
    called '^cargo build'
  done
}

test_a_release_with_a_wrong_sum_is_refused_with_6() {
  sandbox
  released same 00000000000000000000000000000000000000000000000000000000000000ff
  run_kit --yes --no-test
  status_is 6
  [ ! -e "$KIT/target/debug/sprint" ]
}
