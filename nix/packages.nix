# Every attribute that the kit takes from nixpkgs, in one place: a name that nixpkgs renames is mended here, and
# tests/nix/standin offers exactly these.
#
# Behind each name stands the file of NixOS/nixpkgs that shows it, with the commit at which it was read: the package's
# own file under pkgs/by-name (the directory's name is the attribute), or a file that takes the name as an argument
# (nixpkgs fills arguments by attribute name). The locked revision itself could not be read; the commits are older.
pkgs: {
  # Programs that the Justfile, its recipes and the tests call.
  tools = [
    pkgs.cargo-deny # pkgs/by-name/ca/cargo-deny/package.nix @74358646916b
    pkgs.curl # pkgs/by-name/gi/git/package.nix @7669554adb81
    pkgs.git # pkgs/by-name/gi/git/package.nix @7669554adb81
    pkgs.jq # pkgs/by-name/jq/jq/package.nix @c88f01bd74dc
    pkgs.just # pkgs/by-name/ju/just/package.nix @1ad609120ca0
    pkgs.pkg-config # pkgs/by-name/gi/git/package.nix @7669554adb81
    pkgs.python3 # pkgs/by-name/gi/git/package.nix @7669554adb81
    pkgs.sccache # pkgs/by-name/sc/sccache/package.nix @d98e920c4e2a
    pkgs.shellcheck # pkgs/development/tools/shellcheck/default.nix @19ea1be4f738
    pkgs.xz # pkgs/by-name/xz/xz/package.nix @fe0b19af162a
    pkgs.zstd # pkgs/tools/compression/zstd/default.nix (path only)
  ];

  # What CPython's optional modules link to.
  libraries = [
    pkgs.bzip2 # pkgs/development/interpreters/python/cpython/default.nix @482a59bb0626
    pkgs.gdbm # pkgs/by-name/gd/gdbm/package.nix @95fdc59940dc
    pkgs.libffi # pkgs/development/interpreters/python/cpython/default.nix @482a59bb0626
    pkgs.libuuid # pkgs/applications/virtualization/qemu/default.nix @00b0ec499cd3
    pkgs.ncurses # pkgs/development/interpreters/python/cpython/default.nix @482a59bb0626
    pkgs.openssl # pkgs/by-name/gi/git/package.nix @7669554adb81
    pkgs.readline # pkgs/by-name/re/readline/package.nix @007aa1f3af0e
    pkgs.sqlite # pkgs/development/interpreters/python/cpython/default.nix @482a59bb0626
    pkgs.xz # pkgs/by-name/xz/xz/package.nix @fe0b19af162a
    pkgs.zlib # pkgs/development/interpreters/python/cpython/default.nix @482a59bb0626
    pkgs.zstd # pkgs/tools/compression/zstd/default.nix (path only)
  ];

  # Sets LIBCLANG_PATH and BINDGEN_EXTRA_CLANG_ARGS from the C compiler that the shell has. The one that belongs to
  # nixpkgs' own rustc, because it asks the toolchain for its LLVM and rust-overlay's does not tell.
  bindgen = pkgs.rustPlatform.bindgenHook; # pkgs/build-support/rust/hooks/default.nix @4aeb2ba51274

  inherit (pkgs)
    cacert # pkgs/by-name/ca/cacert/package.nix @19091ca07933
    installShellFiles # pkgs/by-name/in/installShellFiles/package.nix @6e5a4e4994a4
    makeRustPlatform # pkgs/development/compilers/rust/make-rust-platform.nix @453a7b57906a
    mkShell # pkgs/build-support/mkshell/default.nix @99bf2f7c4215
    runCommand # pkgs/build-support/trivial-builders/default.nix @77d57157d61d
    writeShellScript # pkgs/build-support/trivial-builders/default.nix @77d57157d61d
    ;

  formatter = pkgs.nixfmt-tree; # pkgs/by-name/ni/nixfmt-tree/package.nix @c1d241a1e859
  style = [
    pkgs.deadnix # pkgs/by-name/de/deadnix/package.nix @e9ab2a06ab44
    pkgs.nixfmt # pkgs/by-name/ni/nixfmt/package.nix @7d0bfd857694
    pkgs.statix # pkgs/by-name/st/statix/package.nix @af43a6215767
  ];

  cross = {
    aarch64 = pkgs.pkgsCross.aarch64-multiplatform.stdenv.cc; # lib/systems/examples.nix @010d2f4aa294
    armv7 = pkgs.pkgsCross.armv7l-hf-multiplatform.stdenv.cc; # lib/systems/examples.nix @010d2f4aa294
    wasi = pkgs.pkgsCross.wasi32; # lib/systems/examples.nix @010d2f4aa294
    inherit (pkgs)
      llvmPackages # pkgs/build-support/rust/hooks/default.nix @4aeb2ba51274
      qemu-user # NixOS/nixpkgs pull request 314998 added it to pkgs/top-level/all-packages.nix
      wasmtime # pkgs/by-name/wa/wasmtime/package.nix @d77003b04ad5
      ;
  };
}
