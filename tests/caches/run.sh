#!/bin/sh
# Three builds of one key: the first fills the caches, the second (another directory, another user) lives on a copy of
# them, the third is made without. Then every byte is compared, and a server is taken away in the middle of a make.
# usage: unshare --mount tests/caches/run.sh
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd -P)
user=23457
work=$(mktemp -d "${TMPDIR:-/var/tmp}/sprint-caches-XXXXXX")
sccache=$(command -v sccache || echo "${XDG_DATA_HOME:-$HOME/.local/share}/sprint-kit/bin/sccache")
one=$work/kit two=$work/another/place/kit2
cache1=$work/cache1 cache2=$work/cache2

say() { printf '%s\n' "$*"; }
fail() { printf 'FAIL  %s\n' "$*" >&2; exit 1; }
ok() { printf 'ok    %s\n' "$*"; }

# stop CACHE: ends the servers that builds with this cache have started.
stop() {
    for socket in "$1"/sprint-kit/servers/*; do
        [ -S "$socket" ] || continue
        SCCACHE_SERVER_UDS=$socket SCCACHE_CONF=/nonexistent "$sccache" --stop-server >/dev/null 2>&1 || true
    done
}

clean_up() {
    stop "$cache1"
    stop "$cache2"
    umount "$work/rust" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

[ -x "$sccache" ] || fail 'there is no sccache: ./scripts/bootstrap.sh --only sccache'
(cd "$root" && env -u SPRINT_BINARY ./scripts/sprint --version >/dev/null)
chmod 755 "$work"
mkdir "$work/bin" "$work/rust" "$work/home" "$work/cargo"
cp "$root/target/debug/sprint" "$sccache" "$work/bin/"
for kit in "$one" "$two"; do
    mkdir -p "$(dirname "$kit")"
    git -c safe.directory='*' clone -q --no-hardlinks "file://$root" "$kit"
done
mkdir -p "$cache1/sprint-kit"
downloads=${XDG_CACHE_HOME:-$HOME/.cache}/sprint-kit/downloads
[ ! -d "$downloads" ] || cp -R "$downloads" "$cache1/sprint-kit/"

# The toolchain itself, where the other user can see it too.
mount --bind "$(cd "$root" && rustc --print sysroot)" "$work/rust"
for name in config.toml registry; do
    [ ! -e "${CARGO_HOME:-$HOME/.cargo}/$name" ] || cp -R "${CARGO_HOME:-$HOME/.cargo}/$name" "$work/cargo/"
done

# The same PATH for both: what configure finds there is in the key.
path=$work/bin:$work/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
kit() { # kit DIRECTORY CACHE HOME COMMAND...: the kit's command, with nothing of the caller's settings
    kit_at=$1 kit_cache=$2 kit_home=$3
    shift 3
    (cd "$kit_at" && env -i HOME="$kit_home" PATH="$path" LANG=C.UTF-8 XDG_CACHE_HOME="$kit_cache" \
        SPRINT_BINARY="$work/bin/sprint" SPRINT_SNAPSHOT=off \
        CARGO_HOME="$work/cargo" SPRINT_CACHE="${cache:-on}" ${flags:+CFLAGS="$flags"} \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
        ${CARGO_HTTP_CAINFO:+CARGO_HTTP_CAINFO="$CARGO_HTTP_CAINFO"} \
        setpriv --reuid "${as:-0}" --regid "${as:-0}" --clear-groups ./scripts/sprint "$@")
}
timed() { # timed NAME COMMAND...: runs it, keeps its output, leaves the seconds in $spent
    timed_log=$work/$1.log
    shift
    timed_begin=$(date +%s)
    "$@" >"$timed_log" 2>&1 || { cat "$timed_log"; fail "$*"; }
    spent=$(($(date +%s) - timed_begin))
}

timed cold kit "$one" "$cache1" "$HOME" build
cold=$spent
say "cold, filling the caches: $cold s"
grep -q 'compiled before' "$work/cold.log" || { cat "$work/cold.log"; fail 'the compile cache took no part'; }

mkdir -p "$cache2/sprint-kit"
for name in objects configure downloads; do
    [ ! -d "$cache1/sprint-kit/$name" ] || cp -R "$cache1/sprint-kit/$name" "$cache2/sprint-kit/"
done
chown -R "$user:$user" "$two" "$cache2" "$work/home" "$work/cargo"
chown "$user:$user" "$work/another" "$work/another/place"
as=$user
timed warm kit "$two" "$cache2" "$work/home" build
warm=$spent
say "warm, another directory and user: $warm s"
as=0
line=$(grep 'compiled before' "$work/warm.log") || { cat "$work/warm.log"; fail 'no object was found'; }
hits=$(printf '%s\n' "$line" | sed 's/.* \([0-9,]*\) of \([0-9,]*\) files.*/\1/; s/,//g')
all=$(printf '%s\n' "$line" | sed 's/.* \([0-9,]*\) of \([0-9,]*\) files.*/\2/; s/,//g')
[ "$((hits * 100))" -ge "$((all * 98))" ] || fail "only $hits of $all compilations were found"
ok "$hits of $all compilations were found in the copy of the cache"
build=$(cd "$two" && echo build/release-*/*-debug)
grep -q 'loading cache' "$two/$build/.sprint/configure.log" || fail "configure's answers were not used"
ok "configure's answers were used"

cache=off
timed plain kit "$one" "$cache1" "$HOME" build --clean
say "plain, no cache: $spent s"
say "warm / plain: $(awk "BEGIN { printf \"%.2f\", $warm / $spent }") (aim: at most 0.25), cold / plain: $(awk "BEGIN { printf \"%.2f\", $cold / $spent }")"
! grep -q 'loading cache' "$one/$build/.sprint/configure.log" || fail 'SPRINT_CACHE=off was not heard'
timed reproduce kit "$one" "$cache1" "$HOME" reproduce --with "$two"
grep -q '^reproduced' "$work/reproduce.log" || { cat "$work/reproduce.log"; fail 'other bytes'; }
ok "without a cache and out of one, two directories, two users: $(grep "^reproduced" "$work/reproduce.log")"
cache=on

# A byte that is not the same must be found.
printf 'x' >>"$two/$build/Objects/longobject.o"
code=0
kit "$one" "$cache1" "$HOME" reproduce --with "$two" >"$work/other.log" 2>&1 || code=$?
if [ "$code" != 6 ] || ! grep -q 'Objects/longobject.o: differs' "$work/other.log"; then
    fail "a changed byte: exit code $code"
fi
ok 'a byte too many is found, exit code 6'

# Other flags are another key, and other answers.
kit "$one" "$cache1" "$HOME" key --json >"$work/key.json" 2>"$work/key.log"
flags=-DKIT_TEST
kit "$one" "$cache1" "$HOME" key --diff "$work/key.json" >"$work/diff.log" 2>&1
flags=
grep -q 'configure.cc.env.CFLAGS' "$work/diff.log" || fail 'a flag is not in the key'
ok 'a flag is another key, and named as the reason'

# The server goes away in the middle of a make.
rm -f "$two/$build/python" "$two/$build"/Objects/*.o
as=$user
kit "$two" "$cache2" "$work/home" build >"$work/away.log" 2>&1 &
builder=$!
sleep 4
stop "$cache2"
wait "$builder" || { cat "$work/away.log"; fail 'the build failed when the server went away'; }
as=0
cache=off
kit "$one" "$cache1" "$HOME" reproduce --with "$two" >"$work/away.log" 2>&1 || { cat "$work/away.log"; fail 'other bytes'; }
ok 'the server goes away in the middle of make: the build goes on, the bytes are the same'
