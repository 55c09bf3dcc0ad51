# shellcheck shell=sh
# shellcheck disable=SC2016  # stubs expand in their own shell
# A bundle: believed by its checksum, and by nothing else; what it stands in for; what it does not.

# bundle_with NAME...: a bundle whose kit is a stub that writes down how it was called and makes what was asked for; sets
# FILE and SUM.
bundle_with() {
  mkdir -p "$BOX/bundle/bin"
  cat >"$BOX/bundle/bin/sprint" <<STUB
#!/bin/sh
printf '%s\n' "sprint \$*" >>"$BOX/calls.log"
case "\$1 \$2" in
  'bundle use') echo '3 files placed' ;;
  'bundle extract')
    [ ! -e "$BOX/calls.log.broken" ] || { echo 'error[broken-bundle]' >&2; exit 6; }
    case \$* in
      *'--part rust'*)
        mkdir -p "\$9/rust/bin"
        printf '#!/bin/sh\necho "rustc %s (stub)"\n' "\$(cat "$BOX/calls.log.version" 2>/dev/null || echo 9.5.0)" >"\$9/rust/bin/rustc"
        printf '#!/bin/sh\n' >"\$9/rust/bin/cargo"
        chmod 755 "\$9/rust/bin/rustc" "\$9/rust/bin/cargo" ;;
      *) mkdir -p "\$9/system" ;;
    esac ;;
esac
STUB
  chmod 755 "$BOX/bundle/bin/sprint"
  (
    cd "$BOX/bundle" || exit
    for name in "$@"; do
      mkdir -p "$(dirname "$name")"
      [ -e "$name" ] || echo content >"$name"
    done
    tar -cf "$BOX/kit.bundle" bin/sprint "$@"
  )
  FILE=$BOX/kit.bundle
  SUM=$(sha256sum "$FILE" | cut -d ' ' -f 1)
}

# no_rust: neither rustup nor rustc nor cargo.
no_rust() {
  no_stub rustc
  no_stub cargo
}

test_a_bundle_needs_its_checksum() {
  sandbox
  bundle_with
  run_kit --yes --bundle "$FILE"
  status_is 2
  says '--bundle needs --bundle-sha256'
  run_kit --yes --bundle "$BOX/none" --bundle-sha256 "$SUM"
  status_is 2
}

test_a_bundle_with_another_checksum_is_not_looked_at() {
  sandbox
  bundle_with rust/rust.tar.zst
  no_rust
  run_kit --yes --bundle "$FILE" --bundle-sha256 "$(printf '%s' "$SUM" | tr 0-9a-f 1-9a-f0)"
  status_is 6
  says 'nothing in it was looked at'
  called_not '^sprint'
  home_is_empty
  [ ! -e "$KIT/target" ]
}

test_rust_comes_from_the_bundle_and_goes_again() {
  sandbox
  bundle_with rust/rust.tar.zst
  no_rust
  run_kit --yes --no-test --bundle "$FILE" --bundle-sha256 "$SUM"
  status_is 0
  says '9.5.0 from the bundle'
  says 'for new terminals, add this line'
  own=$HOME_DIR/.local/share/sprint-kit
  equal "$("$own/bin/rustc" --version)" 'rustc 9.5.0 (stub)'
  : >"$BOX/calls.log"
  run_kit --yes --no-test --bundle "$FILE" --bundle-sha256 "$SUM"
  says '9.5.0 found (from a bundle)'
  called_not '--part rust'
  run_kit --uninstall --yes
  status_is 0
  [ ! -e "$own" ] || { ls -AR "$own"; exit 1; }
}

test_a_good_rust_is_left_alone() {
  sandbox
  bundle_with rust/rust.tar.zst
  run_kit --yes --no-test --bundle "$FILE" --bundle-sha256 "$SUM"
  status_is 0
  says '9.5.0 found ('
  called_not '--part rust'
}

test_a_bundle_with_an_older_rust_is_told() {
  sandbox
  bundle_with rust/rust.tar.zst
  no_rust
  echo 9.4.9 >"$BOX/calls.log.version"
  run_kit --yes --no-test --bundle "$FILE" --bundle-sha256 "$SUM"
  status_is 3
  says "the bundle's rustc: 9.4.9"
  [ ! -e "$HOME_DIR/.local/share/sprint-kit/rust" ]
}

test_a_bundle_that_breaks_ends_with_its_own_code() {
  sandbox
  bundle_with rust/rust.tar.zst
  no_rust
  : >"$BOX/calls.log.broken"
  run_kit --yes --no-test --bundle "$FILE" --bundle-sha256 "$SUM"
  status_is 6
  says 'error[broken-bundle]'
}

