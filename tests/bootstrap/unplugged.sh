# shellcheck shell=sh disable=SC2154
# A second person on the rig's system, with an empty home and no network at all: a bundle is all they have, beside the
# system's packages and Rust, which a bundle does not carry. The caller has say(), fail(), check(), $rig, $root, $work.

# as_unplugged COMMAND...: in their clone, in a network namespace without a route.
as_unplugged() {
  unshare --net chroot --userspec=unplugged:unplugged "$rig" /usr/bin/env -i HOME=/home/unplugged USER=unplugged \
    LOGNAME=unplugged LANG=C.UTF-8 TERM=dumb PATH=/usr/local/bin:/usr/bin:/bin \
    /bin/sh -c 'cd /home/unplugged/kit && exec "$@"' sh "$@" </dev/null
}

# shellcheck disable=SC2317  # called by check
no_route() { ! as_unplugged git ls-remote https://github.com/Rust-for-CPython/cpython >"$work/route.log" 2>&1; }
# shellcheck disable=SC2317  # called by check
nothing_used() { [ ! -e "$rig/home/unplugged/kit/target" ]; }

# bundle_of_person: what sprinter's own checkout has, in one file; sets sha256.
bundle_of_person() {
  if ! as_person scripts/sprint snapshot save >"$work/save.log" 2>&1 ||
    ! as_person scripts/sprint bundle make --to /home/sprinter/kit.bundle >"$work/bundle.log" 2>&1; then
    tail -n 20 "$work/save.log" "$work/bundle.log"
    return 1
  fi
  sha256=$(sha256sum "$rig/home/sprinter/kit.bundle" | cut -d ' ' -f 1)
  say "$(wc -c <"$rig/home/sprinter/kit.bundle") bytes, sha256 $sha256"
}

unplugged() {
  check "a bundle is made" bundle_of_person
  [ "$failed" = 0 ] || return 0
  chroot "$rig" useradd --create-home --skel /nonexistent --shell /bin/bash --uid 1001 unplugged 2>/dev/null ||
    fail "the second person could not be made"
  git clone -q --no-hardlinks "file://$root" "$rig/home/unplugged/kit" || fail "git clone failed"
  mv "$rig/home/sprinter/kit.bundle" "$rig/home/unplugged/"
  chown -R 1001:1001 "$rig/home/unplugged"
  check "there is no network" no_route
  set -- --yes --no-system --bundle /home/unplugged/kit.bundle --bundle-sha256
  code=0
  as_unplugged scripts/bootstrap.sh "$@" "$(printf '%s' "$sha256" | tr '0-9a-f' '1-9a-f0')" >"$work/wrong.log" 2>&1 || code=$?
  check "a wrong checksum is exit code 6" [ "$code" = 6 ]
  check "and nothing in the bundle was used" nothing_used
  started=$(date +%s)
  code=0
  as_unplugged scripts/bootstrap.sh "$@" "$sha256" >"$work/unplugged.log" 2>&1 || code=$?
  say "unplugged, from a clone to green: exit $code after $(($(date +%s) - started)) s"
  [ "$code" = 0 ] || tail -n 25 "$work/unplugged.log"
  check "the bundle bootstraps without a network" [ "$code" = 0 ]
  check "the proof is on the last screen there" proof_at_end "$work/unplugged.log"
}
