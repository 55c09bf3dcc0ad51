# shellcheck shell=sh
# Downloads: over https only, to a temporary name, resumed where the server allows, and compared with
# the pinned sha256 before anything looks inside.

sha256_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | awk '{ print $1 }'
  else
    shasum -a 256 "$1" | awk '{ print $1 }'
  fi
}

# fetch STEP URL SHA256 DEST: 0 fetched and verified; 1 could not be fetched. A wrong checksum ends the
# run: it is either an attack or a wrong pin, and trying something else instead would hide it.
fetch() {
  step=$1 url=$2 wanted=$3 dest=$4
  if [ "$DRY_RUN" = 1 ]; then
    quoted curl --proto '=https' --fail --location -o "$dest" "$url"
    printf 'echo %s | sha256sum --check\n' "$(quoted "$wanted  $dest")"
    return 0
  fi
  part=$STATE/downloads/$(basename "$dest").$wanted.part
  resumed=0
  [ -s "$part" ] && resumed=1
  download "$step" "$url" "$part" || return 1
  seen=$(sha256_of "$part")
  if [ "$seen" != "$wanted" ] && [ "$resumed" = 1 ]; then
    # What an earlier run left may belong to another file: once more, from the start.
    rm -f "$part"
    download "$step" "$url" "$part" || return 1
    seen=$(sha256_of "$part")
  fi
  if [ "$seen" != "$wanted" ]; then
    rm -f "$part"
    die "$EX_INTEGRITY" integrity "the download for $step is not the pinned file; it was deleted, nothing was installed" \
      "from:   $url" "wanted: sha256 $wanted" "seen:   sha256 $seen" \
      "try:    run it again; if it stays so, report it: the pin or the server is wrong"
  fi
  mv "$part" "$dest"
}

# download STEP URL PART: curl's own retries; what an interrupted transfer left is carried on. A server that
# cannot (33), or says that there is no more of it (22 for a 416), gets one request from the start.
download() {
  run "$1" curl --proto '=https' --fail --location --silent --show-error \
    --connect-timeout 10 --retry 2 --continue-at - --output "$3" "$2"
  result=$?
  [ "$resumed" = 1 ] || return $result
  case $result in
    22 | 33) ;;
    *) return $result ;;
  esac
  rm -f "$3"
  run "$1" curl --proto '=https' --fail --location --silent --show-error \
    --connect-timeout 10 --retry 2 --output "$3" "$2"
}
