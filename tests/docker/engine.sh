# shellcheck shell=sh disable=SC2154
# A Docker engine of our own: Debian's packages, its data, socket and processes below $work, ended by its process
# number. The caller has say(), fail() and $work. Afterwards DOCKER_HOST and DOCKER_CONFIG lead to it.

# engine_programs: Debian's engine; buildx from a newer Debian where this one has none (it is one static program).
engine_programs() {
  wanted=''
  for pair in dockerd:docker.io iptables:iptables mmdebstrap:mmdebstrap; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || wanted="$wanted ${pair#*:}"
  done
  if [ -n "$wanted" ]; then
    say "installing$wanted"
    apt-get update -q >"$work/apt.log" 2>&1
    # shellcheck disable=SC2086  # words
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=120 $wanted \
      >>"$work/apt.log" 2>&1 || fail "could not install$wanted: $(tail -n 5 "$work/apt.log")"
  fi
  DOCKER_CONFIG=$work/docker-config
  export DOCKER_CONFIG
  mkdir -p "$DOCKER_CONFIG/cli-plugins"
  docker buildx version >/dev/null 2>&1 || buildx_of trixie
  say "$(dockerd --version); $(docker buildx version)"
}

# buildx_of SUITE
buildx_of() {
  apt=$work/apt
  mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(apt_site) $1 main" >"$apt/sources.list"
  set -- -o "Dir::State=$apt/state" -o "Dir::Cache=$apt/cache" -o "Dir::Etc::SourceList=$apt/sources.list" \
    -o Dir::Etc::SourceParts=- -o Dir::State::Status=/dev/null
  (cd "$apt" && apt-get "$@" update -q && apt-get "$@" download docker-buildx) >"$work/buildx.log" 2>&1 ||
    fail "docker-buildx: $(tail -n 5 "$work/buildx.log")"
  dpkg-deb --extract "$apt"/docker-buildx_*.deb "$apt/root"
  cp "$apt/root/usr/libexec/docker/cli-plugins/docker-buildx" "$DOCKER_CONFIG/cli-plugins/"
}

engine_start() {
  DOCKER_HOST=unix://$work/docker.sock
  export DOCKER_HOST
  dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" --host "$DOCKER_HOST" \
    >"$work/dockerd.log" 2>&1 </dev/null &
  engine=$!
  for _ in $(seq 60); do
    docker version >/dev/null 2>&1 && return
    kill -0 "$engine" 2>/dev/null || break
    sleep 1
  done
  fail "dockerd does not answer: $(tail -n 5 "$work/dockerd.log")"
}

# engine_stop: containers first, then the engine, and wait for it.
engine_stop() {
  [ -n "${engine:-}" ] || return 0
  # shellcheck disable=SC2046  # identifiers
  docker rm --force $(docker ps --all --quiet) >/dev/null 2>&1
  kill "$engine" 2>/dev/null
  wait "$engine" 2>/dev/null
  engine=''
}
