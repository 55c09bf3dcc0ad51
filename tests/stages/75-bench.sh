#!/bin/sh
# One real round of the bench. Nothing is asserted about times: every row was run, green, with the same tests. The rows of
# snapshots and caches are left to `just bench`: the stages of those measure the same on a build that they make anyway.
# stage: slow
set -eu

out=$(mktemp)
trap 'rm -f "$out"' EXIT
just bench --rounds 1 --case cold --case no-op --case edit --json >"$out"
python3 - "$out" <<'END'
import json, sys

answer = json.load(open(sys.argv[1]))
cases = [row["case"] for row in answer["rows"]]
assert cases == ["cold", "no-op", "edit"], cases
for row in answer["rows"]:
    print(f"{row['title']}: plain {row['plain']['median']:.1f} s, kit {row['kit']['median']:.1f} s, "
          f"ratio {row['ratio']:.2f} (measured, never judged), {row['tests']} tests")
    assert row["tests"] > 100, row
print(f"cargo's time hidden: {answer['cargo_hidden']['part']:.0%}")
END
