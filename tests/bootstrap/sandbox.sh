# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034  # stubs expand in their own shell; the cases read what is set here
# A sandbox per test: a checkout with a space and a quote in its path, an empty home, and a PATH that holds
# only links to the machine's ordinary utilities and the stubs of the test. A stub is a tiny program of ours
# that stands for a real one; every call is written to calls.log.

UTILITIES='sh awk sed grep comm mktemp mkdir rmdir rm mv cp ln ls cat dirname basename tr sort tail head cut wc find
  env sleep date chmod touch tar gzip sha256sum diff readlink true uname fold'

# sandbox: makes it and sets BOX, KIT, HOME_DIR, STUBS, OUT.
sandbox() {
  BOX=$(mktemp -d "$WORK/box.XXXXXX")
  KIT="$BOX/a b's kit" HOME_DIR="$BOX/home dir" STUBS=$BOX/stubs OUT=$BOX/out
  mkdir -p "$KIT" "$HOME_DIR" "$STUBS" "$BOX/tmp"
  cp -R "$ROOT/scripts" "$KIT/scripts"
  for utility in $UTILITIES; do
    found=$(command -v "$utility") || { echo "this test needs $utility"; exit 1; }
    # A shell's builtin of that name has no path; the file is beside the others then.
    case $found in /*) ;; *) found=/usr/bin/$utility ;; esac
    ln -s "$found" "$STUBS/$utility"
  done
  stub id 'echo 1000'
  # A machine where nothing is missing, until a test says otherwise.
  for present in make git curl xz cmp find pkg-config gzip tar zstd; do
    [ -e "$STUBS/$present" ] || stub "$present" 'exit 0'
  done
  stub cc "$(cat <<'STUB'
for word in "$@"; do
  case $word in
    *probe.h) grep '^"found:' "$word" ;;
    -o) next=1 ;;
    *) [ "${next:-}" = 1 ] && { : >"$word"; next=0; } ;;
  esac
done
exit 0
STUB
)"
  stub rustc 'echo "rustc 9.5.0 (stub)"'
  stub cargo "$(cat <<'STUB'
case $* in
  build*) mkdir -p target/debug; echo kit >target/debug/sprint; chmod +x target/debug/sprint ;;
esac
exit 0
STUB
)"
  stub just 'case $1 in --version) echo "just 1.57.0" ;; *) echo "stub just: $*" ;; esac'
  stub sccache 'echo "sccache 0.16.0"'
  write_pins 0 0
  printf '[[package]]\nname = "stub"\n' >"$KIT/Cargo.lock"
}

# stub NAME SCRIPT
stub() {
  rm -f "$STUBS/$1"
  { printf '#!/bin/sh\nprintf "%%s\\n" "%s $*" >>"%s"\n' "$1" "$BOX/calls.log"; printf '%s\n' "$2"; } >"$STUBS/$1"
  chmod +x "$STUBS/$1"
}

no_stub() { rm -f "$STUBS/$1"; }

# write_pins JUST_SHA256 WHEEL_SHA256: pins of this test, for every platform a test machine can have.
write_pins() {
  {
    printf '[rust]\nmsrv = "9.5.0"   # a comment\nstable = "9.9.9"\n\n'
    for tool in just sccache; do
      case $tool in just) version=1.57.0 ;; *) version=0.16.0 ;; esac
      printf '[tools.%s]\nversion = "%s"\nurl = "https://example.invalid/%s-{version}-{platform}.tar.gz"\n' "$tool" "$version" "$tool"
      printf 'wheel = "stub-%s"\nwheel_version = "%s"\n' "$tool" "$version"
      for platform in x86_64-unknown-linux-musl aarch64-unknown-linux-musl aarch64-apple-darwin x86_64-apple-darwin; do
        printf '[[tools.%s.artifact]]\nplatform = "%s"\n' "$tool" "$platform"
        if [ "$1" = unverified ]; then printf 'unverified = true\n'; else printf 'sha256 = "%s"\n' "$1"; fi
      done
      printf '[[tools.%s.wheels]]\nplatform = "any"\nsha256 = "%s"\n' "$tool" "$2"
    done
  } >"$KIT/pins.toml"
}

# run_kit ARGUMENT...: the bootstrap in the sandbox; sets STATUS; output in $OUT (stdout) and $OUT.err.
run_kit() {
  (cd / && kit_env "$KIT/scripts/bootstrap.sh" "$@") >"$OUT" 2>"$OUT.err" </dev/null
  STATUS=$?
}

# kit_env COMMAND...: replaces the shell, so call it in one of its own; its process is then the bootstrap's.
kit_env() {
  exec env -i HOME="$HOME_DIR" TMPDIR="$BOX/tmp" PATH="${BOX_PATH:-$STUBS}" CALLS="$BOX/calls.log" "$@"
}

show() {
  printf '  --- stdout\n'
  sed 's/^/  /' "$OUT"
  printf '  --- stderr\n'
  sed 's/^/  /' "$OUT.err"
}

status_is() {
  [ "$STATUS" = "$1" ] || { printf '  exit %s, expected %s\n' "$STATUS" "$1"; show; exit 1; }
}

# says TEXT: in what the run printed, either stream.
says() {
  grep -q -F -e "$1" "$OUT" "$OUT.err" || { printf '  not said: %s\n' "$1"; show; exit 1; }
}

says_not() {
  if grep -q -F -e "$1" "$OUT" "$OUT.err"; then printf '  said: %s\n' "$1"; show; exit 1; fi
}

called() {
  grep -q -e "$1" "$BOX/calls.log" || { printf '  not called: %s\n' "$1"; show; exit 1; }
}

called_not() {
  if grep -q -e "$1" "$BOX/calls.log" 2>/dev/null; then printf '  called: %s\n' "$1"; show; exit 1; fi
}

equal() {
  [ "$1" = "$2" ] || { printf '  seen:     %s\n  expected: %s\n' "$1" "$2"; exit 1; }
}

home_is_empty() {
  equal "$(ls -A "$HOME_DIR")" ''
  equal "$(ls -A "$BOX/tmp")" ''
}

skip() {
  printf '%s' "$1" >"$WORK/skip"
  exit 0
}

# release_of NAME VERSION: a release archive with a program that says its version; sets ARCHIVE and SHA256.
release_of() {
  mkdir -p "$BOX/release/$1-$2"
  printf '#!/bin/sh\necho "%s %s"\n' "$1" "$2" >"$BOX/release/$1-$2/$1"
  chmod +x "$BOX/release/$1-$2/$1"
  ARCHIVE=$BOX/$1.tar.gz
  tar -czf "$ARCHIVE" -C "$BOX/release" "$1-$2"
  SHA256=$(sha256sum "$ARCHIVE" | cut -d ' ' -f 1)
}

# curl_serves FILE: a stub curl whose server has this file, whatever is asked for.
curl_serves() {
  stub curl "while [ \$# -gt 0 ]; do [ \"\$1\" = --output ] && out=\$2; shift; done; cp '$1' \"\$out\""
}
