#!/bin/sh
# Formatting, lints, pins, licences, shell.
# stage: quick
set -eu

# These machines set it, and it would hide a toolchain file that makes cargo try the network.
unset RUSTUP_AUTO_INSTALL

cargo fmt --check
cargo fmt --check --manifest-path modules/Cargo.toml --all
# Its clippy is in the stage of stores: nobody who only runs quick stages should compile an object-store client.
cargo fmt --check --manifest-path crates/store/Cargo.toml
cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
# The bindings are linted for CPython's own shape, not for whichever Python is on PATH.
just build
PYO3_CONFIG_FILE=$(dirname "$(scripts/sprint --quiet python -c 'import sys; print(sys.executable)')")/.sprint/pyo3-config.txt \
    cargo clippy --quiet --locked --manifest-path modules/Cargo.toml --workspace --all-targets \
    --target-dir target/lint-modules -- -D warnings
scripts/sprint pins check
if command -v shellcheck >/dev/null 2>&1; then
    git ls-files -- '*.sh' .ci/run scripts/sprint | xargs shellcheck
else
    echo 'skipped: shellcheck is not installed (CI has it)'
fi
if cargo deny --version >/dev/null 2>&1; then
    # Advisories need a database that only the public workflow can fetch.
    for manifest in Cargo.toml modules/Cargo.toml; do
        cargo deny --config deny.toml --locked --manifest-path "$manifest" check --hide-inclusion-graph \
            bans licenses sources
    done
    # An object-store client brings older crates beside newer ones; only those wait for it who compile it.
    cargo deny --config deny.toml --locked --manifest-path crates/store/Cargo.toml check --hide-inclusion-graph \
        -A duplicate bans licenses sources
else
    echo 'skipped: cargo-deny is not installed (CI has it)'
fi
if command -v zizmor >/dev/null 2>&1; then
    # Offline: what it would ask GitHub for, `pins check` knows by commit.
    zizmor --quiet --offline .github/workflows
else
    echo 'skipped: zizmor is not installed (CI has it)'
fi
