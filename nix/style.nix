# Formatting and lints of the Nix files.
{ lib, names }:
let
  sources = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../flake.nix
      ../nix
    ];
  };
in
names.runCommand "nix-style" { nativeBuildInputs = names.style; } ''
  cd ${sources}
  nixfmt --check flake.nix nix/*.nix
  deadnix --fail flake.nix nix
  statix check .
  touch $out
''
