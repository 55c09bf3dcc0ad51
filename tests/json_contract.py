"""Reads `sprint test --json` from stdin and fails if a promised field is missing, of another type, or says nothing."""

import json
import sys

report = json.load(sys.stdin)
number = (int, float)

PROMISED = {
    "module": str,
    "source.kind": str,
    "source.version": str,
    "source.identity": str,
    "target": str,
    "profile": str,
    "key": str,
    "proof.artifact": str,
    "proof.init_symbol": str,
    "proof.producer": str,
    "conformance.run": int,
    "conformance.failed": int,
    "conformance.skipped": int,
    "conformance.files": list,
    "conformance.rust_calls": int,
    "regrtest.run": int,
    "regrtest.failed": int,
    "regrtest.skipped": int,
    "regrtest.files": list,
    "regrtest.rust_calls": int,
    "seconds.source": number,
    "seconds.configure": number,
    "seconds.make": number,
    "seconds.cargo": number,
    "seconds.prove": number,
    "seconds.test": number,
    "cache": dict,
    "outcome": str,
}

problems = []
for path, kind in PROMISED.items():
    value = report
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, kind):
        problems.append(f"{path}: {value!r} is no {kind}")

if not problems:
    expected = {
        "outcome": report["outcome"] == "green",
        "producer": report["proof"]["producer"].startswith("rustc "),
        "tests ran": report["conformance"]["run"] > 0 and report["regrtest"]["run"] > 0,
        "Rust was called": report["conformance"]["rust_calls"] > 0,
    }
    problems = [f"not so: {what}" for what, holds in expected.items() if not holds]

for problem in problems:
    print(problem, file=sys.stderr)
print(f"json contract: {len(PROMISED)} fields, {len(problems)} problems")
sys.exit(1 if problems else 0)
