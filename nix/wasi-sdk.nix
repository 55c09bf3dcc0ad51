# The shape of a WASI SDK, which CPython's own scripts expect, composed of nixpkgs' clang, lld, wasi-libc and
# compiler-rt.
{ lib, names }:
let
  llvm = names.cross.llvmPackages;
  libc = names.cross.wasi.wasilibc; # pkgs/by-name/wa/wasilibc/package.nix @f2a7dbaefbf4
  inherit (names.cross.wasi.llvmPackages) compiler-rt;
  resources = lib.getLib llvm.clang-unwrapped;
in
names.runCommand "wasi-sdk" { } ''
  sysroot=$out/share/wasi-sysroot
  mkdir -p $out/bin $sysroot/include $sysroot/lib $out/resources
  for name in wasm32-wasi wasm32-wasip1; do
    ln -s ${lib.getDev libc}/include $sysroot/include/$name
    ln -s ${lib.getLib libc}/lib $sysroot/lib/$name
  done

  # clang's own headers, beside compiler-rt under each name that clang has used for it.
  ln -s ${resources}/lib/clang/*/include $out/resources/include
  builtins=$(find ${compiler-rt} -name 'libclang_rt.builtins*.a' -print -quit)
  if [ -z "$builtins" ]; then
    echo "${compiler-rt} has no libclang_rt.builtins" >&2
    exit 1
  fi
  for name in wasm32-unknown-wasi wasm32-unknown-wasip1; do
    mkdir -p $out/resources/lib/$name
    ln -s "$builtins" $out/resources/lib/$name/libclang_rt.builtins.a
  done
  mkdir -p $out/resources/lib/wasi
  ln -s "$builtins" $out/resources/lib/wasi/libclang_rt.builtins-wasm32.a

  for name in clang clang++; do
    printf '%s\n' '#!/bin/sh' \
      "exec ${llvm.clang-unwrapped}/bin/$name --sysroot=$sysroot -resource-dir=$out/resources \"\$@\"" >$out/bin/$name
    chmod +x $out/bin/$name
  done
  ln -s ${llvm.lld}/bin/wasm-ld $out/bin/wasm-ld
  for name in ar nm objdump ranlib strip; do
    ln -s ${llvm.llvm}/bin/llvm-$name $out/bin/llvm-$name
    ln -s ${llvm.llvm}/bin/llvm-$name $out/bin/$name
  done
''
