# A flake of the shape of nixpkgs whose packages are this machine's own programs: Debian forky's, in a chroot without
# network. It offers what nix/packages.nix names and nothing else: there is no catch-all, so a misspelt attribute is an
# evaluation error, as it would be with nixpkgs.
{
  outputs = _: rec {
    lib = import ./lib.nix;
    legacyPackages = lib.genAttrs [
      "x86_64-linux"
      "aarch64-linux"
      "aarch64-darwin"
      "x86_64-darwin"
    ] (system: import ./packages.nix { inherit lib system; });
  };
}
