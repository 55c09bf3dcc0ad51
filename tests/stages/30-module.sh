#!/bin/sh
# The main road on real input: CPython built from source, each module proven and tested.
# stage: quick
set -eu

just test-module base64
just test-module bisect
just test-module bisect --baseline
just test-module selftest
# The driver's own tests, by the interpreter that it drives.
scripts/sprint --quiet python crates/sprint/python/test_driver.py
# Every field that scripts rely on, from the real thing.
just test-module base64 --json | python3 tests/json_contract.py
python3 tests/noop.py
