# shellcheck shell=sh disable=SC2154
# Fresh Debian systems for tests: from the mirror that this machine's own apt uses, verified by its keyring, kept
# between runs. The caller has say() and fail(), and a work directory $work; $rig is the unpacked system.

# apt_site: the mirror that this machine itself uses for Debian.
apt_site() {
  # shellcheck disable=SC2016  # apt's own syntax, not the shell's
  apt-get indextargets --format '$(ORIGIN) $(SITE)' 2>/dev/null | awk '$1 == "Debian" { print $2; exit }'
}

# cached_system SUITE TARBALL PACKAGES: makes the tarball, unless there is one of this week.
cached_system() {
  # A week-old system would only make the first apt-get fetch what it replaces.
  if [ -n "$(find "$2" -mtime -7 2>/dev/null)" ]; then
    say "fresh Debian $1 from the cache: $2"
  else
    say "making a fresh Debian $1 (minbase with $3)"
    make_system "$1" "$2" "$3"
  fi
}

# make_system SUITE TARBALL PACKAGES: packages are separated by commas; a name that does not end in .tar is a
# directory. $system_options is for more of mmdebstrap's options, words without blanks.
make_system() {
  site=$(apt_site)
  [ -n "$site" ] || fail "apt knows no Debian mirror; run: apt-get update"
  build_system "$1" "$2.new" "$3" && mv "$2.new" "$2" && return
  # Only the date of such a Release file is let pass, and it is told; its signature is checked as ever.
  grep -q 'is expired' "$work/mmdebstrap.log" || fail "mmdebstrap could not make $1: $(tail -n 5 "$work/mmdebstrap.log")"
  say "the mirror's Release file of $1 is past its Valid-Until: the date is not checked, the signature is"
  build_system "$1" "$2.new" "$3" --aptopt='Acquire::Check-Valid-Until "false"' && mv "$2.new" "$2" && return
  fail "mmdebstrap could not make $1: $(tail -n 5 "$work/mmdebstrap.log")"
}

# build_system SUITE TARBALL PACKAGES [OPTION...]
build_system() {
  new_suite=$1 new_tarball=$2 new_packages=$3 new_format=directory
  shift 3
  case $new_tarball in *.tar.new) new_format=tar ;; esac
  # mmdebstrap wants an empty directory, and a first attempt leaves something in it.
  [ ! -d "$new_tarball" ] || rm -rf --one-file-system "$new_tarball"
  # shellcheck disable=SC2086  # words
  mmdebstrap --variant=minbase --include="$new_packages" --format="$new_format" ${system_options:-} "$@" \
    "$new_suite" "$new_tarball" "deb $site $new_suite main" >"$work/mmdebstrap.log" 2>&1
}

# provide_network: name resolution and CA certificates, as this machine has them.
provide_network() {
  cp /etc/resolv.conf /etc/hosts "$rig/etc/"
  for certificate in /usr/local/share/ca-certificates/*.crt; do
    [ -e "$certificate" ] || continue
    cp "$certificate" "$rig/usr/local/share/ca-certificates/"
    provided_ca=1
  done
  if [ "${provided_ca:-0}" = 1 ]; then
    say "this machine's own CA certificates were added, as an administrator would"
    chroot "$rig" update-ca-certificates >"$work/ca.log" 2>&1 || fail "update-ca-certificates failed: $work/ca.log"
  fi
}

# check NAME COMMAND...: one assertion, counted in $passed and $failed.
check() {
  name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    printf 'ok    %s\n' "$name"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$name"
  fi
}
