# shellcheck shell=sh
# The kit itself: compiles the `sprint` command from this checkout, then hands over to `just`.

KIT_BINARY=$ROOT/target/debug/sprint

look_kit() {
  KIT_CRATES=$(grep -c '^\[\[package\]\]' "$ROOT/Cargo.lock" 2>/dev/null)
  if [ -n "${BUNDLE:-}" ]; then
    KIT_SAYS="the bundle's would be used"
  elif [ -x "$KIT_BINARY" ]; then
    KIT_SAYS="there; cargo looks whether it is up to date"
  else
    KIT_SAYS="to be compiled: ${KIT_CRATES:-?} crates in Cargo.lock, $(kit_estimate)"
  fi
}

# kit_estimate: this machine's own last time where there is one; nothing where little is left to do.
kit_estimate() {
  if [ -x "$KIT_BINARY" ]; then
    printf 'what changed'
  elif [ -s "$STATE/kit-seconds" ]; then
    printf 'last time %s s' "$(cat "$STATE/kit-seconds")"
  else
    printf 'about half a minute on two idle cores'
  fi
}

plan_kit() {
  line kit "$KIT_SAYS"
}

# kit_by_release: the released command, where the pins have a verified sum of it for this machine and this checkout
# is what it was made from, to the byte.
kit_by_release() {
  artifact sprint static || return 1
  pinned=$(pin tools.sprint kit_digest)
  [ -n "$pinned" ] && [ "$pinned" = "$("$HERE/sprint" --kit-digest)" ] || return 1
  archive=$TMP/sprint.tar.gz
  fetch kit "$ARTIFACT_URL" "$ARTIFACT_SHA256" "$archive" || return 1
  mkdir -p "$TMP/kit" "$ROOT/target/debug"
  if ! run kit tar -xf "$archive" -C "$TMP/kit"; then return 1; fi
  [ "$DRY_RUN" = 1 ] && { quoted cp "$TMP/kit/sprint" "$KIT_BINARY"; return 0; }
  if ! run kit "$TMP/kit/sprint" --version; then return 1; fi
  cp "$TMP/kit/sprint" "$KIT_BINARY.$$" && mv "$KIT_BINARY.$$" "$KIT_BINARY"
}

do_kit() {
  if [ "$OFFLINE" = 0 ] && ! [ -x "$KIT_BINARY" ] && kit_by_release; then
    [ "$DRY_RUN" = 1 ] && return
    write_env || die "$EX_SETUP" setup "cannot write $ROOT/build/state/env.sh" "try: use a checkout that you can write to"
    line kit "$ARTIFACT_VERSION taken from its release (the same sources), sha256 as pinned"
    return
  fi
  cargo=$(find_tool cargo)
  if [ -z "$cargo" ] && [ "$DRY_RUN" = 1 ]; then cargo=cargo; fi
  if [ -n "$BUNDLE" ]; then
    [ "$DRY_RUN" = 1 ] && return
    touch "$KIT_BINARY"
    write_env || die "$EX_SETUP" setup "cannot write $ROOT/build/state/env.sh" "try: use a checkout that you can write to"
    line kit "from the bundle"
    return
  fi
  [ -n "$cargo" ] || die "$EX_SETUP" setup "cargo is not there, so the kit cannot be compiled" "try: $0 --only rust,kit"
  before=$(file_id "$KIT_BINARY")
  started=$(date +%s)
  # Fetching apart from compiling, so that a network failure is told from a compiler's.
  if [ "$OFFLINE" = 1 ]; then
    set -- --offline
  else
    set --
    if ! run_cargo "fetching crates" fetch --locked; then
      log_tail
      die "$EX_SETUP" setup "the crates in Cargo.lock could not be fetched" "log: $LOG" \
        "try: check the network, then $0 again; or $0 --offline where they were fetched before"
    fi
  fi
  if ! run_cargo "compiling, $(kit_estimate)" build --locked "$@" -p sprint; then
    log_tail
    die "$EX_BUILD" build "the sprint command did not compile" "log: $LOG" "try: cargo build --locked -p sprint"
  fi
  [ "$DRY_RUN" = 1 ] && return
  # scripts/sprint compares times: cargo keeps the old one where nothing had to be linked again.
  touch "$KIT_BINARY"
  write_env || die "$EX_SETUP" setup "cannot write $ROOT/build/state/env.sh" "try: use a checkout that you can write to"
  seconds=$(($(date +%s) - started))
  if [ -n "$before" ] && [ "$before" = "$(file_id "$KIT_BINARY")" ]; then
    line kit "up to date"
  else
    printf '%s\n' "$seconds" >"$STATE/kit-seconds"
    line kit "compiled in $seconds s; Cargo.lock's checksums vouch for its crates"
  fi
}

# run_cargo TEXT ARGUMENT...: in the checkout, where rust-toolchain.toml decides, and into its own target
# directory, where scripts/sprint looks.
run_cargo() {
  cargo_text=$1
  shift
  run_long kit "$cargo_text" env -u CARGO_TARGET_DIR "$cargo" "$@"
}

# write_env: what scripts/sprint reads, so that later commands find the same Rust from any shell.
write_env() {
  [ "$DRY_RUN" = 1 ] && return
  env_file=$ROOT/build/state/env.sh
  mkdir -p "$ROOT/build/state" || return 1
  {
    echo '# Written by scripts/bootstrap.sh; read by scripts/sprint.'
    # shellcheck disable=SC2016  # for the shell that reads the file
    printf 'PATH=%s:$PATH:%s\nexport PATH\n' "$(quoted "$BIN")" "$(quoted "$CARGO_BIN")"
    [ -z "${RUSTUP_TOOLCHAIN:-}" ] || printf 'export RUSTUP_TOOLCHAIN=%s\n' "$(quoted "$RUSTUP_TOOLCHAIN")"
  } >"$env_file.$$" && mv "$env_file.$$" "$env_file"
}

# do_test: the proof that all of it works. The exit code is the CLI's own.
do_test() {
  just=$(find_kit_tool just)
  if [ "$DRY_RUN" = 1 ]; then
    quoted "${just:-just}" --justfile "$ROOT/Justfile" test-module base64
    return 0
  fi
  [ -n "$just" ] || die "$EX_SETUP" setup "just is not there" "try: $0 --only just"
  "$just" --justfile "$ROOT/Justfile" --working-directory "$ROOT" test-module base64
}
