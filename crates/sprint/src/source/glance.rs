//! Which tree a run would use, by looks alone: nothing is fetched, hashed or unpacked.

use std::path::{Path, PathBuf};

use super::resolve::build_name;
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
    /// The name of its directory under `build/`; nothing where the tree cannot be found.
    pub slug: Option<String>,
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
    // Builds of a path are named after where it really is.
    let slug = match kind {
        Kind::Path => std::fs::canonicalize(&tree)
            .ok()
            .map(|tree| build_name(kind, root, &tree, pins)),
        Kind::Fork | Kind::Release => Some(build_name(kind, root, &tree, pins)),
    };
    Ok(Glance {
        slug,
        present: tree.join("configure").is_file(),
        kind,
        root: tree,
    })
}
