# shellcheck shell=sh
# shellcheck disable=SC2016  # stubs expand in their own shell
# The Rust toolchain: which provider is used, in which order, and what is said about it.

# rustup_with TOOLCHAIN...: rustup and its proxies, with these toolchains, each of version 9.5.0.
rustup_with() {
  no_stub rustc
  stub rustup "case \$1 in
    toolchain) case \$2 in
      list) printf '%s\n' $* ;;
      install) [ -e \"\$CALLS.network\" ] || { echo 'error: could not download'; exit 1; } ;;
    esac ;;
    run) case ' $* ' in *\" \$2\"*) echo 'rustc 9.5.0 (stub)' ;; *) exit 1 ;; esac ;;
    override) [ ! -e \"\$CALLS.readonly\" ] ;;
  esac"
  ln -s rustup "$STUBS/rustc"
}

test_rustup_with_the_pinned_toolchain_is_used() {
  sandbox
  rustup_with stable-x86_64-unknown-linux-gnu 9.5.0-x86_64-unknown-linux-gnu
  run_kit --yes --only rust
  status_is 0
  says '9.5.0 found (rustup)'
  called_not '^rustup toolchain install'
  called_not '^rustup override'
}

test_rustup_fetches_the_pinned_toolchain() {
  sandbox
  rustup_with stable-x86_64-unknown-linux-gnu
  : >"$BOX/calls.log.network"
  run_kit --yes --only rust
  status_is 0
  called '^rustup toolchain install 9.5.0 --profile minimal --no-self-update$'
  says '9.5.0 installed by rustup'
  run_kit --uninstall --yes
  called '^rustup toolchain uninstall 9.5.0$'
}

test_same_version_under_another_name_is_used_for_this_checkout() {
  sandbox
  rustup_with nightly-x86_64-unknown-linux-gnu stable-x86_64-unknown-linux-gnu
  run_kit --yes --only rust
  status_is 0
  says 'rustup could not install 9.5.0'
  says "9.5.0 found as rustup's \`stable-x86_64-unknown-linux-gnu\`; used for this checkout only"
  called "^rustup override set stable-x86_64-unknown-linux-gnu --path "
  run_kit --uninstall --yes
  called '^rustup override unset --path '
}

test_rustup_settings_that_cannot_be_written() {
  sandbox
  rustup_with stable-x86_64-unknown-linux-gnu
  : >"$BOX/calls.log.readonly"
  run_kit --yes --only rust,kit
  status_is 0
  says 'export RUSTUP_TOOLCHAIN=stable-x86_64-unknown-linux-gnu'
  grep -q '^export RUSTUP_TOOLCHAIN=stable-x86_64-unknown-linux-gnu$' "$KIT/build/state/env.sh"
}

test_offline_rustup_is_not_asked_to_fetch() {
  sandbox
  rustup_with stable-x86_64-unknown-linux-gnu
  run_kit --yes --offline --only rust
  status_is 0
  called_not '^rustup toolchain install'
  called '^rustup override set stable'
}

test_looking_never_lets_rustup_install() {
  sandbox
  rustup_with stable-x86_64-unknown-linux-gnu
  run_kit --dry-run --only rust
  status_is 0
  called_not '^rustc'
  called_not '^rustup toolchain install'
  says 'rustup would install toolchain 9.5.0'
}

test_newer_rustc_is_fine_and_older_is_not() {
  sandbox
  stub rustc 'echo "rustc 9.7.1 (stub)"'
  run_kit --yes --only rust
  status_is 0
  says 'newer than the pinned 9.5.0: fine'
  stub rustc 'echo "rustc 9.4.0 (stub)"'
  stub curl 'exit 6'
  run_kit --yes --only rust
  status_is 3
  says '9.4.0 found'
  says 'no Rust toolchain of at least 9.5.0 could be had'
}

test_distribution_rustc_only_when_new_enough() {
  sandbox
  no_stub rustc
  stub id 'echo 0'
  stub dpkg-query 'exit 0'
  stub apt-cache 'case $2 in rustup) echo "  Candidate: (none)" ;; *) echo "  Candidate: 9.7.1+dfsg1-1" ;; esac'
  stub apt-get 'exit 0'
  run_kit --yes --only rust
  status_is 0
  called '^apt-get install .* rustc cargo$'
  says "9.7.1+dfsg1-1 installed by apt (rustc cargo); the distribution's signatures vouch for it"
}

test_debian_rustup_package_when_its_rustc_is_too_old() {
  sandbox
  no_stub rustc
  stub id 'echo 0'
  stub dpkg-query 'exit 0'
  stub apt-cache 'echo "  Candidate: 1:1.85.0"'
  stub apt-get 'exit 0'
  rustup_with none
  mv "$STUBS/rustup" "$BOX/rustup"
  rm "$STUBS/rustc"
  stub apt-get "case \$* in *rustup*) cp '$BOX/rustup' '$STUBS/rustup' ;; esac"
  : >"$BOX/calls.log.network"
  run_kit --yes --only rust
  status_is 0
  says 'the distribution offers rustc 1.85.0, 9.5.0 is needed'
  called '^apt-get install .* rustup$'
  called '^rustup toolchain install 9.5.0'
}

# pin_rustup_init SHA256
pin_rustup_init() {
  {
    printf '[tools.rustup-init]\nversion = "1.28.2"\nurl = "https://example.invalid/{version}/{platform}/rustup-init"\n'
    for platform in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu x86_64-unknown-linux-musl \
      aarch64-unknown-linux-musl aarch64-apple-darwin x86_64-apple-darwin; do
      printf '[[tools.rustup-init.artifact]]\nplatform = "%s"\nsha256 = "%s"\n' "$platform" "$1"
    done
  } >>"$KIT/pins.toml"
}

test_rustup_init_is_last_and_pinned() {
  sandbox
  no_stub rustc
  printf '#!/bin/sh\necho "rustup-init $*" >>"$CALLS"\n' >"$BOX/rustup-init"
  pin_rustup_init "$(sha256sum "$BOX/rustup-init" | cut -d ' ' -f 1)"
  curl_serves "$BOX/rustup-init"
  run_kit --yes --only rust
  status_is 0
  called '^rustup-init -y --no-modify-path --profile minimal --default-toolchain 9.5.0$'
  says 'installed by rustup-init 1.28.2, sha256 as pinned'
}

test_another_rustup_init_is_never_run() {
  sandbox
  no_stub rustc
  printf '#!/bin/sh\necho "rustup-init $*" >>"$CALLS"\n' >"$BOX/rustup-init"
  pin_rustup_init 00000000000000000000000000000000000000000000000000000000000000ff
  curl_serves "$BOX/rustup-init"
  run_kit --yes --only rust
  status_is 6
  called_not '^rustup-init'
}
