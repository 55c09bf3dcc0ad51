//! The real binary, on checkouts that the tests make: a tiny tree of our own stands in for CPython.

mod bits;
mod bundles;
mod doctor;
mod faults;
mod keys;
mod killed;
mod kit;
mod remote_stores;
mod schema;
mod servers;
mod skew;
mod snapshot_faults;
mod snapshot_store;
mod snapshots;
mod store_program;
mod timings;
mod tiny;
mod upkeep;
