#!/bin/sh
# What machines do to a build, on the real CPython, one case of each kind; the many cases are in
# crates/sprint/tests/it, on a tiny stand-in (a source and a home that are read-only, only there). Each begins with a
# finished build in a clone of this checkout, from which a part of the objects and the interpreter are taken away, and
# ends with the bytes of a build in peace.
# stage: slow
set -eu

[ "$(id -u)" -eq 0 ] || { echo 'skipped: needs root, to mount a file system and to be without a network'; exit 77; }

scripts/sprint build # compiles the kit, and builds CPython, if need be
work=$(mktemp -d)
finish() {
    code=$?
    cd /
    umount "$work/sp ace ünï/kit/build" 2>/dev/null || :
    rm -rf "$work"
    exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM
cp target/debug/sprint "$work/sprint"
kit="$work/sp ace ünï/kit"
git clone -q --no-hardlinks . "$kit"
mkdir "$kit/build"
cp -a build/sources "$kit/build/"
for directory in build/*/"$(uname -m)"-*-debug; do
    case $directory in *-linux-gnu-debug) native=$directory ;; esac
done
mkdir -p "$kit/$(dirname "$native")"
cp -a "$native" "$kit/$(dirname "$native")/"
cd "$kit"
# What is tested here is make: nothing may bring its results from elsewhere.
SPRINT_SNAPSHOT=off SPRINT_CACHE=off
export SPRINT_SNAPSHOT SPRINT_CACHE
begin=$(date +%s)
say() { printf -- '-- %s (%s s)\n' "$1" "$(($(date +%s) - begin))"; }
sprint() { "$work/sprint" --quiet "$@"; }
take_away() { rm -f "$native"/Objects/[a-d]*.o "$native/python"; }
# What a build consists of. config.log and the kit's own notes tell the story of it, so they differ.
artefacts() {
    (cd "$native" && find . -path ./.sprint -prune -o -type f \
        \( -name '*.o' -o -name '*.a' -o -name '*.so' -o -name python \) -exec sha256sum {} + | sort -k 2)
}
same() {
    artefacts | diff "$work/wanted" - || { echo "not what a build in peace leaves: $1" >&2; exit 1; }
    say "$1"
}

sprint build | grep 'up to date' # a copy at another path is a finished build
take_away
rm -r "$native/.sprint/rust" # the modules of the copy were made at another path
sprint build
artefacts >"$work/wanted"
[ "$(wc -l <"$work/wanted")" -gt 300 ]
took=$(sed -n 's/.*"make":{[^}]*"seconds":\([0-9.]*\).*/\1/p' "$native/.sprint/state.json")
[ "${took%%.*}" -ge 2 ] || { echo "make took $took s: was it really run?" >&2; exit 1; }
say "built in peace, in a path with blanks and letters beyond ASCII; make took $took s"

quoted="$work/ana's \"kit\""
git clone -q --no-hardlinks "$kit" "$quoted"
code=0
(cd "$quoted" && sprint build 2>"$work/err") || code=$?
[ "$code" -eq 3 ] && grep 'error\[path-unusable\]' "$work/err" && [ ! -e "$quoted/build/sources" ]
say 'a path with quotes is refused before anything is done'

seed=${SPRINT_SEED:-$(date +%s)}
echo "   SPRINT_SEED=$seed repeats these moments"
moments=$(awk -v seed="$seed" -v most="$took" 'BEGIN { srand(seed); for (i = 0; i < 12; i++) print rand() * most }')
family() {
    # shellcheck disable=SC2013 # numbers
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
        echo "$child"
        family "$child"
    done
}
killed=0 alone=
for moment in $moments; do
    # Some moments come after the end: a machine's load changes.
    [ "$killed" -lt 5 ] || break
    take_away
    "$work/sprint" build >/dev/null 2>&1 &
    victim=$!
    sleep "$moment"
    # In turns: everything at once, as when the power goes; and the kit alone, whose make goes on and keeps the lock.
    if [ -z "$alone" ]; then
        doomed=$(family "$victim") alone=yes
    else
        doomed='' alone=
    fi
    # shellcheck disable=SC2086 # several numbers; some have ended by now
    kill -9 "$victim" $doomed 2>/dev/null || :
    wait "$victim" || killed=$((killed + 1))
    sprint build
    same "killed after $moment s${alone:+ with all it had started}, taken up again"
done
[ "$killed" -ge 3 ] || { echo "only $killed were killed before they ended" >&2; exit 1; }

# Two at once, one of them under umask 077: one is told, one waits and finds the work done.
take_away
(umask 077 && exec "$work/sprint" --quiet build) &
first=$!
until [ -e "$native/.sprint/make-running" ]; do
    kill -0 "$first"
    sleep 0.1
done
code=0
sprint build --no-wait 2>"$work/err" || code=$?
[ "$code" -eq 7 ] && grep 'error\[busy\]' "$work/err"
sprint build | grep 'up to date'
wait "$first"
same 'two at once, one under umask 077'
(umask 077 && sprint test selftest)

# Nothing but the loopback interface, and that down; the crates are compiled again, from what cargo has at home.
take_away
rm -r "$native/.sprint/rust"
unshare -n "$work/sprint" --quiet build
unshare -n "$work/sprint" --quiet test bisect
same 'without a network'

# A disk that fills during make.
mv build "$work/former"
mkdir build
mount -t tmpfs -o size=1g tmpfs build
cp -a "$work/former/." build/
rm -r "$work/former"
take_away
free=$(df -Pk build | awk 'NR == 2 { print $4 }')
head -c "$(((free - 2048) * 1024))" /dev/zero >build/filler
code=0
sprint build 2>"$work/err" || code=$?
cat "$work/err" >&2
[ "$code" -eq 3 ] && grep -q 'free some space' "$work/err"
rm build/filler
sprint build
same 'a full disk was said to be full; with room'
