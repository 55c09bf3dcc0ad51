#!/bin/sh
# A room: claims, snapshots, hostile guests, the network going away, its compile cache under CPython, the board in a browser.
# stage: slow
set -eu

[ "$(id -u)" = 0 ] || { echo 'skipped: network namespaces need root'; exit 77; }
command -v apt-get >/dev/null 2>&1 || { echo 'skipped: not a Debian, whose packages this uses'; exit 77; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sprint-room.XXXXXX")
policy=''
trap 'rm -rf "$scratch"; [ -z "$policy" ] || rm -f "$policy"' EXIT
missing=''
for pair in redis-server:redis-server redis-cli:redis-tools chromium:chromium node:nodejs npm:npm ip:iproute2 ps:procps curl:curl zstd:zstd; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
if [ -n "$missing" ]; then
    # Debian starts a Redis of its own on installing; nobody here asked for that one.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    # shellcheck disable=SC2086  # words
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing fonts-dejavu-core >/dev/null
fi
cargo build --quiet --locked -p sprint -p sprint-room
npm --prefix tests/room ci --ignore-scripts --no-audit --no-fund --silent

shots=build/screenshots
# Its snapshots are of this checkout's own build.
scripts/sprint build
for part in claims hostile away snapshots bundle lan; do
    mkdir "$scratch/$part"
    python3 "tests/room/$part.py" "$scratch/$part"
done
python3 tests/room/board.py "$scratch/board" "$shots"
for shot in phone-light phone-dark projector-light projector-dark phone-join; do
    [ -s "$shots/board-$shot.png" ] || { echo "no screenshot $shot" >&2; exit 1; }
done
