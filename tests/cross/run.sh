#!/bin/sh
# Every target from one machine: a fresh Debian forky with exactly the packages that docs/cross.md names, a person
# without root, a clean clone of this checkout. The person never uses sudo; what is moved away to see it
# missed is moved by the rig.
set -u

usage() {
  cat <<'HELP'
Usage: tests/cross/run.sh

Tests all targets at this checkout's HEAD in a fresh Debian forky. Needs root, mmdebstrap and python3.

Environment:
  SPRINT_RIG_DIR    where the rig is made (default: /var/tmp), 6 GB
  SPRINT_RIG_KEEP   1: leave the rig behind and say where it is
HELP
}

# documented_packages: the list of docs/cross.md, with commas.
documented_packages() {
  awk '/^sudo apt-get install gcc-aarch64/ { on = 1 } on { print; if ($0 !~ /\\$/) exit }' "$root/docs/cross.md" |
    sed 's/^sudo apt-get install//; s/\\$//' | xargs | tr ' ' ,
}

# json NAME ARGUMENT...: just test-module with --json, kept in $work/NAME.json; shows its progress.
json() {
  file=$work/$1.json
  shift
  say "sprinter\$ just test-module $*"
  as_person just test-module "$@" --json >"$file"
}

# shellcheck disable=SC2317  # called by check
judge() { python3 "$root/tests/cross/judge.py" "$@"; }

# emulated TARGET FILE...: CPython's own runner in the build directory of that target.
# shellcheck disable=SC2317  # called by check
emulated() {
  at=build/release-$(sed -n '/^\[cpython\.release\]/,/^$/s/^version = "\(.*\)"/\1/p' "$root/pins.toml")/$1-debug
  shift
  as_person "./$at/python" -c 'import zlib' && as_person "./$at/python" -m test --timeout 600 "$@"
}

# without FILE ID TARGET: with FILE moved away, a test run ends with exit code 3 and names the finding ID.
# shellcheck disable=SC2317  # called by check
without() {
  mv "$rig$1" "$rig$1.away" || return 1
  refused "$2" "$3"
  without_result=$?
  mv "$rig$1.away" "$rig$1"
  return "$without_result"
}

# refused ID TARGET [NAME=VALUE...]
# shellcheck disable=SC2317  # called by check
refused() {
  refused_id=$1 refused_target=$2
  shift 2
  as_person env "$@" scripts/sprint test base64 "$refused_target" >"$work/refused.log" 2>&1
  refused_code=$?
  if [ "$refused_code" = 3 ] && grep -q "$refused_id" "$work/refused.log" && grep -q ' fix: ' "$work/refused.log"; then
    sed -n 's/^ *fix: */  fix: /p' "$work/refused.log"
    return 0
  fi
  printf 'exit %s:\n' "$refused_code"
  cat "$work/refused.log"
  return 1
}

# old_sdk: a directory that says it is WASI SDK 20.
old_sdk() {
  # shellcheck disable=SC2016  # the person's own shell expands it
  as_person sh -c 'mkdir -p ~/old-sdk/bin ~/old-sdk/share/wasi-sysroot && echo 20.0 >~/old-sdk/VERSION &&
    for program in clang clang++ llvm-ar llvm-ranlib wasm-ld; do ln -sf /bin/false ~/old-sdk/bin/$program; done'
}

# old_qemu: a stand-in that answers as an old qemu does when a child closes its files (none can be had here).
old_qemu() {
  # shellcheck disable=SC2016  # for the script that is written
  as_person sh -c 'mkdir -p ~/old-qemu && printf "#!/bin/sh\necho 64 127\n" >~/old-qemu/qemu-aarch64 &&
    chmod +x ~/old-qemu/qemu-aarch64'
}

