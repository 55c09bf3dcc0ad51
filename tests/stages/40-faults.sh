#!/bin/sh
# What machines do to a build, on the real CPython, one case of each kind; the many cases are in
# crates/sprint/tests/it, on a tiny stand-in. Here: an odd path, a corrupted mirror, killed during make,
# umask 077, no network, a full disk, a read-only source. The results must be those of a build in peace.
# stage: slow
set -eu

[ "$(id -u)" -eq 0 ] || { echo 'skipped: needs root, to mount small and read-only file systems'; exit 77; }
command -v python3 >/dev/null || { echo 'skipped: needs python3, to read JSON'; exit 77; }

scripts/sprint --version >/dev/null # compiles it, if need be
SPRINT_BINARY=$PWD/target/debug/sprint
work=$(mktemp -d)
kit="$work/sp ace ünï/kit"
build=$kit/build/release-3.13.5/$(uname -m)-unknown-linux-gnu-debug
finish() {
    code=$?
    cd /
    for mount in "$kit/build/sources/cpython-3.13.5" "$kit/build" "$work/small"; do
        umount "$mount" 2>/dev/null || :
    done
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

git clone -q --no-hardlinks . "$kit"
cd "$kit"
# The same bytes every time: CPython writes the time of its build into itself.
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH
sprint() { "$SPRINT_BINARY" "$@"; }
# What a build consists of. config.log and the logs of the kit tell the story of it, so they differ.
artefacts() {
    (cd "$build" && find . -type f \( -name '*.o' -o -name '*.a' -o -name '*.so' -o -name python \) ! -path './.sprint/*' \
        -exec sha256sum {} + | sort -k 2)
}
say() { printf -- '-- %s (%s s)\n' "$1" "$(($(date +%s) - begin))"; }
begin=$(date +%s)

# A mirror that lies is passed over. (SPRINT_SOURCE_MIRROR is asked first.)
XDG_CACHE_HOME=$work/cache
export XDG_CACHE_HOME
mkdir -p "$work/mirror/pool/main/p/python3.13"
head -c 22856016 /dev/zero >"$work/mirror/pool/main/p/python3.13/python3.13_3.13.5.orig.tar.xz"
SPRINT_SOURCE_MIRROR=file://$work/mirror sprint source >"$work/out" 2>"$work/err"
grep -q 'sent something else than the pinned file' "$work/err"
say 'a mirror that lies was passed over'

sprint build
artefacts >"$work/wanted"
[ "$(wc -l <"$work/wanted")" -gt 300 ]
say 'built in peace, in a path with blanks and letters beyond ASCII'

unshare -n "$SPRINT_BINARY" test base64
say 'green without a network'

# Killed during make, with everything it started; and taken up again with another umask.
rm -rf "$build"
setsid "$SPRINT_BINARY" build >/dev/null 2>&1 &
victim=$!
until [ -e "$build/.sprint/make-running" ]; do
    kill -0 "$victim"
    sleep 0.2
done
sleep "$(python3 -c 'import random; print(random.uniform(2, 20))')"
# shellcheck disable=SC2013 # the kernel writes all of them on one line
family() { for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do echo "$child"; family "$child"; done; }
doomed=$(family "$victim")
# shellcheck disable=SC2086 # several numbers; some have ended by now
kill -9 "$victim" $doomed 2>/dev/null || :
wait "$victim" && { echo 'the build was not killed' >&2; exit 1; }
[ -e "$build/.sprint/make-running" ]
(umask 077 && sprint build)
artefacts | cmp - "$work/wanted"
(umask 077 && sprint test base64)
say 'killed during make, taken up again under umask 077: the same bytes, and green'

# A disk that fills during make, below a source that cannot be written.
mv build/sources "$work/sources"
rm -rf build && mkdir build
mount -t tmpfs -o size=90m tmpfs build
mkdir -p build/sources/cpython-3.13.5
cp -p "$work/sources/cpython-3.13.5.manifest" build/sources/
mount --bind "$work/sources/cpython-3.13.5" build/sources/cpython-3.13.5
mount -o remount,bind,ro build/sources/cpython-3.13.5
if sprint build 2>"$work/err"; then
    echo '90 MB were enough for a build?' >&2
    exit 1
else
    code=$?
fi
cat "$work/err" >&2
[ "$code" -eq 3 ]
grep -q 'free some space' "$work/err"
mount -o remount,size=2g build
sprint build
artefacts | cmp - "$work/wanted"
say 'a full disk was said to be full; with room, from a read-only source: the same bytes'
