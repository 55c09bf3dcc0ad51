# A development shell around one Rust toolchain.
{ names }:
{
  toolchain,
  extraPackages ? [ ],
  extraEnv ? { },
}:
names.mkShell {
  name = "sprint";
  packages = [
    toolchain
    names.bindgen
  ]
  ++ names.tools
  ++ extraPackages;
  buildInputs = names.libraries;
  # Fortified headers warn without optimisation, and configure's tests with -Werror take the warning for a missing
  # feature.
  hardeningDisable = [ "fortify" ];
  env = {
    # rust-analyzer looks for the library's sources here.
    RUST_SRC_PATH = "${toolchain}/lib/rustlib/src/rust/library";
    SPRINT_NIX_TOOLCHAIN = "${toolchain}";
    SPRINT_NIX_CERTIFICATES = "${names.cacert}/etc/ssl/certs/ca-bundle.crt";
  }
  // extraEnv;
  shellHook = builtins.readFile ./shell-hook.sh;
}
