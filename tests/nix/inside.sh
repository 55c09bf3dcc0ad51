# shellcheck shell=sh disable=SC1091,SC2016,SC2154,SC2317
# (functions are called by check; what stands in single quotes is for another shell, or for Nix)
# Runs in the system that tests/nix/run.sh made, as root, with the clone in /root/kit.
set -u

. /standin/debian.sh
passed=0 failed=0 begin=$(date +%s)
log=$HOME/log

mkdir -p /etc/nix
cat >/etc/nix/nix.conf <<'CONF'
experimental-features = nix-command flakes
build-users-group =
sandbox = false
substituters =
flake-registry =
warn-dirty = false
CONF
git config --global --add safe.directory '*'
cd "$HOME/kit" || exit 3

# The one `nix` of all that follows: both inputs are the stand-ins, and the lock stays as it is.
mkdir -p "$HOME/bin"
cat >"$HOME/bin/nix" <<'WRAPPER'
#!/bin/sh
verb=$1
shift
set -- --override-input nixpkgs "path:${NIXPKGS:-/standin/nixpkgs}" \
  --override-input rust-overlay path:/standin/rust-overlay --no-write-lock-file "$@"
case $verb in
  flake-check) exec /usr/bin/nix flake check --all-systems --no-build "$@" ;;
  *) exec /usr/bin/nix "$verb" "$@" ;;
esac
WRAPPER
chmod +x "$HOME/bin/nix"
PATH=$HOME/bin:$PATH

part() { printf -- '-- %s (%s s)\n' "$*" "$(($(date +%s) - begin))"; }

# quiet COMMAND...: its output is shown only if it fails.
quiet() {
  if "$@" >"$log" 2>&1; then return 0; fi
  grep -v -e '^• ' -e '^  → ' -e "^    '" -e 'not writing modified lock' "$log" | tail -n 25 | sed 's/^/      /'
  return 1
}

# in_shell SHELL COMMAND...: with the store's programs only, so that one the flake forgot is missing.
in_shell() {
  of=$1
  shift
  nix develop "$of" --ignore-environment --keep HOME --keep LANG --command bash -c '
    PATH=$(printf "%s" "$PATH" | tr : "\n" | grep "^/nix/store/" | paste -sd :)
    export PATH
    exec "$@"' bash "$@"
}


# evaluates FLAKE: every output for every system; nothing is built.
evaluates() { nix flake-check "$1"; }

part "the lock"
check "the lock is whole: Nix has nothing to add to it" quiet /usr/bin/nix flake metadata --no-update-lock-file
mkdir -p build/native-debug && echo big >build/native-debug/big
tree=$(/usr/bin/nix flake metadata --json 2>/dev/null | jq -r .path)
check "the flake is copied to the store" [ -e "$tree/flake.nix" ]
check "without a build tree" [ ! -e "$tree/build" ]
check "and without a submodule" [ -z "$(ls "$tree/cpython" 2>/dev/null)" ]

part "evaluation for four systems"
check "every output evaluates" quiet evaluates .
for output in devShells packages checks apps; do
  nix eval --json ".#$output" --apply 'builtins.mapAttrs (_: builtins.mapAttrs (_: one: one.drvPath or one.program))' \
    2>>"$log" >"$HOME/$output.json"
done
nix eval --json .#formatter --apply 'builtins.mapAttrs (_: one: { formatter = one.drvPath; })' 2>>"$log" >"$HOME/formatter.json"
(cd "$HOME" && jq -s -r 'map(to_entries[] | .key as $system | .value | to_entries[] | "\($system) \(.key) \(.value)") | .[]' \
  devShells.json packages.json checks.json apps.json formatter.json) >"$HOME/outputs"
for one in x86_64-linux aarch64-linux aarch64-darwin x86_64-darwin; do
  check "12 outputs on $one" [ "$(grep -c "^$one [a-z]* /nix/store/" "$HOME/outputs")" = 12 ]
done

part "misspelt names"
# mutant NAME SED-EXPRESSION FILE: a copy of the flake in which one thing is changed.
mutant() {
  rm -rf "$HOME/mutant"
  mkdir "$HOME/mutant"
  git archive HEAD flake.nix flake.lock nix pins.toml Cargo.toml Cargo.lock crates scripts | tar -x -C "$HOME/mutant"
  sed -i "$1" "$HOME/mutant/$2"
  ! cmp -s "$2" "$HOME/mutant/$2"
}
# red PATTERN: the mutant does not evaluate, and the error says what is wrong.
red() {
  if evaluates "path:$HOME/mutant" >"$log" 2>&1; then return 1; fi
  grep -q -e "$1" "$log" || { tail -n 5 "$log"; return 1; }
}
mutant '1s/$/ # nothing/' flake.nix
check "a copy in which nothing is misspelt evaluates" quiet evaluates "path:$HOME/mutant"
for name in genAttrs mapAttrs legacyPackages; do
  file=flake.nix
  grep -q "$name" flake.nix || file=nix/pkgs.nix
  mutant "s/$name/${name}x/" $file
  check "$file: ${name}x" red "${name}x"
done
sed -n 's/^ *pkgs\.\([A-Za-z0-9.-]*\) # .*/\1/p; s/.* = pkgs\.\([A-Za-z0-9.-]*\); # .*/\1/p; s/^ *\([a-zA-Z-]*\) # .*/\1/p' \
  nix/packages.nix | sort -u >"$HOME/names"
