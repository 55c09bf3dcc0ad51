#!/bin/sh
# The generated editor settings, handed to the programs that editors start. rust-analyzer is in the image (65-docker).
# stage: slow
set -eu

for program in clangd lldb; do
    command -v "$program" >/dev/null 2>&1 && continue
    [ "$(id -u)" = 0 ] || { echo "skipped: $program is not installed (CI has it)"; exit 77; }
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends clangd lldb
done
scripts/sprint --quiet python tests/editor/check.py --need clangd,lldb
