#!/bin/sh
# Formatting, lints, pins, licences, shell.
# stage: quick
set -eu

cargo fmt --check
cargo fmt --check --manifest-path modules/Cargo.toml --all
cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
scripts/sprint pins check
if command -v shellcheck >/dev/null 2>&1; then
    git ls-files -- '*.sh' .ci/run scripts/sprint | xargs shellcheck
else
    echo 'skipped: shellcheck is not installed (CI has it)'
fi
if cargo deny --version >/dev/null 2>&1; then
    cargo deny --locked --offline check --hide-inclusion-graph bans licenses sources
else
    echo 'skipped: cargo-deny is not installed (CI has it)'
fi
