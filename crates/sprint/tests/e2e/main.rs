//! End to end: the real binary on real trees. Needs a finished native debug build of the release in the
//! repository (tests/stages/35-e2e.sh makes sure of it); every test works in a copy of its own.

mod build_failures;
mod compile_cache;
mod fork;
mod impostors;
mod in_tree;
mod in_tree_snapshots;
mod kit;
mod pins;
mod usage;
