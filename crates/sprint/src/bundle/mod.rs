//! Everything that a machine without a network needs, in one signed file: a plain tar of `bundle.json`, its signature,
//! and the files that it lists.
//!
//! Believed: a signature by an accepted key, or the checksum of the whole file that the person got from its maker by
//! another way (read out, written on a board). The second is what a bare machine can check before it has any program
//! of ours; it vouches for everything inside, the maker's public key included. Then every file's own checksum.

mod make;
mod manifest;
mod open;

pub(crate) use make::tarball;
pub use make::{Made, Making, make};
pub use manifest::{Manifest, Part};
pub use open::{Opened, Used, open, take};

#[cfg(test)]
mod tests;
