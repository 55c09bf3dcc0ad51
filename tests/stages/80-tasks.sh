#!/bin/sh
# Tasks with a reference solution: red, green with it, red again without its work. In a scratch clone.
# stage: slow
set -eu

scratch=$(mktemp -d "${TMPDIR:-/tmp}/sprint-tasks.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
# The clone gets a copy of this build, which has to be finished; and runs this binary.
scripts/sprint build
python3 tests/tasks/red_green.py . "$scratch/kit"
