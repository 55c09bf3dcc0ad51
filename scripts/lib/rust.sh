# shellcheck shell=sh
# The Rust toolchain, from the first provider that can give at least the MSRV: rustup that is already
# there, a rustc that is already there, a bundle's (which is all there is without a network), the distribution's rustc, Debian's `rustup` package, and last
# rustup-init with its pinned checksum. A newer rustc than the MSRV is fine.

CARGO_BIN=${CARGO_HOME:-${HOME:-/nonexistent}/.cargo}/bin

# find_tool NAME: where it is, on PATH or where rustup puts it.
find_tool() {
  command -v "$1" 2>/dev/null && return 0
  [ -x "$CARGO_BIN/$1" ] && printf '%s\n' "$CARGO_BIN/$1"
}

# rustc_version COMMAND...: the bare number. Run from / and without auto-installation, because in the
# checkout rustup would act on rust-toolchain.toml, and looking must not change anything.
rustc_version() {
  (cd / && RUSTUP_AUTO_INSTALL=0 "$@" --version 2>/dev/null) | awk '$1 == "rustc" { print $2; exit }'
}

# is_rustup_proxy RUSTC RUSTUP: both are one program under two names.
is_rustup_proxy() {
  [ -n "$2" ] && [ "$(file_id "$1")" = "$(file_id "$2")" ]
}

file_id() {
  # shellcheck disable=SC2012  # the inode, portably; the name is one we found ourselves
  ls -Li "$1" 2>/dev/null | awk '{ print $1; exit }'
}

# toolchain_installed RUSTUP NAME
toolchain_installed() {
  (cd / && "$1" toolchain list 2>/dev/null) |
    awk -v name="$2" '{ if ($1 == name || index($1, name "-") == 1) found = 1 } END { exit !found }' &&
    [ -n "$(rustc_version "$1" run "$2" rustc)" ]
}

# usable_toolchain RUSTUP MSRV: an installed toolchain that is new enough and neither nightly nor beta.
usable_toolchain() {
  (cd / && "$1" toolchain list 2>/dev/null) | awk '$1 !~ /^(nightly|beta)/ && $1 != "no" { print $1 }' |
    while read -r name; do
      found=$(rustc_version "$1" run "$name" rustc)
      if [ -n "$found" ] && version_at_least "$found" "$2"; then
        printf '%s %s\n' "$name" "$found"
        break
      fi
    done
}

# look_rust: sets RUST_STATE (ok, todo), RUST_SAYS, and RUST_PLAN: the providers to try, in order.
look_rust() {
  MSRV=$(pin rust msrv)
  [ -n "$MSRV" ] || die "$EX_SETUP" setup "$PINS says no rust.msrv" "try: git checkout -- pins.toml"
  RUST_STATE=todo RUST_PLAN=''
  # A bundle's, which comes before all others on our PATH.
  if [ -x "$BIN/cargo" ]; then
    found=$(rustc_version "$BIN/rustc")
    if [ -n "$found" ] && version_at_least "$found" "$MSRV"; then
      RUST_STATE=ok RUST_SAYS="$found found (from a bundle)"
      return
    fi
  fi
  rustup=$(find_tool rustup)
  rustc=$(find_tool rustc)
  if [ -n "$rustup" ]; then
    if toolchain_installed "$rustup" "$MSRV"; then
      RUST_STATE=ok RUST_SAYS="$MSRV found (rustup)"
      return
    fi
    RUST_PLAN=rustup
    RUST_SAYS="rustup is there, without $MSRV"
  fi
  if [ -n "$rustc" ] && ! is_rustup_proxy "$rustc" "$rustup" && [ -n "$(find_tool cargo)" ]; then
    found=$(rustc_version "$rustc")
    if [ -n "$found" ] && version_at_least "$found" "$MSRV"; then
      newer=''
      [ "$found" = "$MSRV" ] || newer=" (newer than the pinned $MSRV: fine)"
      RUST_STATE=ok RUST_SAYS="$found found ($rustc)$newer"
      return
    fi
    RUST_SAYS="$found found ($rustc), $MSRV needed"
  fi
  [ -n "${RUST_SAYS:-}" ] || RUST_SAYS="not found, $MSRV needed"
  [ "$RUST_PLAN" = rustup ] || RUST_PLAN="distribution rustup-package rustup-init"
  if [ "${BUNDLE_RUST:-0}" = 1 ]; then RUST_PLAN="bundle $RUST_PLAN"; fi
}

