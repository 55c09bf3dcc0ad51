//! The flake's side of the pins: flake.lock, the releases that the locked rust-overlay carries, and moving both.

mod bump;
#[cfg(test)]
mod fake;
mod lock;
mod online;
mod releases;

pub use bump::{Wish, bump};
pub use online::ask;

pub(super) use lock::{flake_lock, malformed, reference};
pub(super) use releases::check;
