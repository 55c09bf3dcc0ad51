# shellcheck shell=sh disable=SC2154
# A person in a fresh Debian, and a clean clone of this checkout. The caller has say() and fail(); $rig is the unpacked
# system, $root this checkout.

# provide_user: an ordinary person who may use sudo, whose home is empty.
provide_user() {
  chroot "$rig" useradd --create-home --skel /nonexistent --shell /bin/bash --uid 1000 sprinter 2>/dev/null ||
    fail "the rig's user could not be made"
  printf 'sprinter ALL=(ALL) NOPASSWD: ALL\n' >"$rig/etc/sudoers.d/sprinter"
  [ -z "$(ls -A "$rig/home/sprinter")" ] || fail "the home directory is not empty"
}

provide_clone() {
  git clone -q --no-hardlinks "file://$root" "$rig/home/sprinter/kit" || fail "git clone failed"
  chown -R 1000:1000 "$rig/home/sprinter/kit"
  say "a clean clone of $(git -C "$root" rev-parse --short HEAD) is at /home/sprinter/kit"
}

# as_person COMMAND...: in the clone, with a login's environment and nothing of ours.
as_person() {
  chroot --userspec=sprinter:sprinter "$rig" /usr/bin/env -i HOME=/home/sprinter USER=sprinter LOGNAME=sprinter \
    LANG=C.UTF-8 TERM=dumb PATH=/usr/local/bin:/usr/bin:/bin \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
    /bin/sh -c 'cd /home/sprinter/kit && exec "$@"' sh "$@" </dev/null
}
