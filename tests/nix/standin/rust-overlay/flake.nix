# A flake of the shape of rust-overlay whose toolchains are real ones of this machine: toolchains.nix, which the test
# writes, says which version is where. A version that is not in it is not offered.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";

  outputs = _: {
    lib.mkRustBin =
      { }:
      pkgs:
      let
        components = [
          "clippy"
          "rust-analyzer"
          "rust-src"
          "rustfmt"
        ];
        known = component: builtins.elem component components || throw "no component ${component}";
        toolchain =
          version: directory:
          { extensions, targets }:
          assert builtins.all known extensions;
          pkgs.runCommand "rust-minimal-${version}" { inherit version directory targets; } ''
            seen=$($directory/bin/rustc --version)
            case $seen in
              "rustc $version "*) ;;
              *) echo "$directory has $seen, not $version" >&2; exit 1 ;;
            esac
            mkdir -p $out/bin
            for program in cargo rustc rustdoc cargo-clippy clippy-driver cargo-fmt rustfmt rust-analyzer; do
              [ ! -x $directory/bin/$program ] || ln -s $directory/bin/$program $out/bin/$program
            done
          '';
      in
      {
        stable = builtins.mapAttrs (version: directory: {
          minimal.override = toolchain version directory;
        }) (import ./toolchains.nix);
      };
  };
}
