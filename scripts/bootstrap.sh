#!/bin/sh
# From nothing but a clone to a green `just test-module base64`.
#
# Looks first and says what it would do; changes the machine only after consent (--yes, or a question on a
# terminal). Every step looks again before it acts, so a second run installs nothing and a run that was
# interrupted carries on. Written for POSIX sh: it runs before anything of the kit exists.

# shellcheck source-path=SCRIPTDIR
set -u
ORIGINAL_PATH=$PATH
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 3
ROOT=$(dirname -- "$HERE")
PINS=$ROOT/pins.toml
YES=0 NO_SYSTEM=0 OFFLINE=0 DRY_RUN=0 NO_TEST=0 UNINSTALL=0 ONLY=''
BUNDLE='' BUNDLE_SHA256='' BUNDLE_RUST=0 BUNDLE_SYSTEM=0 BUNDLE_WHY='' PACKAGES=''
LOCKED=0 TICKER='' TMP=''

# shellcheck source=lib/ui.sh
. "$HERE/lib/ui.sh"
# shellcheck source=lib/pins.sh
. "$HERE/lib/pins.sh"
# shellcheck source=lib/platform.sh
. "$HERE/lib/platform.sh"
# shellcheck source=lib/fetch.sh
. "$HERE/lib/fetch.sh"
# shellcheck source=lib/state.sh
. "$HERE/lib/state.sh"
# shellcheck source=lib/system.sh
. "$HERE/lib/system.sh"
# shellcheck source=lib/rust.sh
. "$HERE/lib/rust.sh"
# shellcheck source=lib/tools.sh
. "$HERE/lib/tools.sh"
# shellcheck source=lib/kit.sh
. "$HERE/lib/kit.sh"
# shellcheck source=lib/bundle.sh
. "$HERE/lib/bundle.sh"
# shellcheck source=lib/uninstall.sh
. "$HERE/lib/uninstall.sh"

STEPS='system rust just sccache kit test'
# Only on request: --only wasmtime, for `just test-module NAME wasi`.
EXTRA='wasmtime'
FLAGS='--yes --no-system --offline --only --no-test --dry-run --bundle --bundle-sha256 --uninstall --help'

