#!/bin/sh
# Unit tests of the CLI, of the modules' Python-free crates, and of bootstrap.
# stage: quick
set -eu

cargo test --quiet --locked --workspace --lib --bins
cargo test --quiet --locked --manifest-path modules/Cargo.toml
sh tests/bootstrap/unit.sh