test_a_dry_run_says_what_the_bundle_would_give() {
  sandbox
  bundle_with rust/rust.tar.zst bin/just
  no_rust
  no_stub just
  run_kit --dry-run --bundle "$FILE" --bundle-sha256 "$SUM"
  status_is 0
  says "the bundle's would be put into"
  equal "$(grep -c "the bundle's would be used" "$OUT.err")" 2
  for said in 'bundle use' '--part rust' 'test-module base64'; do
    grep -q -e "$said" "$OUT" || { show; exit 1; }
  done
  home_is_empty
  [ ! -e "$KIT/target" ]
}

test_a_bundle_is_not_used_unasked() {
  sandbox
  bundle_with
  run_kit --bundle "$FILE" --bundle-sha256 "$SUM"
  status_is 2
  says 'there is no terminal to ask on'
  called_not '^sprint'
}

# bare_debian: no compiler, and an apt that brings one.
bare_debian() {
  stub sudo 'case $1 in -n) exit 0 ;; esac; exec "$@"'
  stub apt-get 'case $* in *install*) cp "$APT_CONFIG" "$CALLS.conf"; : >"$CALLS.installed" ;; esac'
  stub apt-cache 'echo "  Candidate: (none)"'
  stub dpkg 'case $1 in --print-architecture) echo amd64 ;; esac'
  stub dpkg-query '[ -e "$CALLS.installed" ] && printf "gcc\tinstalled\n"; printf "base\tinstalled\n"'
  stub cc '[ -e "$CALLS.installed" ] || exit 1
    for word in "$@"; do case $word in *probe.h) grep "^\"found:" "$word" ;; esac; done; exit 0'
}

test_packages_come_from_a_bundle_of_this_release() {
  [ -f /etc/os-release ] || skip 'this machine has no /etc/os-release'
  sandbox
  bare_debian
  mkdir -p "$BOX/bundle/system"
  # shellcheck source=/dev/null
  (. /etc/os-release && echo "$ID ${VERSION_ID:-${VERSION_CODENAME:-}} amd64") >"$BOX/bundle/system/release"
  bundle_with system/release system/Packages
  run_kit --yes --no-test --bundle "$FILE" --bundle-sha256 "$SUM"
  status_is 0
  says 'apt would install, from the bundle: gcc'
  says 'installed by apt: 1 packages; from the bundle'
  called '^sudo env APT_CONFIG=/tmp/sprint-kit-packages[^ ]* apt-get update'
  called '^sudo env APT_CONFIG=[^ ]* env DEBIAN_FRONTEND=noninteractive apt-get install .* gcc'
  grep -q '^Dir::Etc::SourceParts "/dev/null"' "$BOX/calls.log.conf"
  # What was in the way of the machine's own sources is gone.
  [ ! -e "$HOME_DIR/.local/share/sprint-kit/downloads/bundle" ]
  packages=$(sed -n 's/^Dir::Etc::SourceList "\(.*\)\/sources.list";/\1/p' "$BOX/calls.log.conf")
  [ -n "$packages" ] && [ ! -e "$packages" ]
}

test_packages_of_another_release_are_left_alone() {
  sandbox
  bare_debian
  mkdir -p "$BOX/bundle/system"
  echo 'plan9 4 amd64' >"$BOX/bundle/system/release"
  bundle_with system/release system/Packages
  run_kit --yes --no-test --bundle "$FILE" --bundle-sha256 "$SUM"
  status_is 3
  says "the bundle's packages are for plan9 4 amd64"
  called_not 'apt-get install -y'
}

test_a_bundle_on_a_server_is_fetched_once() {
  sandbox
  bundle_with
  stub curl "while [ \$# -gt 0 ]; do [ \"\$1\" = --output ] && out=\$2; shift; done; cp '$BOX/kit.bundle' \"\$out\""
  run_kit --yes --no-test --bundle http://room.invalid:8080/bundle/kit.bundle --bundle-sha256 "$SUM"
  status_is 0
  says 'checksum right'
  called '^curl --proto =http,https .*http://room.invalid:8080/bundle/kit.bundle$'
  : >"$BOX/calls.log"
  run_kit --yes --no-test --bundle http://room.invalid:8080/bundle/kit.bundle --bundle-sha256 "$SUM"
  status_is 0
  called_not '^curl'
}

test_a_server_with_another_file_is_integrity() {
  sandbox
  bundle_with
  stub curl 'while [ $# -gt 0 ]; do [ "$1" = --output ] && out=$2; shift; done; echo other >"$out"'
  run_kit --yes --no-test --bundle http://room.invalid/kit.bundle --bundle-sha256 "$SUM"
  status_is 6
  called_not '^sprint'
  equal "$(find "$HOME_DIR" -name '*.bundle*')" ''
}