usage() {
  cat <<'HELP'
Usage: scripts/bootstrap.sh [--yes] [--no-system] [--offline] [--only STEP[,STEP]] [--no-test] [--dry-run]
       scripts/bootstrap.sh --bundle FILE --bundle-sha256 HEX [--yes] [--no-system] [--dry-run]
       scripts/bootstrap.sh --uninstall [--yes] [--no-system] [--dry-run]

From nothing but a clone to a green `just test-module base64`.

  --yes          do not ask before installing
  --no-system    leave system packages alone (no sudo)
  --offline      use what is there, fetch nothing
  --only STEPS   of: system, rust, just, sccache, kit, test; and only when named: wasmtime
  --no-test      stop before `just test-module base64`
  --dry-run      print the commands instead of running them
  --bundle FILE  take what would be fetched from a bundle (just bundle make; a file, or the http
                 address of one, as a room serves them); implies --offline
  --bundle-sha256 HEX
                 the bundle's checksum, as its maker reads it out; nothing in it is used before it is right
  --uninstall    remove exactly what earlier runs added, from their manifest
  --help         this text

Steps: system packages, the Rust toolchain, just, sccache (optional), the kit's own command, the test.
Tools go to ${XDG_DATA_HOME:-~/.local/share}/sprint-kit, nothing else of yours is written to.

Examples:
  scripts/bootstrap.sh                    look, ask, install, build, test
  scripts/bootstrap.sh --yes              the same without a question, for CI and containers
  scripts/bootstrap.sh --dry-run          what would be run here
  scripts/bootstrap.sh --no-system        on a machine where you are not an administrator
  scripts/bootstrap.sh --only rust,just   just these two
  scripts/bootstrap.sh --uninstall        take it all back

Exit codes: 0 ok, 1 tests failed, 2 usage, 3 setup, 4 build failed, 5 not Rust, 6 integrity, 130 interrupted.
HELP
}

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --yes | -y) YES=1 ;;
      --no-system) NO_SYSTEM=1 ;;
      --offline) OFFLINE=1 ;;
      --no-test) NO_TEST=1 ;;
      --dry-run) DRY_RUN=1 ;;
      --uninstall) UNINSTALL=1 ;;
      --help | -h)
        usage
        exit 0 ;;
      --only)
        [ $# -gt 1 ] || die "$EX_USAGE" usage "--only needs steps: $STEPS"
        shift
        ONLY=$1 ;;
      --only=*) ONLY=${1#--only=} ;;
      --bundle)
        [ $# -gt 1 ] || die "$EX_USAGE" usage "--bundle needs a file"
        shift
        BUNDLE=$1 OFFLINE=1 ;;
      --bundle=*) BUNDLE=${1#--bundle=} OFFLINE=1 ;;
      --bundle-sha256)
        [ $# -gt 1 ] || die "$EX_USAGE" usage "--bundle-sha256 needs a checksum"
        shift
        BUNDLE_SHA256=$1 ;;
      --bundle-sha256=*) BUNDLE_SHA256=${1#--bundle-sha256=} ;;
      *)
        # shellcheck disable=SC2086  # a list of words
        near=$(closest "$1" $FLAGS)
        die "$EX_USAGE" usage "unknown argument: $1" "${near:+did you mean $near?}" "try: $0 --help" ;;
    esac
    shift
  done
  if [ -n "$BUNDLE" ]; then
    [ -n "$BUNDLE_SHA256" ] || die "$EX_USAGE" usage "--bundle needs --bundle-sha256" \
      "why: on a machine without the kit nothing else can tell whether the bundle is what its maker made" \
      "try: ask its maker, who saw it when it was made; or: sha256sum FILE, on their machine"
    case $BUNDLE in /* | http://* | https://*) ;; *) BUNDLE=$PWD/$BUNDLE ;; esac
  fi
  [ -z "$ONLY" ] || for step in $(printf '%s' "$ONLY" | tr , ' '); do
    # shellcheck disable=SC2086  # a list of words
    case " $STEPS $EXTRA " in
      *" $step "*) ;;
      *) die "$EX_USAGE" usage "no such step: $step" "steps: $STEPS" "$(near=$(closest "$step" $STEPS); echo "${near:+did you mean $near?}")" ;;
    esac
  done
}

# wanted STEP
wanted() {
  case " $EXTRA " in *" $1 "*) case ",$ONLY," in *",$1,"*) return 0 ;; *) return 1 ;; esac ;; esac
  [ -z "$ONLY" ] && { [ "$1" != test ] || [ "$NO_TEST" = 0 ]; } && return 0
  case ",$ONLY," in *",$1,"*) return 0 ;; esac
  return 1
}

# consent QUESTION: only a person at a terminal can be asked.
consent() {
  if [ "$YES" = 1 ] || [ "$DRY_RUN" = 1 ]; then return; fi
  if ! [ -t 0 ] || ! [ -t 2 ]; then
    die "$EX_USAGE" usage "there is no terminal to ask on" "try: $0 --yes"
  fi
  printf '%s [Y/n] ' "$1" >&2
  read -r answer || answer=n
  case $answer in
    '' | [Yy]*) ;;
    *) die "$EX_SETUP" setup "nothing was changed" ;;
  esac
}

# shellcheck disable=SC2317  # called by the traps
finish() {
  stop_ticker
  lock_release
  [ -z "$TMP" ] || rm -rf "$TMP"
  [ -z "$PACKAGES" ] || rm -rf "$PACKAGES"
  if [ -n "${BIN:-}" ]; then rm -rf "$BIN/.new.$$"; fi
}

# shellcheck disable=SC2317  # called by the traps
interrupted() {
  trap - INT TERM HUP
  stop_ticker
  printf '\ninterrupted; what was finished stays, run it again to carry on\n' >&2
  exit "$EX_INTERRUPTED"
}

# plan: looks at everything, changes nothing. Sets CHANGES when the machine outside the checkout would change.
plan() {
  CHANGES=0
  if [ -n "$BUNDLE" ]; then
    look_bundle
    CHANGES=1
  fi
  look_system
  if wanted system; then
    plan_system
    [ "$SYSTEM_STATE" = todo ] && CHANGES=1
  fi
  if wanted rust; then
    look_rust
    plan_rust
    [ "$RUST_STATE" = todo ] && { [ "$OFFLINE" = 0 ] || [ "$BUNDLE_RUST" = 1 ]; } && CHANGES=1
  fi
  for tool in just sccache wasmtime; do
    wanted "$tool" || continue
    look_tool "$tool"
    plan_tool "$tool"
    [ "$TOOL_STATE" = todo ] && [ "$OFFLINE" = 0 ] && CHANGES=1
  done
  if wanted kit; then
    look_kit
    plan_kit
  fi
}

# on_original_path NAME: the person's own shell would find it.
on_original_path() {
  old_ifs=$IFS
  IFS=:
  for place in $ORIGINAL_PATH; do
    if [ -x "$place/$1" ]; then
      IFS=$old_ifs
      return 0
    fi
  done
  IFS=$old_ifs
  return 1
}

# path_line: the one line for the person's shell, where something is not on their PATH.
path_line() {
  add=''
  for dir in "$BIN" "$CARGO_BIN"; do
    for name in just sccache cargo; do
      if [ -x "$dir/$name" ] && ! on_original_path "$name"; then
        add="$add$dir:"
        break
      fi
    done
  done
  [ -n "$add" ] || return 0
  # shellcheck disable=SC2016  # $PATH is for the person's shell to expand
  line 'your PATH' 'for new terminals, add this line to your shell'"'"'s profile:'
  # shellcheck disable=SC2016
  note "export PATH=\"$add\$PATH\""
}

main() {
  parse "$@"
  for program in awk sed grep comm fold mktemp; do
    command -v "$program" >/dev/null 2>&1 ||
      die "$EX_SETUP" setup "this script needs $program" "try: install it with your package manager"
  done
  [ -f "$PINS" ] || die "$EX_SETUP" setup "$PINS is not there" "why: this script belongs to a checkout of the kit" \
    "try: git clone the repository, then scripts/bootstrap.sh"
  cd "$ROOT" || exit "$EX_SETUP"
  trap finish EXIT
  trap interrupted INT TERM HUP
  TMP=$(mktemp -d "${TMPDIR:-/tmp}/sprint-kit.XXXXXX") || die "$EX_SETUP" setup "no temporary directory" "try: TMPDIR=/a/writable/directory $0"
  state_choose
  PATH=$BIN:$PATH:$CARGO_BIN
  export PATH
  [ -z "$STATE_WHY" ] || line tools "kept in $STATE: $STATE_WHY"
  [ "$OFFLINE" = 0 ] || export CARGO_NET_OFFLINE=true
  if [ "$UNINSTALL" = 1 ]; then
    MANAGER=$(package_manager)
    uninstall
    return
  fi
  plan
  if [ "$CHANGES" = 1 ]; then consent "Go on?"; fi
  if [ "$DRY_RUN" = 1 ]; then quoted cd "$ROOT"; else state_open; fi
  [ -z "$BUNDLE" ] || bundle_kit
  if wanted system; then do_system; fi
  # The packages brought zstd, which unpacks the rest.
  [ -z "$BUNDLE" ] || bundle_take
  if wanted rust; then look_rust; do_rust; fi
  bundle_done
  if wanted just; then do_tool just; fi
  if wanted sccache; then do_tool sccache optional; fi
  if wanted wasmtime; then do_tool wasmtime; fi
  if wanted kit; then look_kit; do_kit; fi
  lock_release
  if wanted test; then
    do_test
    result=$?
    [ "$result" = 0 ] || exit "$result"
  fi
  [ "$DRY_RUN" = 1 ] || path_line
}

main "$@"
