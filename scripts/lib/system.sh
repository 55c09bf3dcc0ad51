# shellcheck shell=sh
# System packages: asks only for what is missing, and only through the machine's own package manager,
# whose signatures vouch for what it installs. The table is system-packages.tsv.

TABLE=$HERE/system-packages.tsv

# package_manager: its column in the table, or nothing.
package_manager() {
  if [ "$(uname -s)" = Darwin ]; then
    command -v brew >/dev/null 2>&1 && echo brew
    return 0
  fi
  for pair in apt-get:apt dnf:dnf microdnf:dnf pacman:pacman apk:apk zypper:zypper brew:brew; do
    if command -v "${pair%%:*}" >/dev/null 2>&1; then
      echo "${pair#*:}"
      return 0
    fi
  done
}

# table CLASSES MANAGER: capability, class, probe, packages, for these classes.
table() {
  awk -F '\t' -v classes=" $1 " -v manager="$2" '
    /^#/ { next }
    !column { for (i = 1; i <= NF; i++) if ($i == manager) column = i; if (!column) column = 1; next }
    index(classes, " " $2 " ") { printf "%s\t%s\t%s\t%s\n", $1, $2, $3, (column > 3 ? $column : "-") }' "$TABLE"
}

# package_cell CLASS MANAGER: the packages of a class that has one row.
package_cell() {
  table "$1" "$2" | cut -f 4
}

# system_missing CLASSES MANAGER: the rows that this machine does not satisfy and a package could help with.
# Where the packages of an optional row are all installed and the probe still says no, asking for them again
# at every run would be no help.
system_missing() {
  unsatisfied "$1" "$2" >"$TMP/unsatisfied"
  [ -s "$TMP/unsatisfied" ] || return 0
  installed_packages "$2" | sed 's/:.*//' >"$TMP/installed"
  awk -F '\t' 'FILENAME == ARGV[1] { there[$1] = 1; next }
    { n = split($4, names, " "); all = 1; for (i = 1; i <= n; i++) if (!(names[i] in there)) all = 0 }
    $2 == "need" || !all' "$TMP/installed" "$TMP/unsatisfied"
}

# unsatisfied CLASSES MANAGER: the rows whose probe fails.
unsatisfied() {
  probe_headers >"$TMP/headers"
  table "$1" "$2" | while IFS='	' read -r capability class probe packages; do
    if ! probe_one "$probe" && [ "$packages" != - ]; then
      printf '%s\t%s\t%s\t%s\n' "$capability" "$class" "$probe" "$packages"
    fi
  done
}

probe_one() {
  case $1 in
    cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
    header:*) grep -q -x -F "${1#header:}" "$TMP/headers" ;;
    cc) probe_cc ;;
    ca) probe_ca ;;
    libclang) probe_libclang ;;
    *) return 1 ;;
  esac
}

# probe_cc: a compiler that cannot link (no libc headers) is as good as none.
probe_cc() {
  command -v cc >/dev/null 2>&1 || return 1
  printf '#include <stdio.h>\nint main(void) { return 0; }\n' >"$TMP/probe.c"
  cc -o "$TMP/probe" "$TMP/probe.c" >/dev/null 2>&1
}

probe_ca() {
  [ "$(uname -s)" = Darwin ] && return 0
  for bundle in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt \
    /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
    if [ -n "$bundle" ] && [ -s "$bundle" ]; then return 0; fi
  done
  return 1
}

