# shellcheck shell=bash disable=SC2154
# The stand-in's stdenv: sourced by Nix before it notes the environment of a shell, and by the stand-in's builders.
PATH=$stdenv/bin
for input in $nativeBuildInputs $buildInputs; do
    if [ -d "$input/bin" ]; then
        PATH=$input/bin:$PATH
    fi
    if [ -e "$input/nix-support/setup-hook" ]; then
        # shellcheck source=/dev/null
        . "$input/nix-support/setup-hook"
    fi
done
export PATH

# What nixpkgs' stdenv and its Python leave behind in a shell; nix/shell-hook.sh must put it right.
export SOURCE_DATE_EPOCH=315532800 DETERMINISTIC_BUILD=1 PYTHONHASHSEED=0
export NIX_SSL_CERT_FILE=/no-cert-file.crt
export CC=gcc CXX=g++
