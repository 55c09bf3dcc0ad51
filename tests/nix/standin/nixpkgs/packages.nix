{ lib, system }:
let
  # A derivation that this machine's own bash builds. It ends with a builtin, because bash replaces itself by the last
  # command; a program that closes its output before it ends (all of coreutils) is then killed by Nix, which takes the
  # closed output for the end.
  derive =
    name: attributes: script:
    derivation (
      {
        inherit name system;
        builder = "/bin/bash";
        args = [
          "-euc"
          "${script}\nexit 0"
        ];
        outputs = [ "out" ];
        PATH = "/usr/bin:/bin";
      }
      // attributes
    );

  # The named programs of this machine; it is an error if one is not there.
  programs =
    name: wanted:
    derive name { programs = wanted; } ''
      mkdir -p $out/bin
      for program in $programs; do
        [ -x /usr/bin/$program ] || { echo "this machine has no $program" >&2; exit 1; }
        ln -s /usr/bin/$program $out/bin/$program
      done
    '';
  program = name: programs name [ name ];

  # A library is where Debian puts it, which the compiler searches anyway: all that can be checked is that it is there.
  library =
    name: header:
    derive name { inherit header; } ''
      [ -e /usr/include/$header ] || [ -e /usr/include/$(uname -m)-linux-gnu/$header ] || {
        echo "this machine has no $header" >&2; exit 1; }
      mkdir -p $out
    '';

  # Cannot be had here: it can be named and evaluated, and fails if it is built.
  absent =
    name:
    derive name { } ''
      echo "${name} is not on this machine; with stand-ins it is only evaluated" >&2
      exit 1
    '';

  # The programs of stdenv, by Debian package; the list is that of pkgs/stdenv/generic/common-path.nix.
  stdenv = derive "stdenv" { setup = ./setup.sh; } ''
    mkdir -p $out/bin
    for package in coreutils findutils diffutils sed grep gawk tar gzip bzip2 make bash patch xz-utils file; do
      dpkg-query -L $package >files
      grep '^/\(usr/\)\?bin/.' files | while read -r program; do
        ln -sf $program $out/bin/
      done
    done
    ln -sf /bin/bash $out/bin/sh
    ln -sf /usr/bin/gawk $out/bin/awk
    for program in gcc cc g++ c++ cpp gcc-ar gcc-nm gcc-ranlib \
      ar as ld nm objcopy objdump ranlib readelf size strings strip; do
      [ ! -x /usr/bin/$program ] || ln -sf /usr/bin/$program $out/bin/
    done
    cp $setup $out/setup
  '';

  mkShell =
    {
      name,
      packages,
      buildInputs,
      hardeningDisable,
      env,
      shellHook,
    }:
    let
      shell = derivation (
        {
          inherit
            name
            system
            buildInputs
            hardeningDisable
            shellHook
            stdenv
            ;
          nativeBuildInputs = packages;
          # Nix enters a derivation whose builder is called bash.
          builder = "/bin/bash";
          args = [
            "-c"
            "export >$out"
          ];
          outputs = [ "out" ];
          PATH = "/usr/bin:/bin";
        }
        // env
      );
    in
    shell // { inputDerivation = shell; };

  cc = prefix: absent "${prefix}cc" // { targetPrefix = prefix; };
  llvm = {
    clang-unwrapped = absent "clang";
    lld = absent "lld";
    llvm = absent "llvm";
    compiler-rt = absent "compiler-rt";
  };
in
{
  inherit mkShell;
  # Not the flake's: `nix develop` itself asks its nixpkgs input for this, to run as the shell.
  bashInteractive = programs "bash-interactive" [ "bash" ];
  cargo-deny = derive "cargo-deny" { } "mkdir -p $out"; # Debian has none; the lint stage says so and goes on.
  curl = program "curl";
  git = program "git";
  jq = program "jq";
  just = program "just";
  pkg-config = program "pkg-config";
  python3 = program "python3";
  sccache = program "sccache";
  shellcheck = program "shellcheck";
  xz = program "xz";

  bzip2 = library "bzip2" "bzlib.h";
  gdbm = library "gdbm" "gdbm.h";
  libffi = library "libffi" "ffi.h";
  libuuid = if lib.hasSuffix "-linux" system then library "libuuid" "uuid/uuid.h" else null;
  ncurses = library "ncurses" "ncurses.h";
  openssl = library "openssl" "openssl/ssl.h";
  readline = library "readline" "readline/readline.h";
  sqlite = library "sqlite" "sqlite3.h";
  zlib = library "zlib" "zlib.h";
  zstd = program "zstd";

  rustPlatform.bindgenHook = derive "bindgen-hook" { } ''
    mkdir -p $out/nix-support $out/lib
    for libclang in /usr/lib/llvm-*/lib/libclang-[0-9]*.so*; do
      [ -e $libclang ] || { echo "this machine has no libclang" >&2; exit 1; }
      ln -sf $libclang $out/lib/libclang.so
    done
    echo "export LIBCLANG_PATH=$out/lib" >$out/nix-support/setup-hook
    echo "export BINDGEN_EXTRA_CLANG_ARGS='-isystem $(echo ''${libclang%/*}/clang/*/include)'" \
      >>$out/nix-support/setup-hook
  '';
  makeRustPlatform = import ./rust-platform.nix { inherit derive stdenv; };
  installShellFiles = derive "install-shell-files" { hook = ./install-shell-files.sh; } ''
    mkdir -p $out/nix-support
    cp $hook $out/nix-support/setup-hook
  '';

  cacert = derive "cacert" { } ''
    mkdir -p $out/etc/ssl/certs
    ln -s /etc/ssl/certs/ca-certificates.crt $out/etc/ssl/certs/ca-bundle.crt
  '';
  runCommand =
    name: attributes: script:
    derive name attributes script;
  writeShellScript =
    name: text:
    derive name {
      inherit text;
      passAsFile = [ "text" ];
    } ''{ echo "#!/bin/bash"; cat $textPath; } >$out; chmod +x $out'';

  deadnix = absent "deadnix";
  nixfmt = absent "nixfmt";
  nixfmt-tree = absent "nixfmt-tree";
  statix = absent "statix";

  llvmPackages = llvm;
  qemu-user = absent "qemu-user";
  wasmtime = absent "wasmtime";
  pkgsCross = {
    aarch64-multiplatform.stdenv.cc = cc "aarch64-unknown-linux-gnu-";
    armv7l-hf-multiplatform.stdenv.cc = cc "armv7l-unknown-linux-gnueabihf-";
    wasi32 = {
      wasilibc = absent "wasilibc";
      llvmPackages = llvm;
    };
  };
}
