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
python3 -c '
import subprocess, time
begin = time.monotonic()
for _ in range(10):
    subprocess.run(["target/debug/sprint", "tasks", "--hour", "--free"], check=True, stdout=subprocess.DEVNULL)
each = (time.monotonic() - begin) * 100
print(f"sprint tasks: {each:.0f} ms (wanted: under 50; measured, never judged)")'
# The text for Discord fits (the command refuses if not).
scripts/sprint onboarding --discord >/dev/null
