#!/bin/sh
# A fresh Debian 12, a person with sudo and an empty home, nothing else: from the clone to green.
# stage: slow
set -eu

[ "$(id -u)" = 0 ] || { echo 'skipped: making a fresh Debian needs root'; exit 77; }
SPRINT_RIG_UNPLUGGED=1 tests/bootstrap/run.sh bookworm
