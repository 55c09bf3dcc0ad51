#!/bin/sh
# Runs the kit's own tests, stage by stage, and says what each cost.
#
#   tests/run.sh quick        what `just test` runs: no root, no daemon
#   tests/run.sh slow         the rest: root, network namespaces, daemons, other suites
#   tests/run.sh STAGE…       stages by name, for example: tests/run.sh lint unit
#   tests/run.sh slow -docker all slow ones but that
#
# A stage is a file tests/stages/NN-NAME.sh. A line `# stage: quick` or `# stage: slow` in it says when it
# runs. It exits 0 (passed), 77 (could not run here, and said why) or anything else (failed).
set -u

root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root" || exit 3
# A build that a stage means to make must not be restored, nor saved; the stage of snapshots turns them on.
# And each kit that a stage makes would leave a cache server behind; the stages of caches turn that on, and stop theirs.
export SPRINT_SNAPSHOT=off SPRINT_CACHE=off
[ $# -gt 0 ] || set -- quick

wanted() {
    case " $1 " in *" -$2 "*) return 1 ;; esac
    case " $1 " in
        *" $(sed -n 's/^# stage: //p' "$3") "* | *" $2 "*) return 0 ;;
    esac
    return 1
}

passed=0 failed=0 skipped=0 table=''
for file in tests/stages/*.sh; do
    name=$(basename "$file" .sh)
    name=${name#[0-9][0-9]-}
    wanted "$*" "$name" "$file" || continue
    printf '\n== stage %s\n' "$name"
    begin=$(date +%s)
    sh "$file" </dev/null
    code=$?
    spent=$(($(date +%s) - begin))
    case $code in
        0) passed=$((passed + 1)) word=passed ;;
        77) # CI has everything that a stage can ask for: there, a skip is a failure.
            if [ -n "${SPRINT_NO_SKIP:-}" ]; then
                failed=$((failed + 1)) word='FAILED (skipped)'
            else
                skipped=$((skipped + 1)) word=skipped
            fi
            ;;
        *) failed=$((failed + 1)) word="FAILED ($code)" ;;
    esac
    printf '== stage %s: %s in %s s\n' "$name" "$word" "$spent"
    table="$table$(printf '  %-16s %5s s   %s' "$name" "$spent" "$word")
"
done
printf '\n%s' "$table"
printf 'stages: %s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ $((passed + failed)) -gt 0 ] || { echo "tests/run.sh: no stage is called $*" >&2; exit 2; }
[ "$failed" -eq 0 ]
