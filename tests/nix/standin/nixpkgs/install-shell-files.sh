# shellcheck shell=bash disable=SC2154
# The two functions of nixpkgs' installShellFiles that the flake calls, as it calls them.
installShellCompletion() {
    [ "$1 $2" = "--cmd sprint" ] || return 1
    shift 2
    while [ $# -gt 0 ]; do
        case $1 in
            --bash) install -D -m 644 "$2" "$out/share/bash-completion/completions/sprint.bash" ;;
            --fish) install -D -m 644 "$2" "$out/share/fish/vendor_completions.d/sprint.fish" ;;
            --zsh) install -D -m 644 "$2" "$out/share/zsh/site-functions/_sprint" ;;
            *) return 1 ;;
        esac
        shift 2
    done
}
installManPage() { install -D -m 644 "$1" "$out/share/man/man1/$1"; }
