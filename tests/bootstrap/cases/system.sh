# shellcheck shell=sh
# shellcheck disable=SC2016  # stubs expand in their own shell
# System packages: only what is missing, through the machine's manager, or the exact command.

# no_compiler: the machine has no C compiler, so no headers are found either.
no_compiler() { stub cc 'exit 1'; }

# lacks HEADER: everything is there but this.
lacks() {
  stub cc "$(cat <<STUB
for word in "\$@"; do case \$word in *probe.h) grep '^"found:' "\$word" | grep -v '$1' ;; esac; done
exit 0
STUB
)"
}

# debian: apt that installs by making cc whole again.
debian() {
  stub apt-get 'case $* in
    *--print-uris*) echo "'"'uri'"' file.deb 1500000 hash"; echo "'"'uri'"' b.deb 500000 hash" ;;
    *install*) : >"$CALLS.installed" ;;
  esac'
  stub apt-cache 'echo "  Candidate: 1.0"'
  stub dpkg-query '[ -e "$CALLS.installed" ] && printf "libffi-dev\tinstalled\nnew-dependency\tinstalled\n"; printf "base\tinstalled\n"'
  stub cc 'for word in "$@"; do case $word in *probe.h)
    if [ -e "$CALLS.installed" ]; then grep "^\"found:" "$word"; else grep "^\"found:" "$word" | grep -v ffi; fi ;; esac; done
    exit 0'
}

test_only_the_missing_package_is_asked_for_through_sudo() {
  sandbox
  debian
  stub sudo 'case $1 in -n) exit 0 ;; esac; exec "$@"'
  run_kit --yes
  status_is 0
  says '1 missing'
  says 'missing: libffi'
  says 'apt would install: libffi-dev   (2.0 MB to download)'
  says 'installed by apt: 2 packages'
  called '^sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 libffi-dev$'
  called_not 'apt-get update'
  run_kit --yes
  status_is 0
  says 'all there'
  says_not 'installed by'
}

test_root_needs_no_sudo() {
  sandbox
  debian
  stub id 'echo 0'
  run_kit --yes
  status_is 0
  called '^apt-get install .* libffi-dev$'
  called_not '^sudo'
}

test_uninstall_takes_back_exactly_what_came_in() {
  sandbox
  debian
  stub id 'echo 0'
  stub dpkg 'rm -f "$CALLS.installed"'
  run_kit --yes
  run_kit --uninstall --yes
  status_is 0
  called '^dpkg --purge new-dependency libffi-dev *$'
  home_is_empty
}

test_without_sudo_the_exact_command_is_printed() {
  sandbox
  debian
  no_compiler
  run_kit --yes
  status_is 3
  says 'sudo apt-get update && sudo apt-get install --no-install-recommends gcc libc6-dev'
  says 'neither sudo nor doas can be used'
  called_not '^apt-get install -y'
  called_not '^cargo'
}

test_a_manager_that_fails_is_setup_with_its_last_words() {
  sandbox
  debian
  stub id 'echo 0'
  stub apt-get 'case $* in *print-uris*) ;; *) echo "E: the mirror is on fire"; exit 100 ;; esac'
  run_kit --yes
  status_is 3
  says 'E: the mirror is on fire'
  says 'log/system.log'
}

test_a_package_that_does_not_help_is_told_once() {
  sandbox
  debian
  stub id 'echo 0'
  lacks ffi
  stub dpkg-query 'printf "base\tinstalled\n"'
  run_kit --yes
  status_is 0
  says 'and yet these are not found: libffi'
  stub dpkg-query 'printf "base\tinstalled\nlibffi-dev:amd64\tinstalled\n"'
  : >"$BOX/calls.log"
  run_kit --yes
  status_is 0
  called_not '^apt-get install'
}

test_no_system_goes_on_without_optional_modules() {
  sandbox
  debian
  run_kit --yes --no-system
  status_is 0
  says 'without some modules of its standard library'
  says 'sudo apt-get install --no-install-recommends libffi-dev'
  called_not '^apt-get install -y'
}

test_no_system_cannot_go_on_without_a_compiler() {
  sandbox
  debian
  no_compiler
  run_kit --yes --no-system
  status_is 3
  says 'nothing can be built without: c-compiler'
}

test_empty_package_lists_are_refreshed_first() {
  sandbox
  debian
  stub id 'echo 0'
  stub apt-cache 'exit 0'
  run_kit --yes
  status_is 0
  grep -n 'apt-get update\|apt-get install -y' "$BOX/calls.log" | cut -d : -f 2 | cut -c 1-14 >"$BOX/order"
  equal "$(tr '\n' ';' <"$BOX/order")" 'apt-get update;apt-get instal;'
}

# Each manager's own command line, from the same machine with the same hole in it.
test_each_manager_gets_its_own_command() {
  while IFS='|' read -r manager wanted; do
    sandbox
    lacks ffi
    stub id 'echo 0'
    for query in dpkg-query rpm dnf pacman apk zypper; do stub "$query" 'exit 0'; done
    case $manager in
      dnf) no_stub pacman; no_stub apk; no_stub zypper ;;
      microdnf) no_stub dnf; no_stub pacman; no_stub apk; no_stub zypper; stub microdnf 'exit 0' ;;
      pacman) no_stub dnf; no_stub apk; no_stub zypper ;;
      apk) no_stub dnf; no_stub pacman; no_stub zypper; stub apk '[ "$1" = policy ] && echo "  1.0-r0:"; exit 0' ;;
      zypper) no_stub dnf; no_stub pacman; no_stub apk ;;
    esac
    run_kit --yes --only system
    status_is 0
    called "^$wanted\$"
  done <<'TABLE'
dnf|dnf install -y --setopt=install_weak_deps=False libffi-devel
microdnf|microdnf install -y --setopt=install_weak_deps=0 libffi-devel
pacman|pacman -Syu --needed --noconfirm libffi
apk|apk add libffi-dev
zypper|zypper --non-interactive install --no-recommends libffi-devel
TABLE
}

test_homebrew_installs_as_the_person() {
  sandbox
  stub uname 'case $1 in -s) echo Darwin ;; -m) echo arm64 ;; esac'
  stub brew 'case $1 in --prefix) echo /opt/homebrew ;; esac'
  lacks openssl
  run_kit --yes --only system
  status_is 0
  called '^brew install --quiet openssl@3$'
}

test_macos_without_a_compiler_says_what_a_person_must_run() {
  sandbox
  stub uname 'case $1 in -s) echo Darwin ;; -m) echo arm64 ;; esac'
  stub brew 'case $1 in --prefix) echo /opt/homebrew ;; esac'
  stub cc 'case $* in *-o*) exit 1 ;; esac; for word in "$@"; do case $word in *probe.h) grep "^\"found:" "$word" ;; esac; done'
  run_kit --yes --only system
  status_is 3
  says 'xcode-select --install'
}

test_libclang_is_only_asked_for_with_the_fork() {
  sandbox
  run_kit --dry-run
  says '24 needed'
  mkdir "$KIT/cpython"
  : >"$KIT/cpython/Cargo.toml"
  run_kit --dry-run
  says '26 needed'
}
