#!/bin/sh
# End to end: scripts/bootstrap.sh on a fresh Debian of a given suite, as a person without root but with sudo
# and an empty home, from nothing but a clone. Twice, then --uninstall.
#
# The rig, not the bootstrap, provides what this network may lack, and says so: the machine's package mirror,
# its own CA certificates, and the pinned Rust toolchain where neither the suite nor rustup can give one.
# Mounts live in a mount namespace of their own, so nothing stays mounted however this ends.
set -u

usage() {
  cat <<'HELP'
Usage: tests/bootstrap/run.sh SUITE [BOOTSTRAP-ARGUMENT...]

Runs scripts/bootstrap.sh (with --yes if no arguments are given) at this checkout's HEAD in a fresh Debian SUITE:
bookworm, trixie, forky, ... Needs root and mmdebstrap.

Environment:
  SPRINT_CI_CACHE   where the unpacked-once system is kept between runs (default: a directory under ~/.cache)
  SPRINT_RIG_DIR    where the rig is unpacked (default: /var/tmp)
  SPRINT_RIG_UNPLUGGED  1: then make a bundle, and bootstrap a second, barer system from it without any network
  SPRINT_RIG_KEEP   1: leave the rig behind and say where it is

Examples:
  tests/bootstrap/run.sh bookworm
  tests/bootstrap/run.sh trixie --yes --no-test
HELP
}

say() { printf 'rig: %s\n' "$*"; }

fail() {
  printf 'rig: error: %s\n' "$*" >&2
  exit 3
}

# provide_rust: only where the suite's own rustc is too old, because no toolchain can be fetched everywhere.
provide_rust() {
  msrv=$(awk '/^\[/ { inside = ($0 == "[rust]") } inside && $1 == "msrv" { gsub(/"/, "", $3); print $3 }' "$root/pins.toml")
  chroot "$rig" apt-get update >"$work/apt.log" 2>&1 || { tail -n 5 "$work/apt.log"; fail "apt-get update failed in the rig"; }
  offered=$(chroot "$rig" apt-cache policy rustc | awk '$1 == "Candidate:" { print $2 }')
  find "$rig/var/lib/apt/lists" -type f -delete
  if dpkg --compare-versions "$offered" ge "$msrv"; then
    say "the suite's own rustc is $offered, at least $msrv: no toolchain is provided"
    return
  fi
  sysroot=$(RUSTUP_AUTO_INSTALL=0 rustup run "$msrv" rustc --print sysroot 2>/dev/null || rustc --print sysroot) ||
    fail "this machine has no rustc to provide"
  mkdir -p "$rig/opt/rust"
  mount --bind "$(readlink -f "$sysroot")" "$rig/opt/rust" || fail "the toolchain could not be mounted"
  mount -o remount,bind,ro "$rig/opt/rust" || fail "the toolchain could not be made read-only"
  for program in rustc cargo rustdoc; do ln -s "/opt/rust/bin/$program" "$rig/usr/local/bin/$program"; done
  say "the suite's rustc is $offered and no toolchain can be fetched everywhere:"
  say "provided by the rig: $("$sysroot/bin/rustc" --version), read-only, on PATH"
}

