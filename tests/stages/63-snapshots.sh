#!/bin/sh
# Snapshots of the real CPython: made by a build from nothing, taken by a fresh clone, checked by minisign itself; an
# edit from before the restore; stores that are full or read-only. The faults that need no CPython are in
# crates/sprint/tests/it.
# stage: slow
set -eu

[ "$(id -u)" -eq 0 ] || { echo 'skipped: needs root, to mount small and read-only file systems'; exit 77; }

export DEBIAN_FRONTEND=noninteractive
missing=
for program in minisign jq zstd; do
    command -v "$program" >/dev/null || missing="$missing $program"
done
# shellcheck disable=SC2086  # words
[ -z "$missing" ] || apt-get install -qy --no-install-recommends $missing >/dev/null

# What bootstrap installed is of this machine; a bundle takes it along, and the unplugged machine has none of it.
bin=${XDG_DATA_HOME:-$HOME/.local/share}/sprint-kit/bin
plain_path=$(printf '%s' "$PATH" | tr : '\n' | grep -vx "$bin" | paste -sd:)
PATH=$bin:$PATH

scripts/sprint --version >/dev/null # compiles it, if need be
sprint=$PWD/target/debug/sprint
root=$PWD
work=$(mktemp -d)
finish() {
    code=$?
    umount "$work/small" 2>/dev/null || :
    rm -rf "$work"
    exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() { echo "FAIL: $*" >&2; exit 1; }
now() { date +%s.%N; }
since() { echo "$1 $(now)" | awk '{ printf "%.1f", $2 - $1 }'; }

# A person's cache and settings of this stage's own; only the release's tarball is shared.
downloads=${XDG_CACHE_HOME:-$HOME/.cache}/sprint-kit/downloads
mkdir -p "$work/cache/sprint-kit"
[ ! -d "$downloads" ] || ln -s "$downloads" "$work/cache/sprint-kit/downloads"
unset SPRINT_SNAPSHOT
export XDG_CACHE_HOME="$work/cache" XDG_CONFIG_HOME="$work/config" XDG_DATA_HOME="$work/data"
store=$XDG_CACHE_HOME/sprint-kit/snapshots/v1

# clone NAME: a fresh clone with the source unpacked, as after `just source release`.
clone() {
    git clone -q --no-hardlinks "$root" "$work/$1"
    cd "$work/$1"
    "$sprint" source >"$work/out" 2>&1 || fail "no source in $1: $(cat "$work/out")"
}

clone maker
begin=$(now)
"$sprint" test base64 --json >"$work/cold.json"
cold=$(since "$begin")
jq -e '.outcome == "green" and .cache.snapshot == "miss"' "$work/cold.json" >/dev/null || fail "$(cat "$work/cold.json")"

# Saved by itself, and nobody waited.
for _ in $(seq 120); do
    [ "$(find "$store" -name '*.json' 2>/dev/null | wc -l)" = 2 ] && break
    sleep 1
done
"$sprint" snapshot verify
archive=$(find "$store" -name '*.tar.zst')
size=$(stat -c %s "$archive")
echo "size of the snapshot: $size bytes"
[ "$size" -le 55000000 ] || fail "a snapshot of $size bytes"
key=$("$sprint" key 2>/dev/null)
public=$("$sprint" snapshot trust --json | jq -r '.[0].key')
minisign -V -q -m "$store/$key.json" -x "$store/$key.json.minisig" -P "$public" || fail 'minisign refuses our signature'

clone taker
begin=$(now)
"$sprint" test base64 --json >"$work/warm.json"
warm=$(since "$begin")
jq -e '.outcome == "green" and .cache.snapshot == "hit" and (.proof.producer | startswith("rustc"))' "$work/warm.json" >/dev/null ||
    fail "$(cat "$work/warm.json")"
echo "from nothing: $cold s; restored: $warm s; ratio $(echo "$warm $cold" | awk '{ printf "%.3f", $1 / $2 }')"
# The aim is 0.06 on a quiet machine (docs/snapshots.md); this only catches a restore that builds.
echo "$warm $cold" | awk '{ exit !($1 < 0.25 * $2) }' || fail "restoring took $warm s of $cold s"
"$sprint" build | grep -q '^up to date' || fail 'a restored build is not up to date'
build=$(echo "$work"/taker/build/release-*/*-debug)
(cd "$build" && make) >"$work/make.log" 2>&1 || fail "make fails: $(tail -n 5 "$work/make.log")"
! grep -E '^[^ ]*(gcc|cc|clang)[^ ]* .* -c ' "$work/make.log" || fail 'make compiled something again'
! grep -rIl "$work/maker" "$build" || fail "the maker's path is in a text file"

# An edit from before the restore, older than every object.
clone editor
file=build/sources/cpython-3.13.5/Objects/boolobject.c
sed -i 's/^Returns True when the argument/Edited before the restore: &/' "$file"
touch -d '2001-01-01' "$file"
"$sprint" test base64 --json >"$work/edited.json"
jq -e '.outcome == "green" and .cache.snapshot == "base"' "$work/edited.json" >/dev/null || fail "$(cat "$work/edited.json")"
"$sprint" python -c 'print(bool.__doc__)' 2>/dev/null | grep -q 'Edited before the restore: Returns' || fail 'the restore hid an edit'

# A bundle, on a machine without any network: an empty home and cache, no crates, no tools but the system's and Rust.
# One that has neither, and gets both from the bundle, is in tests/bootstrap/unplugged.sh.
cd "$work/taker"
"$sprint" bundle make --without rust --to "$work/kit.bundle" --json >"$work/bundle.json"
sha256=$(jq -r .sha256 "$work/bundle.json")
"$sprint" bundle list "$work/kit.bundle"
git clone -q --no-hardlinks "$root" "$work/unplugged"
mkdir "$work/home"
rustup_home=${RUSTUP_HOME:-$HOME/.rustup}
unplugged() {
    (cd "$work/unplugged" && unshare -n env -i HOME="$work/home" PATH="$plain_path" LANG=C.UTF-8 RUSTUP_HOME="$rustup_home" \
        ${RUSTUP_TOOLCHAIN:+RUSTUP_TOOLCHAIN="$RUSTUP_TOOLCHAIN"} "$@")
}
code=0
unplugged ./scripts/bootstrap.sh --yes --no-system --bundle "$work/kit.bundle" --bundle-sha256 "0$sha256" >"$work/out" 2>&1 || code=$?
[ $code = 6 ] || fail "a wrong checksum: exit $code: $(cat "$work/out")"
[ ! -e "$work/unplugged/target" ] || fail 'something of a bundle with a wrong checksum was used'
unplugged ./scripts/bootstrap.sh --yes --no-system --bundle "$work/kit.bundle" --bundle-sha256 "$sha256" || fail 'the bundle does not bootstrap'
# The crates came along too: an edited module is compiled.
echo '// Edited without a network.' >>"$work/unplugged/modules/_base64/src/lib.rs"
unplugged ./scripts/sprint test base64 --json >"$work/unplugged.json" || fail 'no build without a network'
jq -e '.outcome == "green" and .seconds.cargo > 0' "$work/unplugged.json" >/dev/null || fail "$(cat "$work/unplugged.json")"

# Full, then read-only: an error of save, and nothing is left there.
mkdir "$work/small"
mount -t tmpfs -o size=3m tmpfs "$work/small" || fail 'a tmpfs cannot be mounted'
cd "$work/taker"
code=0
"$sprint" snapshot save --store "$work/small" 2>"$work/err" || code=$?
[ $code = 3 ] || fail "a full store: exit $code: $(cat "$work/err")"
[ -z "$(find "$work/small" -name '*.tmp' -o -name '*.zst')" ] || fail 'a full store keeps a part'
mount -o remount,ro "$work/small"
code=0
"$sprint" snapshot save --store "$work/small" 2>"$work/err" || code=$?
[ $code = 3 ] || fail "a read-only store: exit $code: $(cat "$work/err")"
echo 'snapshots: all as they should be'
