# makeRustPlatform: builds and tests a crate as nixpkgs does, in cargo's dev profile and with the crates that the
# machine has already fetched (nixpkgs fetches each by its checksum in Cargo.lock).
{ derive, stdenv }:
{ cargo, rustc }:
{
  buildRustPackage =
    {
      pname,
      version,
      src,
      cargoLock,
      cargoBuildFlags,
      cargoTestFlags,
      nativeBuildInputs,
      nativeCheckInputs,
      postInstall,
      meta,
    }:
    derive "${pname}-${version}"
      {
        inherit
          src
          stdenv
          postInstall
          cargoBuildFlags
          cargoTestFlags
          ;
        inherit (cargoLock) lockFile;
        nativeBuildInputs = nativeBuildInputs ++ [
          cargo
          rustc
        ];
        buildInputs = nativeCheckInputs;
      }
      ''
        . $stdenv/setup
        export HOME=$NIX_BUILD_TOP CARGO_HOME=/root/.cargo CARGO_NET_OFFLINE=true
        cp -r $src source
        chmod -R u+w source
        cd source
        cmp Cargo.lock $lockFile
        cargo build --quiet --locked $cargoBuildFlags
        cargo test --quiet --locked $cargoTestFlags
        mkdir -p $out/bin
        cp target/debug/${meta.mainProgram} $out/bin/
        eval "$postInstall"
      ''
    // {
      inherit meta;
    };
}
