#!/bin/sh
# The bench itself, on a small configure/make tree and a stand-in for the kit: are its rows run, is it clean?
# stage: quick
set -eu

python3 tests/bench/test_bench.py
