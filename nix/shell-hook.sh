# shellcheck shell=bash
# Run on entering `nix develop`, in the person's own shell: it must leave no function and no option behind.

# Meant for packages, not for people: with these set, CPython hashes without a seed, dates its .pyc files 1980 and
# skips or fails tests of its own.
unset SOURCE_DATE_EPOCH DETERMINISTIC_BUILD PYTHONHASHSEED PYTHONNOUSERSITE PYTHONPATH

# nixpkgs' build environment points these at a file that is not there, so that builds stay offline. The machine's own
# certificates come first: a company's proxy is only in them.
if [ ! -e "${SSL_CERT_FILE:-/no-cert-file.crt}" ]; then
    unset SSL_CERT_FILE
    for sprint_nix_file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt "$SPRINT_NIX_CERTIFICATES"; do
        if [ -e "$sprint_nix_file" ]; then
            export SSL_CERT_FILE=$sprint_nix_file
            break
        fi
    done
fi
if [ -n "${SSL_CERT_FILE:-}" ]; then
    export NIX_SSL_CERT_FILE=$SSL_CERT_FILE
fi

# CPython's configure looks for cargo in $CARGO_HOME/bin and nowhere else; Nix has it in the store. So a CARGO_HOME for
# this toolchain, whose downloads and settings are the person's own.
sprint_nix_own=${CARGO_HOME:-$HOME/.cargo}
sprint_nix_homes=${XDG_CACHE_HOME:-$HOME/.cache}/sprint-kit/nix-cargo-home
case $sprint_nix_own in
    "$sprint_nix_homes"/*) sprint_nix_own=$HOME/.cargo ;; # a shell inside a shell
esac
export CARGO_HOME=$sprint_nix_homes/${SPRINT_NIX_TOOLCHAIN##*/}
mkdir -p "$CARGO_HOME/bin" "$sprint_nix_own/registry" "$sprint_nix_own/git"
# cargo's own lock, shared as the downloads are.
[ -e "$sprint_nix_own/.package-cache" ] || : >"$sprint_nix_own/.package-cache"
for sprint_nix_file in "$SPRINT_NIX_TOOLCHAIN"/bin/*; do
    ln -sfn "$sprint_nix_file" "$CARGO_HOME/bin/${sprint_nix_file##*/}"
done
for sprint_nix_file in registry git .package-cache config.toml config credentials.toml; do
    if [ -e "$sprint_nix_own/$sprint_nix_file" ] && [ ! -e "$CARGO_HOME/$sprint_nix_file" ]; then
        ln -s "$sprint_nix_own/$sprint_nix_file" "$CARGO_HOME/$sprint_nix_file"
    fi
done

sprint_nix_rust=$(rustc --version)
echo "sprint kit: ${sprint_nix_rust%% (*}, from Nix. Next: just test-module base64" >&2
unset sprint_nix_file sprint_nix_own sprint_nix_homes sprint_nix_rust