# shellcheck disable=SC2016  # dpkg's own syntax, not the shell's
packages_of() { chroot "$1" dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' | grep ' installed$' | sort; }

# bootstrap LOG ARGUMENT...: runs it, shows and keeps its output, sets status and seconds.
bootstrap() {
  log=$work/$1
  shift
  started=$(date +%s)
  say "sprinter\$ scripts/bootstrap.sh $*"
  { as_person scripts/bootstrap.sh "$@" 2>&1; echo "$?" >"$work/status"; } | tee "$log"
  status=$(cat "$work/status")
  seconds=$(($(date +%s) - started))
  say "exit $status after $seconds s"
}

# shellcheck disable=SC2317  # called by check
proof_at_end() { tail -n 25 "$1" | grep -q 'PyInit__base64 from rustc'; }
# shellcheck disable=SC2317  # called by check
installs_nothing() { ! grep -E 'install(ed|ing)? |compiled (in|by)|links to' "$1"; }
# shellcheck disable=SC2317  # called by check
same() { diff "$1" "$2"; }
# shellcheck disable=SC2317  # called by check
nothing_left() { ! find "$rig/home/sprinter/.local" -type f ! -path '*/sprint-kit/keys/*' 2>/dev/null | grep .; }

# inside: what runs in the mount namespace.
inside() {
  mkdir -p "$rig"
  tar -xf "$tarball" -C "$rig" || fail "the system in $tarball could not be unpacked"
  mount -t proc proc "$rig/proc" || fail "cannot mount /proc in the rig"
  mount --rbind /dev "$rig/dev" || fail "cannot mount /dev in the rig"
  provide_network
  provide_user
  provide_clone
  provide_rust
  packages_of "$rig" >"$work/packages.before"
  passed=0 failed=0 proof=1
  [ $# -gt 0 ] || set -- --yes
  case " $* " in *' --no-test '* | *' --only'*) proof=0 ;; esac

  bootstrap first.log "$@"
  check "first run exits 0" [ "$status" = 0 ]
  if [ "$proof" = 1 ]; then check "the proof is on the last screen" proof_at_end "$work/first.log"; fi
  packages_of "$rig" >"$work/packages.first"
  if [ "$failed" = 0 ]; then
    bootstrap second.log "$@"
    check "second run exits 0" [ "$status" = 0 ]
    check "second run installs and compiles nothing" installs_nothing "$work/second.log"
    packages_of "$rig" >"$work/packages.second"
    check "second run leaves the packages alone" same "$work/packages.first" "$work/packages.second"
    if [ "$proof" = 1 ]; then check "the proof is on the last screen again" proof_at_end "$work/second.log"; fi
    if [ -n "${SPRINT_RIG_UNPLUGGED:-}" ] && [ "$proof" = 1 ]; then unplugged; fi
    bootstrap uninstall.log --uninstall --yes
    check "uninstall exits 0" [ "$status" = 0 ]
    packages_of "$rig" >"$work/packages.after"
    check "uninstall takes back the packages" same "$work/packages.before" "$work/packages.after"
    check "uninstall takes back the tools" nothing_left
  else
    for log in "$rig"/home/sprinter/.local/share/sprint-kit/log/*.log; do
      [ -e "$log" ] || continue
      say "the end of ${log#"$rig"}:"
      tail -n 15 "$log" | sed 's/^/    /'
    done
  fi
  printf '%s: %s passed, %s failed\n' "$suite" "$passed" "$failed"
  [ "$failed" = 0 ]
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/lib/debian.sh
. "$root/tests/lib/debian.sh"
# shellcheck source=tests/lib/person.sh
. "$root/tests/lib/person.sh"
# Inside the namespace this is known before.
work=${SPRINT_RIG_INSIDE:-}
# shellcheck source=tests/bootstrap/unplugged.sh
. "$root/tests/bootstrap/unplugged.sh"
case ${1:---help} in
  --help | -h) usage; exit 0 ;;
  -*) usage >&2; exit 2 ;;
esac
suite=$1
shift
if [ -n "${SPRINT_RIG_INSIDE:-}" ]; then
  rig=$work/root tarball=$SPRINT_RIG_TARBALL bare_tarball=$SPRINT_RIG_BARE
  inside "$@"
  exit
fi
[ "$(id -u)" = 0 ] || fail "needs root (chroot and mount)"
for program in mmdebstrap unshare chroot git; do
  command -v "$program" >/dev/null || fail "$program is not there; run: apt-get install mmdebstrap util-linux git"
done
cache=${SPRINT_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sprint-kit-rig}
mkdir -p "$cache" || exit 3
work=$(mktemp -d "${SPRINT_RIG_DIR:-/var/tmp}/sprint-rig.XXXXXX") || exit 3
# shellcheck disable=SC2317  # called by the trap
clean() {
  # The namespace is gone, so nothing is mounted below; --one-file-system makes sure of it all the same.
  if [ "${SPRINT_RIG_KEEP:-0}" = 1 ]; then say "left behind: $work"; else rm -rf --one-file-system "$work"; fi
}
trap clean EXIT
trap 'exit 130' INT TERM HUP
tarball=$cache/bootstrap-rig-$suite-$(dpkg --print-architecture).tar
bare_tarball=$cache/bootstrap-bare-$suite-$(dpkg --print-architecture).tar
if [ -n "${SPRINT_RIG_UNPLUGGED:-}" ]; then
  # Both or none: what is built on the one fits on the other only where the C library is the same.
  for one in "$tarball" "$bare_tarball"; do
    [ -n "$(find "$one" -mtime -7 2>/dev/null)" ] || rm -f "$tarball" "$bare_tarball"
  done
fi
cached_system "$suite" "$tarball" sudo,git,ca-certificates
if [ -n "${SPRINT_RIG_UNPLUGGED:-}" ]; then cached_system "$suite" "$bare_tarball" sudo; fi
SPRINT_RIG_INSIDE=$work SPRINT_RIG_TARBALL=$tarball SPRINT_RIG_BARE=$bare_tarball \
  unshare --mount --propagation private --pid --fork --kill-child "$0" "$suite" "$@"
