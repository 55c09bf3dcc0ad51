# The sprint command as a package, with its tests run, completions and a man page.
{
  lib,
  names,
  toolchain,
}:
let
  manifest = fromTOML (builtins.readFile ../Cargo.toml);
  platform = names.makeRustPlatform {
    cargo = toolchain;
    rustc = toolchain;
  };
in
platform.buildRustPackage {
  pname = "sprint";
  inherit (manifest.workspace.package) version;
  # The unit tests hold documents, tasks and modules against the code, so all of the repository but what a build makes.
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.difference ../. (
      lib.fileset.unions (
        map lib.fileset.maybeMissing [
          ../build
          ../cpython
          ../modules/target
          ../target
        ]
      )
    );
  };
  cargoLock.lockFile = ../Cargo.lock;
  cargoBuildFlags = [ "--package=sprint" ];
  # The end-to-end tests need a CPython tree and run in `just test`; these are the unit tests.
  cargoTestFlags = [
    "--package=sprint"
    "--lib"
    "--bins"
  ];
  nativeBuildInputs = [ names.installShellFiles ];
  nativeCheckInputs = names.tools;
  postInstall = ''
    for shell in bash fish zsh; do
      $out/bin/sprint completions $shell >sprint.$shell
    done
    $out/bin/sprint completions man >sprint.1
    installShellCompletion --cmd sprint --bash sprint.bash --fish sprint.fish --zsh sprint.zsh
    installManPage sprint.1
  '';
  meta = {
    description = "From a clone to a CPython with Rust modules in it, built from source, with tests green";
    homepage = manifest.workspace.package.repository;
    license = lib.licenses.asl20;
    mainProgram = "sprint";
  };
}
