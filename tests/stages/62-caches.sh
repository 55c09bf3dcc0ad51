#!/bin/sh
# The compile cache and configure's answers on the real CPython: another directory, another user, the same bytes.
# stage: slow
set -eu

[ "$(id -u)" = 0 ] || { echo 'skipped: a second user needs root'; exit 77; }
# The rest runs with mounts of its own, which end with it.
exec unshare --mount sh tests/caches/run.sh
