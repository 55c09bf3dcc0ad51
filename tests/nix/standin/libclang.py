"""Parses a C header with libclang, found and told as bindgen is: by LIBCLANG_PATH and BINDGEN_EXTRA_CLANG_ARGS."""

import ctypes
import os
import pathlib
import shlex
import tempfile

libclang = ctypes.CDLL(str(next(pathlib.Path(os.environ["LIBCLANG_PATH"]).glob("libclang.so*"))))
libclang.clang_createIndex.restype = ctypes.c_void_p
libclang.clang_parseTranslationUnit.restype = ctypes.c_void_p

with tempfile.TemporaryDirectory() as directory:
    header = os.path.join(directory, "probe.h")
    with open(header, "w") as stream:
        stream.write("#include <stddef.h>\n#include <stdio.h>\nsize_t probe(FILE *stream);\n")
    words = [word.encode() for word in shlex.split(os.environ["BINDGEN_EXTRA_CLANG_ARGS"])]
    index = libclang.clang_createIndex(0, 1)
    unit = libclang.clang_parseTranslationUnit(
        ctypes.c_void_p(index), header.encode(), (ctypes.c_char_p * len(words))(*words), len(words), None, 0, 0
    )
    assert unit, "libclang could not parse at all"
    errors = libclang.clang_getNumDiagnostics(ctypes.c_void_p(unit))
    assert errors == 0, f"{errors} diagnostics, see above"
print("parsed a header with", libclang._name)
