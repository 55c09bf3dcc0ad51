"""Prints what a run with nothing to build costs beyond the tests themselves. Measures; never judges."""

import json
import subprocess
import sys
import time

RUNS = 5
spent = []
for _ in range(RUNS):
    begin = time.monotonic()
    result = subprocess.run(
        ["just", "test-module", "base64", "--json", "--", "-m", "test_b64encode"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    wall = time.monotonic() - begin
    report = json.loads(result.stdout)
    if result.returncode != 0 or report["seconds"]["make"] != 0:
        sys.exit(f"this was no no-op run: exit {result.returncode}, {report['seconds']}")
    spent.append(wall - report["seconds"]["test"])
spent.sort()
print(f"no-op: {spent[RUNS // 2]:.2f} s beyond the tests (median of {RUNS}; {spent[0]:.2f} to {spent[-1]:.2f})")
