#!/bin/sh
# aarch64, armv7 and wasm32-wasip1 from this machine, in a fresh Debian that has all the parts.
# stage: slow
set -eu

[ "$(id -u)" = 0 ] || { echo 'skipped: making a fresh Debian needs root'; exit 77; }
[ "$(uname -m)" = x86_64 ] || { echo 'skipped: the targets are cross targets of x86_64 machines'; exit 77; }
tests/cross/run.sh
