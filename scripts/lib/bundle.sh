# shellcheck shell=sh
# A bundle instead of a network: everything that the steps would fetch, in one file (docs/bundle.md).
#
# What a bare machine can check before it has any program of ours is a checksum, so that is what it asks for: its maker
# reads it out, or writes it on a board. It covers every byte, the maker's key included. Not before it is right is
# anything in the file looked at, and then the kit's own program from it checks the rest and puts it in place.

# bundle_file: sets BUNDLE to a file on this machine; one on a server is fetched, to where an interrupted transfer is
# carried on. Plain HTTP will do, since the checksum is what counts.
bundle_file() {
  case $BUNDLE in
    http://* | https://*) ;;
    *)
      [ -f "$BUNDLE" ] || die "$EX_USAGE" usage "there is no bundle at $BUNDLE"
      return ;;
  esac
  command -v curl >/dev/null 2>&1 || die "$EX_SETUP" setup "curl is needed to fetch a bundle from a server" \
    "try: fetch it on another machine, then: $0 --bundle FILE --bundle-sha256 $BUNDLE_SHA256"
  bundle_url=$BUNDLE
  BUNDLE=$STATE/downloads/$BUNDLE_SHA256.bundle
  [ -f "$BUNDLE" ] && return
  if [ "$DRY_RUN" = 1 ]; then
    quoted curl --fail --location --continue-at - --output "$BUNDLE" "$bundle_url"
    return
  fi
  missing_dirs "$STATE" >"$TMP/bundle-dirs"
  mkdir -p "$STATE/downloads" "$STATE/log" || die "$EX_SETUP" setup "cannot create $STATE"
  while read -r dir; do remember dir "$dir" ''; done <"$TMP/bundle-dirs"
  if ! run_long bundle "fetching $bundle_url" curl --proto '=http,https' --fail --location --silent --show-error \
    --connect-timeout 10 --retry 2 --continue-at - --output "$BUNDLE.part" "$bundle_url"; then
    log_tail
    die "$EX_SETUP" setup "the bundle could not be fetched" "from: $bundle_url" "try:  run it again, it carries on"
  fi
  # What is not the right file goes, or the next run would carry it on.
  if [ "$(sha256_of "$BUNDLE.part")" = "$BUNDLE_SHA256" ]; then
    mv "$BUNDLE.part" "$BUNDLE"
  else
    mv "$BUNDLE.part" "$TMP/wrong.bundle"
    BUNDLE=$TMP/wrong.bundle
  fi
}

# look_bundle: compares the checksum, and sees what the bundle can stand in for. Changes nothing on the machine but for
# a fetched file. Sets BUNDLE_RUST, BUNDLE_SYSTEM (1 or 0) and BUNDLE_WHY.
# shellcheck disable=SC2034  # read by the other files
look_bundle() {
  BUNDLE_SHA256=$(printf '%s' "$BUNDLE_SHA256" | tr 'A-F' 'a-f')
  bundle_file
  [ -f "$BUNDLE" ] || return 0
  seen=$(sha256_of "$BUNDLE")
  if [ "$seen" != "$BUNDLE_SHA256" ]; then
    die "$EX_INTEGRITY" integrity "$BUNDLE is not the bundle with that checksum; nothing in it was looked at" \
      "wanted: sha256 $BUNDLE_SHA256" "seen:   sha256 $seen" \
      "try:    copy it again from its maker, and compare the checksum with what they read out"
  fi
  tar -tf "$BUNDLE" >"$TMP/bundle.names" || die "$EX_INTEGRITY" integrity "$BUNDLE is no bundle"
  if grep -q '^rust/' "$TMP/bundle.names"; then BUNDLE_RUST=1; fi
  if grep -q -x 'system/release' "$TMP/bundle.names"; then
    theirs=$(tar -xOf "$BUNDLE" system/release)
    if [ "$theirs" = "$(this_release)" ]; then
      BUNDLE_SYSTEM=1
    else
      BUNDLE_WHY="the bundle's packages are for $theirs, this is $(this_release)"
    fi
  else
    BUNDLE_WHY="the bundle carries no system packages"
  fi
  line bundle "checksum right"
}