probe_libclang() {
  for place in "${LIBCLANG_PATH:-}" /usr/lib/llvm-*/lib /usr/lib /usr/lib64 /usr/lib/*-linux-* \
    /opt/homebrew/opt/llvm/lib /usr/local/opt/llvm/lib /Library/Developer/CommandLineTools/usr/lib; do
    for library in "$place"/libclang.so* "$place"/libclang-*.so* "$place"/libclang.dylib; do
      [ -e "$library" ] && return 0
    done
  done
  return 1
}

# probe_headers: the header probes of the table that hold; all in one call of the preprocessor. The names
# come back in quotes, or macros (`linux` is one) would be expanded in them.
probe_headers() {
  awk -F '\t' '$3 ~ /^header:/ { sub(/^header:/, "", $3); print $3 }' "$TABLE" >"$TMP/wanted"
  awk '{
      n = split($0, names, ",")
      printf "#if 0"
      for (i = 1; i <= n; i++) printf " || __has_include(<%s>)", names[i]
      printf "\n\"found:%s\"\n#endif\n", $0
    }' "$TMP/wanted" >"$TMP/probe.h"
  set --
  if command -v brew >/dev/null 2>&1; then
    prefix=$(brew --prefix)
    set -- "-I$prefix/include" "-I$prefix/opt/openssl@3/include" "-I$prefix/opt/readline/include"
  fi
  if cc -E -P -x c "$@" "$TMP/probe.h" >"$TMP/found" 2>/dev/null; then
    sed -n 's/^"found:\(.*\)"$/\1/p' "$TMP/found"
  else
    while read -r names; do
      for name in $(printf '%s' "$names" | tr , ' '); do
        for place in /usr/include /usr/include/*-linux-* /usr/local/include; do
          if [ -e "$place/$name" ]; then
            printf '%s\n' "$names"
            break 2
          fi
        done
      done
    done <"$TMP/wanted"
  fi
}

# root_how: how to become root without being asked twice: nothing, sudo, doas, or `no`.
root_how() {
  if [ "$(id -u)" = 0 ]; then
    echo none
    return
  fi
  for tool in sudo doas; do
    command -v "$tool" >/dev/null 2>&1 || continue
    # With a person at the terminal the tool may ask for the password.
    if "$tool" -n true 2>/dev/null || [ -t 0 ]; then
      echo "$tool"
      return
    fi
  done
  echo no
}

# install_command MANAGER: the words before the package names, one line.
install_command() {
  case $1 in
    apt) echo 'env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120' ;;
    dnf)
      if command -v dnf >/dev/null 2>&1; then
        echo 'dnf install -y --setopt=install_weak_deps=False'
      else
        echo 'microdnf install -y --setopt=install_weak_deps=0'
      fi ;;
    pacman) if has_pacman_lists; then echo 'pacman -S --needed --noconfirm'; else echo 'pacman -Syu --needed --noconfirm'; fi ;;
    apk) echo 'apk add' ;;
    zypper) echo 'zypper --non-interactive install --no-recommends' ;;
    brew) echo 'brew install --quiet' ;;
  esac
}

has_pacman_lists() {
  for list in /var/lib/pacman/sync/*.db; do [ -e "$list" ] && return 0; done
  return 1
}

# lists_stale MANAGER: true when the manager knows no packages at all yet.
lists_stale() {
  case $1 in
    apt) [ -z "$(apt-cache policy gcc 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)"')" ] ;;
    apk) ! apk policy gcc 2>/dev/null | grep -q '^  [0-9]' ;;
    *) false ;;
  esac
}

refresh_lists() {
  case $1 in
    apt) as_root system "refreshing the package lists" apt-get update -o DPkg::Lock::Timeout=120 ;;
    apk) as_root system "refreshing the package lists" apk update ;;
    *) return 0 ;;
  esac
}

# as_root STEP TEXT CMD...
as_root() {
  root_step=$1 root_text=$2
  shift 2
  # sudo forgets the environment; bundle.sh sets this.
  if [ -n "${PACKAGES:-}" ]; then set -- env "APT_CONFIG=$APT_CONFIG" "$@"; fi
  if [ "$ROOT_HOW" != none ]; then set -- "$ROOT_HOW" "$@"; fi
  run_long "$root_step" "$root_text" "$@"
}

# download_size MANAGER PACKAGES: what the manager says it would fetch, or nothing where it does not tell.
download_size() {
  # shellcheck disable=SC2086  # the packages of one cell are separated by blanks
  case $1 in
    apt) apt-get install --print-uris -qq -y --no-install-recommends $2 2>/dev/null |
      awk '{ total += $3 } END { if (NR) printf "%.0f\n", total }' ;;
    pacman) has_pacman_lists && pacman -Sp --print-format %s $2 2>/dev/null |
      awk '{ total += $1 } END { if (NR) printf "%.0f\n", total }' ;;
  esac
}

# installed_packages MANAGER: every package the manager has, to see afterwards what was added.
installed_packages() {
  case $1 in
    apt) dpkg-query -W -f '${binary:Package}\t${db:Status-Status}\n' | awk '$2 == "installed" { print $1 }' ;;
    dnf | zypper) rpm -qa --qf '%{NAME}\n' ;;
    pacman) pacman -Qq ;;
    apk) apk info ;;
    brew) brew list --formula -1 ;;
  esac | sort -u
}

# install_packages STEP MANAGER PACKAGES: installs, and writes what really came into the manifest.
install_packages() {
  packages=$3
  if lists_stale "$2"; then refresh_lists "$2" || return 1; fi
  [ "$DRY_RUN" = 1 ] || installed_packages "$2" >"$TMP/before"
  # shellcheck disable=SC2046,SC2086  # both are lists of words
  set -- "$1" "$2" $(install_command "$2") $packages
  step_name=$1 manager=$2
  shift 2
  # Homebrew refuses to be root, and needs no root.
  if [ "$manager" = brew ]; then
    run_long "$step_name" "installing with $manager" "$@"
  else
    as_root "$step_name" "installing with $manager" "$@"
  fi
  result=$?
  [ "$DRY_RUN" = 1 ] && return 0
  installed_packages "$manager" >"$TMP/after"
  comm -13 "$TMP/before" "$TMP/after" >"$TMP/added"
  while read -r package; do remember "$manager" "$package" "$step_name"; done <"$TMP/added"
  return $result
}

# look_system: sets SYSTEM_STATE (ok, todo, blocked, skip), SYSTEM_SAYS, SYSTEM_NAMES,
# SYSTEM_PACKAGES, SYSTEM_MANUAL.
look_system() {
  SYSTEM_STATE=ok SYSTEM_PACKAGES='' SYSTEM_MANUAL=''
  classes='need stdlib cache'
  [ -f "$ROOT/cpython/Cargo.toml" ] && classes='need stdlib cache fork'
  MANAGER=$(package_manager)
  ROOT_HOW=$(root_how)
  total=$(table "$classes" "${MANAGER:-apt}" | awk -F '\t' '$4 != "-"' | wc -l | tr -d ' ')
  system_missing "$classes" "${MANAGER:-apt}" >"$TMP/missing"
  count=$(wc -l <"$TMP/missing" | tr -d ' ')
  needs=$(awk -F '\t' '$2 == "need" { print $1 }' "$TMP/missing" | tr '\n' ' ')
  SYSTEM_NEEDS=${needs% }
  if [ "$count" = 0 ]; then
    SYSTEM_SAYS="$total needed, all there"
    return
  fi
  SYSTEM_MANUAL=$(awk -F '\t' '$4 ~ /^!/ { print substr($4, 2) }' "$TMP/missing" | sort -u)
  SYSTEM_PACKAGES=$(awk -F '\t' '$4 !~ /^!/ { n = split($4, p, " "); for (i = 1; i <= n; i++) if (!seen[p[i]]++) print p[i] }' \
    "$TMP/missing" | tr '\n' ' ')
  SYSTEM_PACKAGES=${SYSTEM_PACKAGES% }
  SYSTEM_NAMES=$(cut -f 1 "$TMP/missing" | tr '\n' ' ')
  SYSTEM_STATE=todo
  SYSTEM_SAYS="$total needed, $count missing"
  if [ -z "$MANAGER" ] || { [ "$ROOT_HOW" = no ] && [ "$MANAGER" != brew ]; }; then SYSTEM_STATE=blocked; fi
  may_reach_packages || SYSTEM_STATE=skip
  # Only a manual step left: nothing that we could install.
  [ -n "$SYSTEM_PACKAGES" ] || [ "$SYSTEM_STATE" = skip ] || SYSTEM_STATE=blocked
}

# may_reach_packages: wanted, and over the network or from the bundle.
may_reach_packages() {
  [ "$NO_SYSTEM" != 1 ] && { [ "$OFFLINE" != 1 ] || [ "${BUNDLE_SYSTEM:-0}" = 1 ]; }
}

# system_how_to: the exact commands for what is missing, for a person to run.
system_how_to() {
  if [ -n "$SYSTEM_PACKAGES" ]; then
    case $MANAGER in
      '') echo "no known package manager here; the packages, in Debian's names: $SYSTEM_PACKAGES" ;;
      brew) echo "brew install $SYSTEM_PACKAGES" ;;
      apt) echo "sudo apt-get update && sudo apt-get install --no-install-recommends $SYSTEM_PACKAGES" ;;
      *) echo "sudo $(install_command "$MANAGER") $SYSTEM_PACKAGES" ;;
    esac
  fi
  [ -z "$SYSTEM_MANUAL" ] || printf '%s\n' "$SYSTEM_MANUAL"
}

plan_system() {
  line 'system packages' "$SYSTEM_SAYS"
  [ "$SYSTEM_STATE" = ok ] || prose "missing: $SYSTEM_NAMES"
  case $SYSTEM_STATE in
    todo)
      if [ "${BUNDLE_SYSTEM:-0}" = 1 ]; then
        prose "$MANAGER would install, from the bundle: $SYSTEM_PACKAGES"
        return
      fi
      size=$(download_size "$MANAGER" "$SYSTEM_PACKAGES")
      if [ -n "$size" ]; then size="$(bytes "$size") to download"; else size="size not known before $MANAGER runs"; fi
      prose "$MANAGER would install: $SYSTEM_PACKAGES   ($size)" ;;
    skip)
      note "left alone (--no-system or --offline)"
      [ -z "${BUNDLE_WHY:-}" ] || note "$BUNDLE_WHY" ;;
  esac
}

# do_system
do_system() {
  case $SYSTEM_STATE in
    ok) return ;;
    skip)
      [ -z "$SYSTEM_NEEDS" ] || die "$EX_SETUP" setup "nothing can be built without: $SYSTEM_NEEDS" \
        "try: $(system_how_to)"
      warn 'system packages' "not installed; CPython will be built without some modules of its standard library"
      note "later: $(system_how_to)"
      return ;;
    blocked)
      die "$EX_SETUP" setup "system packages are missing and cannot be installed from here" \
        "missing: $(cut -f 1 "$TMP/missing" | tr '\n' ' ')" \
        "why:     $(if [ -z "$MANAGER" ]; then echo 'no known package manager'; elif [ -z "$SYSTEM_PACKAGES" ]; then echo 'a person must run this'; else echo 'not root, and neither sudo nor doas can be used'; fi)" \
        "try:     $(system_how_to)" \
        "$([ -n "$SYSTEM_NEEDS" ] || echo "or:      $0 --no-system   (some modules of the standard library will be missing)")" ;;
  esac
  [ "${BUNDLE_SYSTEM:-0}" = 0 ] || bundle_repository
  if ! install_packages system "$MANAGER" "$SYSTEM_PACKAGES"; then
    log_tail
    die "$EX_SETUP" setup "$MANAGER could not install: $SYSTEM_PACKAGES" "log: $LOG" "try: $(system_how_to)"
  fi
  [ "$DRY_RUN" = 1 ] && return
  system_missing "$classes" "$MANAGER" >"$TMP/missing"
  if [ -s "$TMP/missing" ]; then
    still=$(cut -f 1 "$TMP/missing" | tr '\n' ' ')
    if grep -q '	need	' "$TMP/missing"; then
      die "$EX_SETUP" setup "$MANAGER succeeded, and yet these are not found: $still" "log: $LOG"
    fi
    warn 'system packages' "installed, and yet these are not found: $still"
  fi
  vouches="the distribution's signatures vouch for them"
  [ "${BUNDLE_SYSTEM:-0}" = 0 ] || vouches="from the bundle, whose checksum vouches for them"
  line 'system packages' "installed by $MANAGER: $(wc -l <"$TMP/added" | tr -d ' ') packages; $vouches"
}
