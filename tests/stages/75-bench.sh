#!/bin/sh
# One real round of the bench. Nothing is asserted about times: every row was run, green, with the same tests.
# stage: slow
set -eu

out=$(mktemp)
trap 'rm -f "$out"' EXIT
just bench --rounds 1 --json >"$out"
python3 - "$out" <<'END'
import json, sys

answer = json.load(open(sys.argv[1]))
cases = [row["case"] for row in answer["rows"]]
assert cases == ["unpack", "cold", "no-op", "edit", "snapshot", "caches"], cases
for row in answer["rows"]:
    print(f"{row['title']}: plain {row['plain']['median']:.1f} s, kit {row['kit']['median']:.1f} s, "
          f"ratio {row['ratio']:.2f} (measured, never judged), {row['tests']} tests")
    assert row["case"] == "unpack" or row["tests"] > 100, row
print(f"cargo's time hidden: {answer['cargo_hidden']['part']:.0%}")
END
