{
  description = "The Rust-for-CPython sprint kit: CPython with Rust modules, built from source and proven";

  # Locked by flake.lock, which `sprint pins sync` writes from pins.toml.
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
    rust-overlay = {
      url = "github:oxalica/rust-overlay";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    { nixpkgs, rust-overlay, ... }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
        "x86_64-darwin"
      ];
      kit = lib.genAttrs systems (
        system:
        import ./nix {
          inherit lib system rust-overlay;
          pkgs = import ./nix/pkgs.nix { inherit nixpkgs system; };
          pins = fromTOML (builtins.readFile ./pins.toml);
        }
      );
      output = name: lib.mapAttrs (_: outputs: outputs.${name}) kit;
    in
    {
      packages = output "packages";
      apps = output "apps";
      devShells = output "devShells";
      checks = output "checks";
      formatter = output "formatter";
    };
}
