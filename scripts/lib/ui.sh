# shellcheck shell=sh
# How the bootstrap talks: progress on stderr, one line per step; errors that say what was
# attempted, why it failed and what to type next; the exit codes, the same as the CLI's.

# shellcheck disable=SC2034  # read by the other files
EX_USAGE=2 EX_SETUP=3 EX_BUILD=4 EX_INTEGRITY=6 EX_INTERRUPTED=130

# line NAME TEXT: one step's line.
line() {
  printf '  %-17s %s\n' "$1" "$2" >&2
}

# note TEXT: what belongs to the line above.
note() {
  printf '  %-17s %s\n' '' "$1" >&2
}

# prose TEXT: like note, in as many lines as it takes; not for what a person copies.
prose() {
  printf '%s\n' "$1" | fold -s -w 60 | while read -r part; do note "$part"; done
}

# warn NAME TEXT: something is missing that the rest can live without.
warn() {
  printf '! %-17s %s\n' "$1" "$2" >&2
}

# die CODE KIND MESSAGE [DETAIL...]: never call it inside $(...), where it would only end the subshell.
die() {
  code=$1
  printf 'error[%s]: %s\n' "$2" "$3" >&2
  shift 3
  for detail in "$@"; do
    [ -z "$detail" ] || printf '  %s\n' "$detail" >&2
  done
  printf '  (exit %s)\n' "$code" >&2
  exit "$code"
}

# quoted WORD...: the command line as a person can paste it.
quoted() {
  sep=''
  for word in "$@"; do
    case $word in
      '' | *[!A-Za-z0-9_./:=@%+,-]*)
        word="'$(printf '%s' "$word" | sed "s/'/'\\\\''/g")'" ;;
    esac
    printf '%s%s' "$sep" "$word"
    sep=' '
  done
  printf '\n'
}

# run STEP CMD...: in a dry run, print the command; otherwise run it with its output in the step's log.
run() {
  step=$1
  shift
  if [ "$DRY_RUN" = 1 ]; then
    quoted "$@"
    return 0
  fi
  LOG=$STATE/log/$step.log
  { printf '$ '; quoted "$@"; } >>"$LOG"
  # No terminal for the child: a question nobody sees would look like a hang. (sudo asks on /dev/tty.)
  "$@" >>"$LOG" 2>&1 </dev/null
}

# run_long STEP TEXT CMD...: like run, with a counter of seconds while a terminal is watching.
run_long() {
  shown=$1
  text=$2
  shift 2
  if [ "$DRY_RUN" = 1 ] || ! [ -t 2 ]; then
    [ "$DRY_RUN" = 1 ] || line "$shown" "$text"
    run "$shown" "$@"
    return
  fi
  (
    seconds=0
    while :; do
      printf '\r  %-17s %s  %s s' "$shown" "$text" "$seconds" >&2
      sleep 1
      seconds=$((seconds + 1))
    done
  ) &
  TICKER=$!
  run "$shown" "$@"
  result=$?
  stop_ticker
  return $result
}

stop_ticker() {
  if [ -n "$TICKER" ]; then
    kill "$TICKER" 2>/dev/null
    wait "$TICKER" 2>/dev/null
    TICKER=''
    printf '\r\033[K' >&2
  fi
}

# log_tail: the end of the log of the command that just failed.
log_tail() {
  printf '  last lines of %s:\n' "$LOG" >&2
  tail -n 15 "$LOG" | sed 's/^/    /' >&2
}

# closest WORD CANDIDATE...: the candidate that a typing slip is nearest to, or nothing.
closest() {
  printf '%s\n' "$@" | awk '
    function distance(a, b,   i, j, d, c) {
      for (i = 0; i <= length(a); i++) d[i, 0] = i
      for (j = 0; j <= length(b); j++) d[0, j] = j
      for (i = 1; i <= length(a); i++) for (j = 1; j <= length(b); j++) {
        c = d[i-1, j-1] + (substr(a, i, 1) != substr(b, j, 1))
        if (d[i-1, j] + 1 < c) c = d[i-1, j] + 1
        if (d[i, j-1] + 1 < c) c = d[i, j-1] + 1
        d[i, j] = c
      }
      return d[length(a), length(b)]
    }
    NR == 1 { word = $0; best = 4; next }
    { n = distance(word, $0); if (n < best) { best = n; found = $0 } }
    END { print found }'
}

# bytes NUMBER: in the units package managers use.
bytes() {
  awk -v n="$1" 'BEGIN { if (n < 1000000) printf "%.0f kB\n", n / 1000; else printf "%.1f MB\n", n / 1000000 }'
}
