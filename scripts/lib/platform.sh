# shellcheck shell=sh
# Which release artefacts can run on this machine, best first, in the names that pins.toml uses.

# platforms PREFERENCE: `static` prefers musl builds, which run on any Linux; `native` the machine's own libc.
platforms() {
  case $(uname -m) in
    x86_64 | amd64) cpu=x86_64 ;;
    aarch64 | arm64) cpu=aarch64 ;;
    armv7l | armv8l) cpu=armv7 ;;
    *) cpu=$(uname -m) ;;
  esac
  abi=''
  [ "$cpu" = armv7 ] && abi=eabihf
  case $(uname -s) in
    Darwin) printf '%s-apple-darwin\n' "$cpu" ;;
    Linux)
      if is_musl; then
        printf '%s-unknown-linux-musl%s\n' "$cpu" "$abi"
      elif [ "$1" = static ]; then
        printf '%s-unknown-linux-musl%s\n%s-unknown-linux-gnu%s\n' "$cpu" "$abi" "$cpu" "$abi"
      else
        printf '%s-unknown-linux-gnu%s\n' "$cpu" "$abi"
      fi ;;
  esac
}

# is_musl: musl's loader is there and glibc's is not what `ldd` belongs to.
is_musl() {
  for loader in /lib/ld-musl-*.so.1; do
    [ -e "$loader" ] || return 1
    case $(ldd --version 2>&1) in *musl*) return 0 ;; esac
    return 1
  done
}
