#!/bin/sh
# The bootstrap's fast tests: no root, no network, seconds. Usage: tests/bootstrap/unit.sh [NAME-PART]
# shellcheck source-path=SCRIPTDIR
set -u
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
ROOT=$(CDPATH='' cd -- "$HERE/../.." && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/bootstrap-unit.XXXXXX") || exit 3
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM
# shellcheck source=sandbox.sh
. "$HERE/sandbox.sh"
for file in "$HERE"/cases/*.sh; do
  # shellcheck source=/dev/null  # each is checked on its own
  . "$file"
done

passed=0 failed=0 skipped=0
# shellcheck disable=SC2013  # names of functions: words
for name in $(sed -n 's/^\(test_[a-z0-9_]*\)() .*/\1/p' "$HERE"/cases/*.sh); do
  case $name in *"${1:-}"*) ;; *) continue ;; esac
  rm -f "$WORK/skip"
  if (set -e; "$name") >"$WORK/output" 2>&1; then
    if [ -f "$WORK/skip" ]; then
      skipped=$((skipped + 1))
      printf 'skip  %s: %s\n' "$name" "$(cat "$WORK/skip")"
    else
      passed=$((passed + 1))
      printf 'ok    %s\n' "$name"
    fi
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$name"
    cat "$WORK/output"
  fi
  rm -rf "$WORK"/box.*
done
printf 'bootstrap: %s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
