# shellcheck shell=sh
# Takes back what the manifest says was added, and nothing else: last in, first out. A file that was
# changed since stays; a system package that something else depends on stays. Both are told.

uninstall() {
  if [ ! -s "$MANIFEST" ]; then
    line uninstall "nothing to remove: $MANIFEST is not there"
    return 0
  fi
  printf 'To be removed:\n' >&2
  # shellcheck disable=SC2013  # kinds are words
  for kind in $(cut -f 1 "$MANIFEST" | sort -u); do
    case $kind in
      apt | dnf | zypper | pacman | apk | brew)
        prose "$kind packages: $(values_of "$kind" | tr '\n' ' ')" ;;
      *) values_of "$kind" | while read -r value; do line "$kind" "$value"; done ;;
    esac
  done
  consent "Remove these?"
  [ "$DRY_RUN" = 1 ] || lock_take
  # Directories come last of all, when what they held is gone.
  grep -v '^dir	' "$MANIFEST" | backwards >"$TMP/manifest"
  grep '^dir	' "$MANIFEST" | backwards >"$TMP/dirs"
  : >"$TMP/kept"
  uninstall_packages
  while IFS='	' read -r kind value detail; do
    uninstall_one "$kind" "$value" "$detail" </dev/null || printf '%s\t%s\t%s\n' "$kind" "$value" "$detail" >>"$TMP/kept"
  done <"$TMP/manifest"
  [ "$DRY_RUN" = 1 ] && return 0
  if [ -s "$TMP/kept" ]; then
    cat "$TMP/kept" "$TMP/dirs" | backwards >"$MANIFEST.new"
    mv "$MANIFEST.new" "$MANIFEST"
    line uninstall "done, but for: $(cut -f 2 "$TMP/kept" | tr '\n' ' ')"
    return 0
  fi
  state_remove
  while IFS='	' read -r _ dir; do
    rmdir "$dir" 2>/dev/null || note "kept, something else is in it: $dir"
  done <"$TMP/dirs"
  line uninstall "done; this checkout's own target/ and build/ go when you delete the checkout"
}

# values_of KIND
values_of() {
  awk -F '\t' -v kind="$1" '$1 == kind { print $2 }' "$MANIFEST"
}

backwards() {
  awk '{ lines[NR] = $0 } END { for (i = NR; i; i--) print lines[i] }'
}

# uninstall_packages: all packages of a manager in one call of the low-level tool, which refuses where
# something else depends on one of them.
uninstall_packages() {
  for manager in apt dnf zypper pacman apk brew; do
    packages=$(awk -F '\t' -v manager="$manager" '$1 == manager { print $2 }' "$TMP/manifest" | tr '\n' ' ')
    [ -n "$packages" ] || continue
    if [ "$NO_SYSTEM" = 1 ]; then
      note "system packages stay (--no-system): $packages"
      continue
    fi
    case $manager in
      apt) remove='dpkg --purge' ;;
      dnf | zypper) remove='rpm -e' ;;
      pacman) remove='pacman -R --noconfirm' ;;
      apk) remove='apk del' ;;
      brew) remove='brew uninstall' ;;
    esac
    ROOT_HOW=$(root_how)
    if [ "$ROOT_HOW" = no ] && [ "$manager" != brew ]; then
      note "not root, and neither sudo nor doas can be used; by hand: sudo $remove $packages"
      continue
    fi
    # shellcheck disable=SC2086  # lists of words
    if [ "$manager" = brew ]; then
      run uninstall $remove $packages
    else
      as_root uninstall "removing packages" $remove $packages
    fi || note "$manager refused (see $LOG)"
  done
}

# uninstall_one KIND VALUE DETAIL: 0 gone, 1 kept.
uninstall_one() {
  case $1 in
    file)
      [ -e "$2" ] || return 0
      if [ "$(sha256_of "$2")" != "$3" ]; then
        note "kept, changed since: $2"
        return 1
      fi
      run uninstall rm -f "$2" ;;
    link) if [ -L "$2" ]; then run uninstall rm -f "$2"; fi ;;
    # Only ever below our own directory.
    tree) case $2 in "$STATE"/?*) run uninstall rm -rf "$2" ;; *) return 1 ;; esac ;;
    override) run uninstall "$3" override unset --path "$2" || note "no override there any more: $2" ;;
    toolchain) run uninstall "$3" toolchain uninstall "$2" ;;
    rustup) if [ -x "$2" ]; then run uninstall "$2" self uninstall -y; fi ;;
    apt) ! dpkg-query -W -f '${db:Status-Status}' "$2" 2>/dev/null | grep -q -x installed ;;
    dnf | zypper) ! rpm -q "$2" >/dev/null 2>&1 ;;
    pacman) ! pacman -Q "$2" >/dev/null 2>&1 ;;
    apk) ! apk info -e "$2" >/dev/null 2>&1 ;;
    brew) ! brew list --formula "$2" >/dev/null 2>&1 ;;
    *) note "kept, unknown kind in the manifest: $1 $2"; return 1 ;;
  esac
}
