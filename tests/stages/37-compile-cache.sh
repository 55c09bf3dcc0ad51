#!/bin/sh
# The compile cache on a small project with the real sccache: hits in another tree, equal bytes, no foreign path.
# stage: quick
set -eu

command -v sccache >/dev/null 2>&1 || [ -x "${XDG_DATA_HOME:-$HOME/.local/share}/sprint-kit/bin/sccache" ] || {
    echo 'skipped: there is no sccache (./scripts/bootstrap.sh --only sccache)'
    exit 77
}
cargo test --quiet --locked -p sprint --test e2e -- --include-ignored compile_cache
