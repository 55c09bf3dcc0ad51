#!/bin/sh
# The real binary on real trees: impostors, the in-tree lane, failures, locks.
# stage: quick
set -eu

just build
cargo test --quiet --locked -p sprint --test e2e
