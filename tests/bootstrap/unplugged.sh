# shellcheck shell=sh disable=SC2154
# A second machine: a fresh Debian of its own with sudo and nothing else (no git, no compiler, no Rust, no lists of
# packages), an empty home, no network at all. A bundle is all that its person has; the clone comes out of it too.
# The caller has say(), fail(), check(), packages_of(), $rig, $root, $work.

bare=$work/bare

# as_unplugged COMMAND...: in their clone, or at home before there is one; in a network namespace without a route.
# shellcheck disable=SC2016  # $HOME is the other system's
as_unplugged() {
  unshare --net chroot --userspec=unplugged:unplugged "$bare" /usr/bin/env -i HOME=/home/unplugged USER=unplugged \
    LOGNAME=unplugged LANG=C.UTF-8 TERM=dumb PATH=/usr/local/bin:/usr/bin:/bin \
    /bin/sh -c 'cd "$HOME" && { [ ! -d sprint-kit ] || cd sprint-kit; } && exec "$@"' sh "$@" </dev/null
}

# without_network ARGUMENT...: bootstrap, its output in $log; sets status.
without_network() {
  status=0
  as_unplugged scripts/bootstrap.sh --yes "$@" >"$log" 2>&1 || status=$?
}

# shellcheck disable=SC2317  # called by check
no_route() { [ -z "$(as_unplugged sed 1d /proc/net/route)" ]; }
# shellcheck disable=SC2317  # called by check
nothing_there() {
  for program in cc git curl rustc cargo zstd xz just; do
    ! chroot "$bare" sh -c "command -v $program" || return 1
  done
}
# shellcheck disable=SC2317  # called by check
nothing_used() { [ ! -e "$bare/home/unplugged/sprint-kit/target" ] && [ ! -e "$bare/home/unplugged/.local" ]; }
# shellcheck disable=SC2317  # called by check
not_compiled() { grep -q "signed by the bundle's maker" "$1" && ! grep -E '^ +(configure|make) +[0-9]' "$1"; }
# shellcheck disable=SC2317  # called by check
green_after_an_edit() {
  echo '// Edited without a network.' >>"$bare/home/unplugged/sprint-kit/modules/_base64/src/lib.rs"
  as_unplugged scripts/sprint test base64 --json >"$work/edited.json" 2>"$work/edited.log" &&
    grep -q '"outcome": *"green"' "$work/edited.json"
}
# shellcheck disable=SC2317  # called by check
nothing_left_there() {
  ! find "$bare/home/unplugged/.local" -type f ! -path '*/sprint-kit/keys/*' 2>/dev/null | grep .
}

# bundle_of_person: what sprinter's own checkout has, in one file; sets sha256.
bundle_of_person() {
  started=$(date +%s)
  if ! as_person scripts/sprint snapshot save >"$work/save.log" 2>&1 ||
    ! as_person scripts/sprint bundle make --with-system --to /home/sprinter/kit.bundle >"$work/bundle.log" 2>&1; then
    tail -n 20 "$work/save.log" "$work/bundle.log"
    return 1
  fi
  sed 's/^/    /' "$work/bundle.log"
  sha256=$(sha256sum "$rig/home/sprinter/kit.bundle" | cut -d ' ' -f 1)
  say "$(wc -c <"$rig/home/sprinter/kit.bundle") bytes after $(($(date +%s) - started)) s, sha256 $sha256"
}

# provide_bare: the fresh system, its person with sudo and an empty home, and the stick with one file.
provide_bare() {
  mkdir -p "$bare"
  tar -xf "$bare_tarball" -C "$bare" || fail "the system in $bare_tarball could not be unpacked"
  mount -t proc proc "$bare/proc" || fail "cannot mount /proc"
  mount --rbind /dev "$bare/dev" || fail "cannot mount /dev"
  printf '127.0.0.1 localhost %s\n' "$(hostname)" >"$bare/etc/hosts"
  chroot "$bare" useradd --create-home --skel /nonexistent --shell /bin/bash --uid 1000 unplugged 2>/dev/null ||
    fail "the second person could not be made"
  printf 'unplugged ALL=(ALL) NOPASSWD: ALL\n' >"$bare/etc/sudoers.d/unplugged"
  find "$bare/var/lib/apt/lists" -type f -delete
  [ -z "$(ls -A "$bare/home/unplugged")" ] || fail "the home directory is not empty"
  mkdir "$bare/stick"
  mv "$rig/home/sprinter/kit.bundle" "$bare/stick/"
}

unplugged() {
  check "a bundle is made" bundle_of_person
  [ "$failed" = 0 ] || return 0
  provide_bare
  check "there is no network" no_route
  check "nor a compiler, git, Rust or any tool of ours" nothing_there
  packages_of "$bare" >"$work/bare.before"

  as_unplugged sh -c 'tar -xOf /stick/kit.bundle clone/sprint-kit.tar.gz | tar -xz' || fail "no clone in the bundle"
  log=$work/wrong.log
  without_network --bundle /stick/kit.bundle --bundle-sha256 "$(printf '%s' "$sha256" | tr '0-9a-f' '1-9a-f0')"
  check "a wrong checksum is exit code 6" [ "$status" = 6 ]
  cp "$bare/stick/kit.bundle" "$bare/stick/flipped.bundle"
  middle=$(($(wc -c <"$bare/stick/flipped.bundle") / 2))
  byte=$(od -An -tu1 -j "$middle" -N 1 "$bare/stick/flipped.bundle")
  # shellcheck disable=SC2059  # the byte itself is the format
  printf "\\$(printf '%03o' $((byte ^ 16)))" |
    dd of="$bare/stick/flipped.bundle" bs=1 seek="$middle" conv=notrunc status=none
  without_network --bundle /stick/flipped.bundle --bundle-sha256 "$sha256"
  check "a flipped bit is exit code 6" [ "$status" = 6 ]
  rm "$bare/stick/flipped.bundle"
  check "and nothing in either was used" nothing_used

  started=$(date +%s)
  log=$work/unplugged.log
  without_network --bundle /stick/kit.bundle --bundle-sha256 "$sha256"
  say "unplugged, from a bare system to green: exit $status after $(($(date +%s) - started)) s"
  sed 's/^/    /' "$log"
  check "the bundle bootstraps without a network" [ "$status" = 0 ]
  if [ "$status" != 0 ]; then
    tail -n 15 "$bare"/home/unplugged/.local/share/sprint-kit/log/*.log
    return 0
  fi
  check "the proof is on the last screen there" proof_at_end "$log"
  check "its snapshot fits: nothing of CPython was compiled" not_compiled "$log"
  packages_of "$bare" >"$work/bare.first"
  check "an edited module is compiled there, and green" green_after_an_edit
  log=$work/unplugged-second.log
  without_network --no-test --bundle /stick/kit.bundle --bundle-sha256 "$sha256"
  check "a second run exits 0" [ "$status" = 0 ]
  check "a second run installs nothing" installs_nothing "$log"
  packages_of "$bare" >"$work/bare.second"
  check "a second run leaves the packages alone" same "$work/bare.first" "$work/bare.second"
  log=$work/unplugged-uninstall.log
  without_network --uninstall
  check "uninstall exits 0 there" [ "$status" = 0 ]
  packages_of "$bare" >"$work/bare.after"
  check "uninstall takes back the bundle's packages" same "$work/bare.before" "$work/bare.after"
  check "uninstall takes back the bundle's Rust and tools" nothing_left_there
}
