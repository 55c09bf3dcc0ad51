#!/bin/sh
# sprint-add-ca FILE…: trust certificates of a proxy inside the running container. Each FILE is PEM and may hold several.
# For sudo: every program here reads the system's store, so nothing else has to be set.
set -eu
[ $# -gt 0 ] || { echo 'usage: sprint-add-ca FILE…   (PEM, for example /run/secrets/ca.crt)' >&2; exit 2; }
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"
for file in "$@"; do
  grep -q -e '-----BEGIN CERTIFICATE-----' "$file" || { echo "sprint-add-ca: no certificate in $file" >&2; exit 3; }
  name=$(basename "$file")
  # update-ca-certificates takes one certificate per file.
  awk -v to="/usr/local/share/ca-certificates/${name%.*}" '
    /-----BEGIN CERTIFICATE-----/ { n++; on = 1 }
    on { print >(to "-" n ".crt") }
    /-----END CERTIFICATE-----/ { on = 0 }' "$file"
done
update-ca-certificates
