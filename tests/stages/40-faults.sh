#!/bin/sh
# Faults that need root, or the real CPython: a disk that fills, a mirror that lies, no network after the
# first run. The others are in crates/sprint/tests/it, on a tiny stand-in.
# stage: slow
set -eu

[ "$(id -u)" -eq 0 ] || { echo 'skipped: needs root, to mount small and read-only file systems'; exit 77; }

scripts/sprint --version >/dev/null # compiles it, if need be
SPRINT_BINARY=$PWD/target/debug/sprint
work=$(mktemp -d)
finish() {
    code=$?
    umount "$work/small" 2>/dev/null || :
    rm -rf "$work"
    exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

mkdir "$work/small"
mount -t tmpfs -o size=3m tmpfs "$work/small" || {
    echo 'skipped: this machine does not let root mount a tmpfs'
    exit 77
}
TMPDIR=$work/small cargo test --quiet --locked -p sprint --test it -- --ignored full_disk

# Green on the real CPython, with nothing but the loopback interface, and that down.
scripts/sprint test bisect
unshare -n "$SPRINT_BINARY" test bisect

# A mirror that lies is passed over (SPRINT_SOURCE_MIRROR is asked first), in a path with blanks.
kit="$work/sp ace ünï/kit"
git clone -q --no-hardlinks . "$kit"
cd "$kit"
# shellcheck source=scripts/lib/pins.sh
. scripts/lib/pins.sh
PINS=pins.toml
in_pool=$(pin cpython.release debian_pool)
mkdir -p "$work/mirror/$(dirname "$in_pool")"
head -c "$(pin cpython.release size)" /dev/zero >"$work/mirror/$in_pool"
XDG_CACHE_HOME=$work/cache SPRINT_SOURCE_MIRROR=file://$work/mirror \
    "$SPRINT_BINARY" source >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
grep 'sent something else than the pinned file' "$work/err"
grep "CPython $(pin cpython.release version)" "$work/out"
