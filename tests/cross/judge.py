"""Judges what `sprint test NAME all --json` printed.

    judge.py green FILE              every target is green, and its proof names rustc
    judge.py cold FILE TIMES         the same, and says how many native builds it took; the aim is TIMES
    judge.py warm FILE COLD          the same against the native build in COLD
"""

import json
import sys

TARGETS = {
    "x86_64-unknown-linux-gnu": None,
    "aarch64-unknown-linux-gnu": "qemu",
    "armv7-unknown-linux-gnueabihf": "qemu",
    "wasm32-wasip1": "wasmtime",
}


def green(report):
    """What is not as it should be, a line each."""
    wrong = []
    if report["outcome"] != "green":
        wrong.append(f"the outcome is {report['outcome']}")
    seen = {row["target"]: row for row in report["targets"]}
    if set(seen) != set(TARGETS):
        wrong.append(f"the targets are {sorted(seen)}")
    for target, row in seen.items():
        if row["outcome"] != "green":
            wrong.append(f"{target} is {row['outcome']}: {row.get('error')}")
            continue
        if row["runner"] != TARGETS.get(target):
            wrong.append(f"{target} ran under {row['runner']}")
        for proof in row["proofs"]:
            if not proof["producer"].startswith("rustc "):
                wrong.append(f"{target}: {proof}")
            if proof["linked_in"] != (target == "wasm32-wasip1"):
                wrong.append(f"{target}: {proof}")
        if not row["proofs"]:
            wrong.append(f"{target} has no proof")
        if row["conformance"]["run"] == 0:
            wrong.append(f"{target} ran no conformance test")
        if not row["conformance"]["rust_calls"]:
            wrong.append(f"{target} made no call into Rust")
        tests = row["conformance"]["run"] + row["regrtest"]["run"]
        print(f"  {target}: {row['proofs'][0]['producer']}, {tests} tests,"
              f" build {row['seconds']['build']:.0f} s, test {row['seconds']['test']:.0f} s")
    return wrong


def main(verdict, file, limit=None):
    """Returns the exit code."""
    with open(file, encoding="utf-8") as stream:
        report = json.load(stream)
    wrong = green(report)
    total = report["seconds"]["total"]
    if verdict == "cold":
        native = report["seconds"]["builder"]
        allowed = native * float(limit)
    elif verdict == "warm":
        with open(limit, encoding="utf-8") as stream:
            native = json.load(stream)["seconds"]["builder"]
        allowed = native
    if verdict != "green":
        times = f"{total / native:.2f} times" if native else "it was not built"
        # Measured, never judged: a busy machine is no defect.
        print(f"  all: {total:.0f} s, native build: {native:.0f} s, {times} (aim: at most {allowed:.0f} s)")
    for line in wrong:
        print(f"  {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
