#!/bin/sh
# A newcomer in a terminal, from the Discord text's commands to a pull request text. Recorded.
# stage: slow
set -eu

command -v tmux >/dev/null 2>&1 || { echo 'skipped: tmux is not installed (CI has it)'; exit 77; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sprint-newcomer.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
scripts/sprint build
python3 tests/tasks/newcomer.py . "$scratch" build/recordings/newcomer.cast
# Something was recorded, in the order of the path.
python3 - build/recordings/newcomer.cast <<'CHECK'
import json, sys
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
text = "".join(json.loads(line)[2] for line in lines[1:])
places = [text.index(word) for word in ("git clone", "and it is Rust", "red: it does not say hello",
                                        "green: it says hello", "red, as it should be", "pull request ")]
assert places == sorted(places), places
assert json.loads(lines[-1])[0] > 5
CHECK
