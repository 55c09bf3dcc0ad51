#!/bin/sh
# The task list, its check programs (red and green), and how long listing takes.
# stage: quick
set -eu

scripts/sprint tasks lint
# The checks of the fork's build, against the kit's stand-in for it, flawed and mended.
STANDIN_PYTHON=$(scripts/sprint --quiet python -c 'import sys; print(sys.executable)')
export STANDIN_PYTHON
python3 sprint/checks/test_checks.py
# Every command of every check is parsed by the lint; one that takes no time is run as a person would.
begin=$(date +%s%N)
for _ in 1 2 3 4 5 6 7 8 9 10; do target/debug/sprint tasks --hour --free >/dev/null; done
each=$((($(date +%s%N) - begin) / 10000000))
echo "sprint tasks: $each ms (wanted: under 50; measured, never judged)"
# The text for Discord fits (the command refuses if not).
scripts/sprint onboarding --discord >/dev/null
