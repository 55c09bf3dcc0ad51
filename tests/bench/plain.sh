#!/bin/sh
# What one types without the kit, from an unpacked CPython to a green module test; and what one types again
# after an edit. `just bench` measures the kit against this.
#
#   plain.sh SOURCE BUILD MODULES JOBS     all of them absolute; BUILD is made if need be
#
# A line `== STEP` tells the bench where a step begins.
set -eu

source=$1 build=$2 modules=$3 jobs=$4
python=$build/python

mkdir -p "$build"
cd "$build"
if [ ! -f Makefile ]; then
    echo '== configure'
    "$source/configure" --with-pydebug
fi

echo '== make'
make "-j$jobs"

echo '== cargo'
(cd "$modules" && PYO3_PYTHON=$python PYO3_BUILD_EXTENSION_MODULE=1 \
    cargo build --workspace --locked)

echo '== install'
suffix=$(sed -n 's/^EXT_SUFFIX=[[:space:]]*//p' Makefile)
library=$build/$(cat pybuilddir.txt)
for file in "$modules"/target/debug/lib_*.so; do
    name=${file##*/lib}
    # A new file, not new bytes in the old one: the old may be a link into the C build.
    rm -f "$library/${name%.so}$suffix"
    cp "$file" "$library/${name%.so}$suffix"
done

echo '== test'
# The module's own tests; CPython's test_base64 with Rust bound in; CPython's tests of the area.
"$python" -m test --testdir "$modules/_base64/tests" test__base64_conformance
PYTHONPATH=$modules/_base64/tests "$python" -c \
    'import bind; bind.bind(); from test.libregrtest.main import main; main()' test_base64
"$python" -m test test_base64 test_binascii

echo '== end'