plan_rust() {
  line rust "$RUST_SAYS"
  [ "$RUST_STATE" = ok ] && return
  if [ "${BUNDLE_RUST:-0}" = 1 ]; then note "the bundle's would be put into $STATE/rust"; return; fi
  if [ "$OFFLINE" = 1 ]; then note "--offline: only what is installed can be used"; return; fi
  case $RUST_PLAN in
    rustup) note "rustup would install toolchain $MSRV (minimal profile)" ;;
    *) prose "first of: the distribution's rustc if it is at least $MSRV; the rustup package; rustup-init (pinned sha256)" ;;
  esac
}

do_rust() {
  [ "$RUST_STATE" = ok ] && return
  RUST_TRIED=''
  for provider in $RUST_PLAN; do
    case $provider in
      bundle) rust_by_bundle && return ;;
      rustup) rust_by_rustup "$(find_tool rustup)" && return ;;
      distribution) rust_by_distribution && return ;;
      rustup-package) rust_by_rustup_package && return ;;
      rustup-init) rust_by_rustup_init && return ;;
    esac
    [ "$DRY_RUN" = 1 ] && [ -n "${DRY_DONE:-}" ] && return
  done
  die "$EX_SETUP" setup "no Rust toolchain of at least $MSRV could be had" \
    "tried: ${RUST_TRIED#; }" "logs:  $STATE/log/rust.log" \
    "try:   install Rust $MSRV or newer by hand, then run $0 again"
}

rust_failed() {
  RUST_TRIED="$RUST_TRIED; $1"
  [ "$DRY_RUN" = 1 ] || note "rust: $1"
}

