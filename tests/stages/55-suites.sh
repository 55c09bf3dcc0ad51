#!/bin/sh
# The same on newer Debians.
# stage: slow
set -eu

[ "$(id -u)" = 0 ] || { echo 'skipped: making a fresh Debian needs root'; exit 77; }
tests/bootstrap/run.sh trixie
tests/bootstrap/run.sh forky