misspelt=0
while read -r name; do
  last=${name##*.}
  mutant "s/\\([ .]\\)$last\\(;\\{0,1\\} # \\)/\\1${last}x\\2/" nix/packages.nix && red "${last}x" && misspelt=$((misspelt + 1)) ||
    printf '      nobody noticed that %s was misspelt\n' "$name"
done <"$HOME/names"
check "nix/packages.nix: each of its $(wc -l <"$HOME/names") names, misspelt, is noticed" [ "$misspelt" = "$(wc -l <"$HOME/names")" ]
check "there are at least 30 of them" [ "$misspelt" -ge 30 ]

part "the shell"
in_shell . sh -c 'env; echo "cargo: $("$CARGO_HOME/bin/cargo" --version)"; rustc --version' >"$HOME/shell" 2>"$HOME/entry"
check "entering says one line" [ "$(grep -c '^sprint kit: ' "$HOME/entry")" = 1 ]
check "the pinned rustc" grep -q "^rustc $MSRV " "$HOME/shell"
check "CARGO_HOME has a cargo where CPython's configure looks" grep -q "^cargo: cargo $MSRV" "$HOME/shell"
# The stand-in's stdenv sets them, as nixpkgs' does.
cleared() { grep -q '^CARGO_HOME=' "$HOME/shell" && ! grep "^$1=" "$HOME/shell"; }
for name in SOURCE_DATE_EPOCH PYTHONHASHSEED DETERMINISTIC_BUILD; do check "$name is not left over" cleared "$name"; done
check "certificates are this machine's" grep -q '^SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt$' "$HOME/shell"
for name in just sccache git curl jq shellcheck python3 pkg-config make cc xz; do
  check "$name is the shell's own" quiet in_shell . sh -c "command -v $name | grep ^/nix/store/"
done
check "libclang parses a header as bindgen would call it" quiet in_shell . python3 /standin/libclang.py
if in_shell . sh -c 'command -v rust-analyzer' >/dev/null 2>&1; then
  check "rust-analyzer for an editor outside the shell" quiet sh -c 'nix/rust-analyzer --version 2>/dev/null | grep "^rust-analyzer "'
else
  echo "skip  rust-analyzer: this machine's Rust $MSRV has none"
fi
# Its exit code tells of this system, which is of no interest here.
in_shell . scripts/sprint doctor >"$HOME/doctor" 2>>"$log"
check "the doctor knows the shell" grep -q "in the flake's shell, made for Rust $MSRV" "$HOME/doctor"
without() { grep -q '^ *host ' "$HOME/doctor" && ! grep "$@" "$HOME/doctor"; }
check "and finds nothing in front of its programs" without nix-shell-shadowed
check "and has no fix that bypasses Nix" without -e bootstrap.sh -e apt-get
part "another shell, and a moved pin"
if [ "$STABLE" = "$OTHER" ]; then
  check "the stable shell has rustc $STABLE" quiet in_shell .#stable sh -c "rustc --version | grep '^rustc $STABLE '"
else
  echo "skip  the stable shell: this system has no rustc $STABLE"
fi
mutant "s/^msrv = .*/msrv = \"$OTHER\"/" pins.toml
check "moving rust.msrv to $OTHER moves rustc in the shell" quiet \
  in_shell "path:$HOME/mutant" sh -c "rustc --version | grep '^rustc $OTHER '"
mutant 's/^msrv = .*/msrv = "1.95.77"/' pins.toml
check "a Rust that rust-overlay lacks does not evaluate, and the error leads to pins check" red 'sprint pins check'

part "an Intel Mac on a nixpkgs that has dropped it"
cp -r /standin/nixpkgs /standin/nixpkgs-later
sed -i 's/(system: import/(system: if system == "x86_64-darwin" then throw "Nixpkgs 26.11 has dropped support for x86_64-darwin." else import/' \
  /standin/nixpkgs-later/flake.nix
export NIXPKGS=/standin/nixpkgs-later
nix eval .#devShells.x86_64-darwin.default.drvPath >"$log" 2>&1
check "it is told which nixpkgs still has it" grep -q 'override-input nixpkgs github:NixOS/nixpkgs/nixpkgs-26.05-darwin' "$log"
check "the other systems do not suffer" quiet nix eval .#devShells.aarch64-darwin.default.drvPath
unset NIXPKGS

part "nix develop --command just test-module base64"
in_shell . just test-module base64 >"$HOME/test" 2>"$HOME/test.err"
status=$?
sed 's/^/      /' "$HOME/test"
[ "$status" = 0 ] || tail -n 25 "$HOME/test.err"
check "it exits 0" [ "$status" = 0 ]
check "the module is Rust, by the pinned rustc" grep -q "PyInit__base64 from rustc $MSRV" "$HOME/test"
check "and green" grep -q '^base64 is green' "$HOME/test"
check "a rustc that rust-overlay lacks fails pins check, with the fix" quiet in_shell . sh -c "
  cp pins.toml /tmp/pins.toml
  sed -i 's/^msrv = .*/msrv = \"1.95.77\"/' pins.toml
  scripts/sprint pins check >/tmp/check; status=\$?
  cp /tmp/pins.toml pins.toml
  cat /tmp/check
  [ \$status = 2 ] && grep 'rust.msrv is 1.95.77, which rust-overlay .* does not carry (nearest: 1.95.0, 1.96.0)' /tmp/check &&
    grep 'fix: .*sprint pins bump' /tmp/check"

part "the package"
check "packages.sprint builds from Cargo.lock, and its tests pass" quiet nix build -L --out-link "$HOME/result" .#sprint
check "its version" [ "$("$HOME/result/bin/sprint" --version)" = "sprint $(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)" ]
for file in share/man/man1/sprint.1 share/bash-completion/completions/sprint.bash \
  share/fish/vendor_completions.d/sprint.fish share/zsh/site-functions/_sprint; do
  check "$file" [ -s "$HOME/result/$file" ]
done
check "nix run .#doctor reaches the doctor" quiet nix run .#doctor -- --help

part "done"
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