# rust_by_bundle: beside our other tools, since rustup takes no toolchain from a file under a release's name.
rust_by_bundle() {
  remember tree "$STATE/rust" ''
  bundle_extract rust "$STATE"
  if [ "$DRY_RUN" = 1 ]; then
    quoted ln -s "$STATE/rust/bin/rustc" "$STATE/rust/bin/cargo" "$BIN"
    DRY_DONE=1
    return
  fi
  found=$(rustc_version "$STATE/rust/bin/rustc")
  if [ -z "$found" ] || ! version_at_least "$found" "$MSRV"; then
    rm -rf "${STATE:?}/rust"
    rust_failed "the bundle's rustc: ${found:-does not run here}"
    return 1
  fi
  for program in "$STATE"/rust/bin/*; do
    name=$(basename "$program")
    rm -f "$BIN/$name"
    ln -s "$program" "$BIN/$name" || return 1
    remember link "$BIN/$name" "$program"
  done
  line rust "$found from the bundle, whose checksum vouches for it"
}

# rust_by_rustup RUSTUP: the pinned toolchain; where it cannot be fetched, one that is there and new enough.
rust_by_rustup() {
  if [ "$OFFLINE" != 1 ]; then
    if run_long rust "rustup installs toolchain $MSRV" "$1" toolchain install "$MSRV" --profile minimal --no-self-update; then
      remember toolchain "$MSRV" "$1"
      [ "$DRY_RUN" = 1 ] || line rust "$MSRV installed by rustup; its signed-by-https manifest's sha256 vouches for it"
      return 0
    fi
    rust_failed "rustup could not install $MSRV (see $LOG)"
  fi
  set -- "$1" "$(usable_toolchain "$1" "$MSRV")"
  if [ -z "$2" ]; then
    rust_failed "rustup has no other toolchain of at least $MSRV"
    return 1
  fi
  # rust-toolchain.toml asks for the pinned number by name, and rustup does not let a toolchain be linked
  # under a release's name. An override for this directory outranks the file and touches nothing else.
  if run rust "$1" override set "${2% *}" --path "$ROOT"; then
    remember override "$ROOT" "$1"
    line rust "${2#* } found as rustup's \`${2% *}\`; used for this checkout only (rustup override)"
  else
    export RUSTUP_TOOLCHAIN="${2% *}"
    line rust "${2#* } found as rustup's \`${2% *}\`; rustup's settings cannot be written, so in your shell:"
    note "export RUSTUP_TOOLCHAIN=${2% *}"
  fi
}

# distribution_version MANAGER PACKAGE: the version on offer, its epoch removed, or nothing.
distribution_version() {
  case $1 in
    apt) apt-cache policy "$2" 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }' ;;
    dnf) dnf -q repoquery --latest-limit 1 --qf '%{version}\n' "$2" 2>/dev/null | tail -n 1 ;;
    pacman) pacman -Si "$2" 2>/dev/null | awk '$1 == "Version" { print $3; exit }' ;;
    apk) apk policy "$2" 2>/dev/null | awk '/^  [0-9].*:$/ { sub(/:$/, "", $1); v = $1 } END { print v }' ;;
    zypper) zypper -q info "$2" 2>/dev/null | awk '$1 == "Version" { print $3; exit }' ;;
    brew) brew info --formula "$2" 2>/dev/null | awk 'NR == 1 { for (i = 1; i < NF; i++) if ($i == "stable") { print $(i + 1); exit } }' ;;
  esac | sed 's/^[0-9]*://'
}

# may_install: system packages can be installed from here.
may_install() {
  may_reach_packages && [ -n "$MANAGER" ] &&
    { [ "$ROOT_HOW" != no ] || [ "$MANAGER" = brew ]; }
}

rust_by_distribution() {
  if ! may_install; then
    rust_failed "the distribution's rustc: system packages cannot be installed from here"
    return 1
  fi
  packages=$(package_cell rust "$MANAGER")
  if lists_stale "$MANAGER"; then refresh_lists "$MANAGER" || rust_failed "the package lists could not be refreshed"; fi
  offered=$(distribution_version "$MANAGER" "${packages%% *}")
  if [ -z "$offered" ] || ! version_at_least "$offered" "$MSRV"; then
    rust_failed "the distribution offers rustc ${offered:-in no version}, $MSRV is needed"
    return 1
  fi
  if ! install_packages rust "$MANAGER" "$packages"; then
    rust_failed "$MANAGER could not install $packages (see $LOG)"
    return 1
  fi
  DRY_DONE=1
  [ "$DRY_RUN" = 1 ] || line rust "$offered installed by $MANAGER ($packages); the distribution's signatures vouch for it"
}

rust_by_rustup_package() {
  packages=$(package_cell rustup "${MANAGER:-none}")
  if [ "${packages:--}" = - ] || ! may_install || [ -z "$(distribution_version "$MANAGER" "$packages")" ]; then
    rust_failed "no rustup package here"
    return 1
  fi
  if ! install_packages rust "$MANAGER" "$packages"; then
    rust_failed "$MANAGER could not install $packages (see $LOG)"
    return 1
  fi
  [ "$DRY_RUN" = 1 ] || note "rustup installed by $MANAGER; the distribution's signatures vouch for it"
  DRY_DONE=1
  rust_by_rustup "$(find_tool rustup || echo rustup)"
}

rust_by_rustup_init() {
  if [ "$OFFLINE" = 1 ]; then
    rust_failed "rustup-init: --offline"
    return 1
  fi
  if ! artifact rustup-init native; then
    rust_failed "rustup-init: $ARTIFACT_WHY"
    return 1
  fi
  note "rust: fetching rustup-init $ARTIFACT_VERSION, sha256 as pinned"
  if ! fetch rust "$ARTIFACT_URL" "$ARTIFACT_SHA256" "$TMP/rustup-init"; then
    rust_failed "rustup-init could not be downloaded (see $LOG)"
    return 1
  fi
  [ "$DRY_RUN" = 1 ] || chmod 755 "$TMP/rustup-init"
  if ! run_long rust "rustup-init installs toolchain $MSRV" "$TMP/rustup-init" -y --no-modify-path \
    --profile minimal --default-toolchain "$MSRV"; then
    rust_failed "rustup-init failed (see $LOG)"
    return 1
  fi
  DRY_DONE=1
  remember rustup "$CARGO_BIN/rustup" rustup-init
  [ "$DRY_RUN" = 1 ] || line rust "$MSRV installed by rustup-init $ARTIFACT_VERSION, sha256 as pinned"
}
