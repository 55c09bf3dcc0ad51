#!/bin/sh
# Real Nix on the real flake: Debian forky's nix in a fresh system, and instead of the two inputs, which only the
# internet has, stand-ins whose packages are that system's own programs (tests/nix/standin). What is tested is therefore
# the flake, its shell and the lock, not nixpkgs. Mounts live in a mount namespace of their own.
set -u

usage() {
  cat <<'HELP'
Usage: tests/nix/run.sh

Evaluates the flake of this checkout's HEAD for four systems, enters its shells, builds CPython in one. Needs root,
mmdebstrap, and the pinned Rust toolchain on this machine.

Environment: SPRINT_CI_CACHE, SPRINT_RIG_DIR and SPRINT_RIG_KEEP, as for tests/bootstrap/run.sh
HELP
}

say() { printf 'nix: %s\n' "$*"; }

fail() {
  printf 'nix: error: %s\n' "$*" >&2
  exit 3
}

# The programs that stdenv and nix/packages.nix offer, and the libraries.
packages=nix-bin,ca-certificates,gawk,file,bzip2,patch,xz-utils,make,gcc,libc6-dev,git,curl,jq,just,sccache,shellcheck
packages=$packages,python3,pkg-config,rustc,cargo,clang,libbz2-dev,libgdbm-dev,libffi-dev,uuid-dev,libncurses-dev
packages=$packages,libssl-dev,libreadline-dev,libsqlite3-dev,liblzma-dev,zlib1g-dev,zstd,libzstd-dev

# pinned_sysroot: the directory of the pinned Rust on this machine.
pinned_sysroot() {
  sysroot=$(RUSTUP_AUTO_INSTALL=0 rustup run "$msrv" rustc --print sysroot 2>/dev/null || rustc --print sysroot) || return 1
  case $("$sysroot/bin/rustc" --version) in
    "rustc $msrv "*) readlink -f "$sysroot" ;;
    *) return 1 ;;
  esac
}

# provide_toolchains: two real compilers under the names that the stand-in offers them by.
provide_toolchains() {
  mkdir -p "$rig/opt/rust"
  mount --bind "$SPRINT_NIX_SYSROOT" "$rig/opt/rust" || fail "the toolchain could not be mounted"
  mount -o remount,bind,ro "$rig/opt/rust" || fail "the toolchain could not be made read-only"
  other=$(chroot "$rig" rustc --version | cut -d ' ' -f 2)
  say "Rust $msrv is this machine's own, read-only; Rust $other is Debian's"
  {
    printf '{\n  "%s" = "/opt/rust";\n  "%s" = "/usr";\n' "$msrv" "$other"
    if [ "$stable" != "$other" ]; then
      say "Debian's rustc is not the pinned stable ($stable): that shell is evaluated, not entered"
      printf '  "%s" = "/usr";\n' "$stable"
    fi
    printf '}\n'
  } >"$rig/standin/rust-overlay/toolchains.nix"
}

# provide_downloads: what this machine has fetched already is not fetched again.
provide_downloads() {
  mkdir -p "$rig/root/.cache/sprint-kit/downloads" "$rig/root/.cargo/registry"
  tarball=${XDG_CACHE_HOME:-$HOME/.cache}/sprint-kit/downloads/Python-$release.tar.xz
  if [ -e "$tarball" ]; then cp "$tarball" "$rig/root/.cache/sprint-kit/downloads/"; fi
  for part in index cache; do
    from=${CARGO_HOME:-$HOME/.cargo}/registry/$part
    if [ -d "$from" ]; then cp -r "$from" "$rig/root/.cargo/registry/"; fi
  done
}

# style_tools: nixfmt (a Rust implementation of it) and deadnix, from the crate registry; statix is in none that CI has.
style_tools() {
  for crate in nixfmt_rs@0.5.3 deadnix@1.3.1; do
    [ -x "$cache/nix-tools/$crate/bin/${crate%%[_@]*}" ] ||
      cargo install --quiet --locked --root "$cache/nix-tools/$crate" "$crate" || return 1
  done
}

