#!/bin/sh
# Real Nix: the flake for four systems, its shells, and a CPython built in one of them.
# stage: slow
set -eu

[ "$(id -u)" = 0 ] || { echo 'skipped: making a fresh Debian needs root'; exit 77; }
tests/nix/run.sh
