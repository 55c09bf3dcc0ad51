# What the flake offers on one system.
{
  lib,
  system,
  pkgs,
  pins,
  rust-overlay,
}:
let
  names = import ./packages.nix pkgs;
  toolchain = import ./toolchain.nix {
    inherit pins;
    # Made on top of nixpkgs' own package set instead of as an overlay: nixpkgs is not evaluated a second time.
    rustBin = rust-overlay.lib.mkRustBin { } pkgs;
  };
  shell = import ./shell.nix { inherit names; };
  sprint = import ./sprint.nix {
    inherit lib names;
    toolchain = toolchain { version = pins.rust.msrv; };
  };
  native = shell { toolchain = toolchain { version = pins.rust.msrv; }; };
in
{
  packages = {
    inherit sprint;
    default = sprint;
  };
  apps = {
    default = {
      type = "app";
      program = lib.getExe sprint;
      meta.description = "The sprint command";
    };
    doctor = {
      type = "app";
      program = "${names.writeShellScript "doctor" ''exec ${lib.getExe sprint} doctor "$@"''}";
      meta.description = "What this machine offers, and the command that mends what it lacks";
    };
  };
  devShells = {
    default = native;
    msrv = native;
    stable = shell { toolchain = toolchain { version = pins.rust.stable; }; };
    cross = shell (
      import ./cross.nix { inherit lib system names; }
      // {
        toolchain = toolchain {
          version = pins.rust.msrv;
          inherit (pins.rust) targets;
        };
      }
    );
  };
  checks = {
    inherit sprint;
    style = import ./style.nix { inherit lib names; };
    shell = native.inputDerivation;
  };
  formatter = names.formatter;
}