style() {
  nixfmt=$cache/nix-tools/nixfmt_rs@0.5.3/bin/nixfmt
  deadnix=$cache/nix-tools/deadnix@1.3.1/bin/deadnix
  (
    cd "$root" || exit 3
    "$nixfmt" --check flake.nix nix/*.nix tests/nix/standin/*/*.nix && "$deadnix" --fail flake.nix nix tests/nix
  ) || return 1
  say "nixfmt and deadnix have nothing to say; statix: not in any registry that CI reaches, so not run"
}

pin() { awk -v section="[$1]" -v key="$2" '/^\[/ { inside = ($0 == section) } inside && $1 == key { gsub(/"/, "", $3); print $3 }' "$root/pins.toml"; }

# inside: what runs in the mount namespace.
inside() {
  mkdir -p "$rig"
  tar -xf "$tarball" -C "$rig" || fail "the system in $tarball could not be unpacked"
  mount -t proc proc "$rig/proc" || fail "cannot mount /proc"
  mount --rbind /dev "$rig/dev" || fail "cannot mount /dev"
  provide_network
  cp -r "$root/tests/nix/standin" "$rig/standin"
  cp "$root/tests/nix/inside.sh" "$root/tests/lib/debian.sh" "$rig/standin/"
  provide_toolchains
  provide_downloads
  git clone -q --no-hardlinks "file://$root" "$rig/root/kit" || fail "git clone failed"
  say "a clean clone of $(git -C "$root" rev-parse --short HEAD); $(chroot "$rig" nix --version)"
  chroot "$rig" /usr/bin/env -i HOME=/root USER=root LANG=C.UTF-8 TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
    MSRV="$msrv" OTHER="$other" STABLE="$stable" sh /standin/inside.sh </dev/null
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/lib/debian.sh
. "$root/tests/lib/debian.sh"
case ${1:-} in
  --help | -h) usage; exit 0 ;;
  ?*) usage >&2; exit 2 ;;
esac
msrv=$(pin rust msrv) stable=$(pin rust stable) release=$(pin cpython.release version)
if [ -n "${SPRINT_RIG_INSIDE:-}" ]; then
  work=$SPRINT_RIG_INSIDE rig=$work/root tarball=$SPRINT_RIG_TARBALL
  inside
  exit
fi
[ "$(id -u)" = 0 ] || fail "needs root (chroot and mount)"
for program in mmdebstrap unshare chroot git; do
  command -v "$program" >/dev/null || fail "$program is not there; run: apt-get install mmdebstrap util-linux git"
done
SPRINT_NIX_SYSROOT=$(pinned_sysroot) || fail "Rust $msrv is not on this machine; run: rustup toolchain install $msrv"
cache=${SPRINT_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sprint-kit-rig}
mkdir -p "$cache" || exit 3
work=$(mktemp -d "${SPRINT_RIG_DIR:-/var/tmp}/sprint-nix.XXXXXX") || exit 3
# shellcheck disable=SC2317  # called by the trap
clean() {
  # The namespace is gone, so nothing is mounted below; --one-file-system makes sure of it all the same.
  if [ "${SPRINT_RIG_KEEP:-0}" = 1 ]; then say "left behind: $work"; else rm -rf --one-file-system "$work"; fi
}
trap clean EXIT
trap 'exit 130' INT TERM HUP
# Another list of packages is another system.
tarball=$cache/nix-rig-forky-$(dpkg --print-architecture)-$(printf '%s' "$packages" | cksum | cut -d ' ' -f 1).tar
style_tools >"$work/style-tools.log" 2>&1 &
tools=$!
cached_system forky "$tarball" "$packages"
wait "$tools" || fail "the Nix formatter and linter could not be compiled: $(tail -n 5 "$work/style-tools.log")"
style || fail "the Nix files are not as they should be"
SPRINT_RIG_INSIDE=$work SPRINT_RIG_TARBALL=$tarball SPRINT_NIX_SYSROOT=$SPRINT_NIX_SYSROOT \
  unshare --mount --propagation private --pid --fork --kill-child "$0"
