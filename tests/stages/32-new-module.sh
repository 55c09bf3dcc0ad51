#!/bin/sh
# A new module is green at once, with its proof; so is one that is to replace a C module of CPython.
# stage: quick
set -eu

kept=$(mktemp -d)
cp modules/Cargo.toml modules/Cargo.lock "$kept"
restore() {
    cp "$kept/Cargo.toml" "$kept/Cargo.lock" modules/
    rm -rf modules/_stage_trial modules/_rust_heapq "$kept"
}
for name in _stage_trial _rust_heapq; do
    [ ! -e "modules/$name" ] || {
        echo "modules/$name is there already: this stage makes it, and removes it" >&2
        exit 1
    }
done
trap restore EXIT
trap 'exit 130' INT TERM

# A module that replaces one of CPython's looks for that one's tests: the source has to be there.
scripts/sprint source
just new-module stage_trial
just new-module heapq --replaces heapq
cargo fmt --check --manifest-path modules/Cargo.toml --all
cargo test --quiet --locked --manifest-path modules/Cargo.toml -p stage-trial-core -p rust-heapq-core
just test-module stage_trial --json | python3 -c '
import json, sys
report = json.load(sys.stdin)
assert report["outcome"] == "green", report["outcome"]
assert report["proof"]["init_symbol"] == "PyInit__stage_trial", report["proof"]
assert report["proof"]["producer"].startswith("rustc "), report["proof"]
assert report["conformance"]["rust_calls"] > 0, report["conformance"]'
# Watching: green, red after a wrong edit, green after it is taken back; and no run that nobody asked for.
scripts/sprint watch stage_trial --json >"$kept/watch" 2>"$kept/watch.err" &
watch=$!
runs() {
    python3 - "$kept/watch" <<'EOF'
import json, sys
text, decoder, outcomes = open(sys.argv[1]).read(), json.JSONDecoder(), []
while text.strip():
    value, end = decoder.raw_decode(text.lstrip())
    text = text.lstrip()[end:]
    outcomes.append(value["outcome"])
print(" ".join(outcomes))
EOF
}
expect() {
    count=0
    until [ "$(runs)" = "$1" ]; do
        count=$((count + 1))
        [ "$count" -lt 60 ] || {
            echo "watch: wanted '$1', got '$(runs)'" >&2
            cat "$kept/watch.err" >&2
            exit 1
        }
        sleep 1
    done
}
core=modules/_stage_trial/core/src/lib.rs
expect green
sed 's/count_ones/count_zeros/' "$core" >"$kept/core" && cp "$kept/core" "$core"
expect 'green tests-failed'
sed 's/count_zeros/count_ones/' "$core" >"$kept/core" && cp "$kept/core" "$core"
expect 'green tests-failed green'
sleep 2
expect 'green tests-failed green'
kill -INT "$watch"
wait "$watch"
just test-module heapq
# One function of its own in the place of the C one, tested by the test file of CPython.
sed -i.bak 's/c"bit_count"/c"heappop"/; s/function: "bit_count"/function: "heappop"/' modules/_rust_heapq/src/bit_count.rs
sed -i.bak 's/^# As soon as .*: \(bound-tests.*\)$/\1/' modules/_rust_heapq/Cargo.toml
grep -q '^bound-tests' modules/_rust_heapq/Cargo.toml
just test-module heapq --json >"$kept/report" && {
    echo 'a wrong heappop, bound into heapq, went unnoticed' >&2
    exit 1
}
python3 -c '
import json, sys
group = json.load(open(sys.argv[1]))["regrtest"]
assert group["failed"] > 0 and group["rust_calls"] > 0, group' "$kept/report"
