# shellcheck shell=sh
# A bundle instead of a network: everything that the steps would fetch, in one file (docs/snapshots.md).
#
# What a bare machine can check before it has any program of ours is a checksum, so that is what it asks for: its maker
# reads it out, or writes it on a board. It covers every byte, the maker's key included. Not before it is right is
# anything in the file looked at, and then the kit's own program from it checks the rest and puts it in place.

do_bundle() {
  [ -f "$BUNDLE" ] || die "$EX_USAGE" usage "there is no bundle at $BUNDLE"
  if [ "$DRY_RUN" = 1 ]; then
    printf 'echo %s | sha256sum --check\n' "$(quoted "$BUNDLE_SHA256  $BUNDLE")"
    quoted tar -xf "$BUNDLE" -C "$TMP" bin/sprint
    quoted "$KIT_BINARY" bundle use "$BUNDLE" --sha256 "$BUNDLE_SHA256"
    return
  fi
  seen=$(sha256_of "$BUNDLE")
  if [ "$seen" != "$(printf '%s' "$BUNDLE_SHA256" | tr 'A-F' 'a-f')" ]; then
    die "$EX_INTEGRITY" integrity "$BUNDLE is not the bundle with that checksum; nothing in it was looked at" \
      "wanted: sha256 $BUNDLE_SHA256" "seen:   sha256 $seen" \
      "try:    copy it again from its maker, and compare the checksum with what they read out"
  fi
  mkdir -p "$ROOT/target/debug"
  if ! tar -xf "$BUNDLE" -C "$TMP" bin/sprint || ! "$TMP/bin/sprint" --version >/dev/null 2>&1; then
    die "$EX_SETUP" setup "the kit's program in $BUNDLE does not run here" \
      "why: it was made on another kind of machine" "try: a bundle that was made on one like this"
  fi
  if ! cp "$TMP/bin/sprint" "$KIT_BINARY.new.$$" || ! mv "$KIT_BINARY.new.$$" "$KIT_BINARY"; then
    die "$EX_SETUP" setup "cannot write $KIT_BINARY" "try: use a checkout that you can write to"
  fi
  said=$("$KIT_BINARY" bundle use "$BUNDLE" --sha256 "$BUNDLE_SHA256") || exit $?
  line bundle "checksum right; $(printf '%s\n' "$said" | head -n 1)"
  printf '%s\n' "$said" | sed '1d; s/^/             /' >&2
}
