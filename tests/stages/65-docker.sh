#!/bin/sh
# The container image: built, measured, and used by the real Dev Containers CLI, on a real Docker engine.
# stage: slow
set -eu

[ "$(id -u)" = 0 ] || { echo 'skipped: a Docker engine of our own needs root'; exit 77; }
[ -r /etc/debian_version ] || { echo "skipped: the engine and the base image are made from Debian's packages"; exit 77; }
tests/docker/run.sh