inside() {
  mount -t proc proc "$rig/proc" || fail "cannot mount /proc in the rig"
  mount --rbind /dev "$rig/dev" || fail "cannot mount /dev in the rig"
  provide_network
  provide_user
  provide_clone
  # The kit asks apt for its mirror, and finds the pinned source there where python.org cannot be reached.
  chroot "$rig" apt-get update >"$work/apt.log" 2>&1 || fail "apt-get update failed: $(tail -n 5 "$work/apt.log")"
  passed=0 failed=0
  check "wasmtime is installed by its fix" as_person scripts/bootstrap.sh --yes --only wasmtime

  check "base64 on all targets" json cold base64 all
  check "  green and proven (the aim: 5 native builds)" judge cold "$work/cold.json" 5
  # Nothing is built now: this one also tells what a warm run costs.
  check "bisect, which replaces a C module, on all targets" json bisect bisect all
  check "  green and proven (the aim: one native build)" judge warm "$work/bisect.json" "$work/cold.json"
  check "test_zlib and test_struct under qemu-aarch64" emulated aarch64-unknown-linux-gnu test_zlib test_struct
  check "a new module is made" as_person scripts/sprint new-module crossed
  check "  and passes untouched" json new crossed all
  check "  green and proven" judge green "$work/new.json"

  check "no cross compiler is a finding" without /usr/bin/aarch64-linux-gnu-gcc cross-compiler-missing aarch64
  check "no standard library is a finding" without /usr/lib/rustlib/armv7-unknown-linux-gnueabihf/lib \
    rust-std-missing armv7
  check "no qemu is a finding" without /usr/bin/qemu-arm qemu-missing armv7
  check "no wasmtime is a finding" without /home/sprinter/.local/share/sprint-kit/bin/wasmtime wasmtime-missing wasi
  check "no WASI SDK is a finding" without /usr/lib/wasm32-wasip1/libc.a wasi-sdk-missing wasi
  old_sdk
  check "an old WASI SDK is a finding" refused wasi-sdk-old wasi WASI_SDK_PATH=/home/sprinter/old-sdk
  old_qemu
  check "an old qemu is a finding" refused qemu-old aarch64 \
    PATH=/home/sprinter/old-qemu:/usr/local/bin:/usr/bin:/bin
  printf 'cross: %s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" = 0 ]
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
case ${1:-} in
  '') ;;
  --help | -h) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac
packages_included=sudo,git,ca-certificates,gcc,libc6-dev,make,pkg-config,xz-utils,curl,python3-pip,zlib1g-dev,rustc,cargo,just
packages_included=$packages_included,$(documented_packages)
# Without documentation and translations it takes half the time.
system_options="--architectures=amd64,arm64,armhf --dpkgopt=force-unsafe-io --dpkgopt=path-exclude=/usr/share/man/* \
  --dpkgopt=path-exclude=/usr/share/doc/* --dpkgopt=path-exclude=/usr/share/locale/*"
say() { printf 'rig: %s\n' "$*"; }
fail() {
  printf 'rig: error: %s\n' "$*" >&2
  exit 3
}
# shellcheck source=tests/lib/debian.sh
. "$root/tests/lib/debian.sh"
# shellcheck source=tests/lib/person.sh
. "$root/tests/lib/person.sh"
if [ -n "${SPRINT_RIG_INSIDE:-}" ]; then
  work=$SPRINT_RIG_INSIDE rig=$work/root
  inside
  exit
fi
[ "$(id -u)" = 0 ] || fail "needs root (chroot and mount)"
for program in mmdebstrap unshare chroot git python3; do
  command -v "$program" >/dev/null || fail "$program is not there; run: apt-get install mmdebstrap util-linux git python3"
done
work=$(mktemp -d "${SPRINT_RIG_DIR:-/var/tmp}/sprint-cross.XXXXXX") || exit 3
rig=$work/root
# shellcheck disable=SC2317  # called by the trap
clean() {
  # The namespace is gone, so nothing is mounted below; --one-file-system makes sure of it all the same.
  if [ "${SPRINT_RIG_KEEP:-0}" = 1 ]; then say "left behind: $work"; else rm -rf --one-file-system "$work"; fi
}
trap clean EXIT
trap 'exit 130' INT TERM HUP
say "making a fresh Debian forky with the packages of docs/cross.md"
begin=$(date +%s)
make_system forky "$rig" "$packages_included"
say "made in $(($(date +%s) - begin)) s"
SPRINT_RIG_INSIDE=$work unshare --mount --propagation private --pid --fork --kill-child "$0"
