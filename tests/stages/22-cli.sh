#!/bin/sh
# The real binary on tiny checkouts of our own: doctor, faults, new modules.
# stage: quick
set -eu

cargo test --quiet --locked -p sprint --test it