# this_release: as `sprint bundle make` writes it.
this_release() {
  (
    [ -f /etc/os-release ] || exit 0
    # shellcheck source=/dev/null
    . /etc/os-release
    printf '%s %s %s\n' "${ID:-}" "${VERSION_ID:-${VERSION_CODENAME:-}}" "$(dpkg --print-architecture 2>/dev/null)"
  )
}

# bundle_kit: the kit's own program out of the bundle into the checkout.
bundle_kit() {
  if [ "$DRY_RUN" = 1 ]; then
    printf 'echo %s | sha256sum --check\n' "$(quoted "$BUNDLE_SHA256  $BUNDLE")"
    quoted tar -xf "$BUNDLE" -C "$TMP" bin/sprint
    quoted cp "$TMP/bin/sprint" "$KIT_BINARY"
    return
  fi
  mkdir -p "$ROOT/target/debug"
  if ! tar -xf "$BUNDLE" -C "$TMP" bin/sprint || ! "$TMP/bin/sprint" --version >/dev/null 2>&1; then
    die "$EX_SETUP" setup "the kit's program in $BUNDLE does not run here" \
      "why: it was made on another kind of machine" "try: a bundle that was made on one like this"
  fi
  if ! cp "$TMP/bin/sprint" "$KIT_BINARY.new.$$" || ! mv "$KIT_BINARY.new.$$" "$KIT_BINARY"; then
    die "$EX_SETUP" setup "cannot write $KIT_BINARY" "try: use a checkout that you can write to"
  fi
}

# bundle_extract PART DIR
bundle_extract() {
  run bundle "$KIT_BINARY" bundle extract "$BUNDLE" --sha256 "$BUNDLE_SHA256" --part "$1" --to "$2" && return
  result=$?
  log_tail
  exit $result
}

# bundle_repository: the bundle's packages as the only source that apt has for this run. apt does not check a signature
# there, since the bundle's checksum covers every package; it still compares each with the table of contents.
bundle_repository() {
  bundle_extract system "$STATE/downloads/bundle"
  [ "$DRY_RUN" = 0 ] || return 0
  # apt takes a blank for the end of an address, so it gets one without.
  PACKAGES=$(mktemp -d /tmp/sprint-kit-packages.XXXXXX) || die "$EX_SETUP" setup "cannot write to /tmp"
  chmod 755 "$PACKAGES"
  mkdir -p "$PACKAGES/lists/partial"
  ln -s "$STATE/downloads/bundle/system" "$PACKAGES/system"
  printf 'deb [trusted=yes] file:%s ./\n' "$PACKAGES/system" >"$PACKAGES/sources.list"
  cat >"$PACKAGES/apt.conf" <<CONF
Dir::Etc::SourceList "$PACKAGES/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$PACKAGES/lists";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
APT::Sandbox::User "root";
CONF
  export APT_CONFIG="$PACKAGES/apt.conf"
  if ! refresh_lists apt; then
    log_tail
    die "$EX_SETUP" setup "apt cannot read the bundle's packages" "log: $LOG" "try: $0 --no-system, where a compiler is there"
  fi
}

# bundle_done: apt has its own sources again.
bundle_done() {
  [ -n "${PACKAGES:-}" ] || return 0
  unset APT_CONFIG
  rm -rf "$PACKAGES" "$STATE/downloads/bundle"
  PACKAGES=''
}

# bundle_take: everything else to where the kit looks for it. The packages are installed by now, zstd among them.
bundle_take() {
  if [ "$DRY_RUN" = 1 ]; then
    quoted "$KIT_BINARY" bundle use "$BUNDLE" --sha256 "$BUNDLE_SHA256"
    return
  fi
  said=$("$KIT_BINARY" bundle use "$BUNDLE" --sha256 "$BUNDLE_SHA256") || exit $?
  line bundle "$(printf '%s\n' "$said" | head -n 1)"
  printf '%s\n' "$said" | sed '1d; s/^/             /' >&2
}
