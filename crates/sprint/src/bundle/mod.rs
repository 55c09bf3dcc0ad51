//! Everything that a machine without a network needs, in one signed file: a plain tar of `bundle.json`, its signature,
//! and the files that it lists. docs/bundle.md says what is in it.
//!
//! Believed: a signature by an accepted key, or the checksum of the whole file that the person got from its maker by
//! another way (read out, written on a board). The second is what a bare machine can check before it has any program
//! of ours; it vouches for everything inside, the maker's public key included. Then every file's own checksum. A packed
//! directory is read by the unpacker of snapshots, which believes nothing but that.

mod make;
mod manifest;
mod open;
mod parts;
mod take;
mod write;

pub use make::{Contents, Making, make, preview};
pub use manifest::{Manifest, Part};
pub use open::{Opened, open};
pub use take::{Taking, Used, extract, load_image, take};
pub use write::Made;

#[cfg(test)]
mod tests;
