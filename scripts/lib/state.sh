# shellcheck shell=sh
# What the bootstrap keeps for itself, all under one directory: bin/ (installed tools), log/, downloads/,
# manifest.tsv (what was added, for --uninstall) and lock/ (one bootstrap at a time).

# state_choose: the person's data directory, or the checkout where that cannot be written.
state_choose() {
  STATE_WHY=''
  STATE=${XDG_DATA_HOME:-${HOME:-/nonexistent}/.local/share}/sprint-kit
  if ! can_create "$STATE"; then
    STATE_WHY="$STATE cannot be written"
    STATE=$ROOT/build/bootstrap
    can_create "$STATE" || die "$EX_SETUP" setup "there is no place to install tools to" \
      "tried: ${STATE_WHY%% cannot*} and $STATE, neither can be written" \
      "try:   XDG_DATA_HOME=/a/writable/directory $0"
  fi
  BIN=$STATE/bin
  MANIFEST=$STATE/manifest.tsv
}

# can_create DIR: DIR, or the nearest parent that exists, can be written.
can_create() {
  dir=$1
  while ! [ -e "$dir" ]; do dir=$(dirname "$dir"); done
  [ -d "$dir" ] && [ -w "$dir" ]
}

state_open() {
  missing_dirs "$STATE" >"$TMP/dirs"
  mkdir -p "$STATE/bin" "$STATE/log" "$STATE/downloads" ||
    die "$EX_SETUP" setup "cannot create $STATE" "try: XDG_DATA_HOME=/a/writable/directory $0"
  lock_take
  while read -r dir; do remember dir "$dir" ''; done <"$TMP/dirs"
}

# missing_dirs DIR: DIR and its parents that are not there yet, outermost first.
missing_dirs() {
  [ -e "$1" ] && return 0
  (missing_dirs "$(dirname "$1")")
  printf '%s\n' "$1"
}

# state_remove: everything of ours; the directory itself goes as the manifest's last entry, if empty.
state_remove() {
  rm -rf "${STATE:?}/bin" "$STATE/log" "$STATE/downloads" "$STATE/lock"
  rm -f "$MANIFEST" "$STATE/kit-seconds"
  LOCKED=0
}

# lock_take: waits for another bootstrap and says so. mkdir is the atomic part; a lock whose process is
# gone is moved aside (again atomic) and what was moved is checked, so that a fresh lock is never lost.
lock_take() {
  told=0
  until mkdir "$STATE/lock" 2>/dev/null; do
    holder=$(cat "$STATE/lock/pid" 2>/dev/null)
    if [ -z "$holder" ]; then
      sleep 1
      holder=$(cat "$STATE/lock/pid" 2>/dev/null)
    fi
    if [ -n "$holder" ] && kill -0 "$holder" 2>/dev/null; then
      [ "$told" = 1 ] || line waiting "for another bootstrap (process $holder, lock $STATE/lock)"
      told=1
      sleep 1
    elif mv "$STATE/lock" "$STATE/lock.$$" 2>/dev/null; then
      if [ "$(cat "$STATE/lock.$$/pid" 2>/dev/null)" = "$holder" ]; then
        rm -rf "$STATE/lock.$$"
      else
        mv "$STATE/lock.$$" "$STATE/lock"
      fi
    fi
  done
  printf '%s\n' "$$" >"$STATE/lock/pid"
  LOCKED=1
}

lock_release() {
  if [ "$LOCKED" = 1 ]; then rm -rf "$STATE/lock"; fi
  LOCKED=0
}

# remember KIND VALUE DETAIL: one line of the manifest, once.
remember() {
  [ "$DRY_RUN" = 1 ] && return 0
  if [ -f "$MANIFEST" ]; then
    awk -F '\t' -v kind="$1" -v value="$2" '!($1 == kind && $2 == value)' "$MANIFEST" >"$MANIFEST.new"
  else
    : >"$MANIFEST.new"
  fi
  printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$MANIFEST.new"
  mv "$MANIFEST.new" "$MANIFEST"
}

# install_binary FROM NAME: complete under its final name or not there at all. It is tried under its own name
# in a directory of this process: sccache under any other name takes itself for a compiler.
install_binary() {
  new=$BIN/.new.$$
  mkdir -p "$new" && cp "$1" "$new/$2" && chmod 755 "$new/$2" || return 1
  if [ -z "$(tool_version "$new/$2")" ]; then
    rm -rf "$new"
    return 1
  fi
  mv "$new/$2" "$BIN/$2" && rmdir "$new" || return 1
  remember file "$BIN/$2" "$(sha256_of "$BIN/$2")"
}
