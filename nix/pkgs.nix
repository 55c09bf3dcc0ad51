# The packages of one system. nixpkgs dropped x86_64-darwin after its release 26.05 (NixOS/nixpkgs pull request 493096),
# and the locked revision is later than that: an Intel Mac needs the release, and is told so.
{ nixpkgs, system }:
if system == "x86_64-darwin" then
  builtins.addErrorContext
    ''
      on an Intel Mac this flake needs nixpkgs 26.05, the last one that supports it:
        nix develop --override-input nixpkgs github:NixOS/nixpkgs/nixpkgs-26.05-darwin
      or use ./scripts/bootstrap.sh, which needs no Nix (docs/nix.md, "macOS")''
    nixpkgs.legacyPackages.${system}
else
  nixpkgs.legacyPackages.${system}
