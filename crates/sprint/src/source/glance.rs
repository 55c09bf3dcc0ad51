//! Which tree a run would use, by looks alone: nothing is fetched, hashed or unpacked.

use std::path::{Path, PathBuf};

use super::{Choice, Kind, choice, fork, release};
use crate::error::Result;
use crate::pins::Pins;

/// What a run would use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// Where it comes from.
    pub kind: Kind,
    /// Where it is, or will be.
    pub root: PathBuf,
    /// It is there.
    pub present: bool,
}

/// Looks.
pub fn glance(root: &Path, pins: &Pins) -> Result<Glance> {
    let (kind, tree) = match choice::load(root)? {
        Some(Choice::Path(path)) => (Kind::Path, path),
        Some(Choice::Fork) => (Kind::Fork, fork::tree(root)),
        None if fork::is_initialised(root) => (Kind::Fork, fork::tree(root)),
        Some(Choice::Release) | None => (Kind::Release, release::tree(root, &pins.cpython.release)),
    };
    Ok(Glance {
        present: tree.join("configure").is_file(),
        kind,
        root: tree,
    })
}
