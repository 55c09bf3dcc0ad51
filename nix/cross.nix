# What the shell for other targets has besides: C compilers under the names that Debian gives them too, emulators, and
# a directory of the shape of a WASI SDK.
{
  lib,
  system,
  names,
}:
let
  inherit (names) cross;
  onLinux = lib.hasSuffix "-linux" system;

  # nixpkgs calls the compiler aarch64-unknown-linux-gnu-gcc where Debian has aarch64-linux-gnu-gcc.
  renamed =
    { triplet, cc }:
    names.runCommand "${triplet}-names" { } ''
      mkdir -p $out/bin
      for program in ${cc}/bin/${cc.targetPrefix}*; do
        ln -s "$program" "$out/bin/${triplet}-''${program#${cc}/bin/${cc.targetPrefix}}"
      done
    '';
  compilers = {
    aarch64-linux = {
      triplet = "aarch64-linux-gnu";
      cc = cross.aarch64;
    };
    armv7l-linux = {
      triplet = "arm-linux-gnueabihf";
      cc = cross.armv7;
    };
  };
  # The machine's own kind needs no cross compiler.
  foreign = lib.attrValues (removeAttrs compilers [ system ]);

  wasi-sdk = import ./wasi-sdk.nix { inherit lib names; };
in
{
  # The cross compilers and user-mode qemu exist on Linux only; WebAssembly works everywhere.
  extraPackages = [
    cross.wasmtime
  ]
  ++ lib.optionals onLinux ([ cross.qemu-user ] ++ map (row: row.cc) foreign ++ map renamed foreign);
  extraEnv.WASI_SDK_PATH = "${wasi-sdk}";
}
