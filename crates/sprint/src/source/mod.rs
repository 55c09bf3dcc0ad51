//! CPython trees: which one, where, what version, and what exactly is in it.

mod choice;
mod download;
mod fork;
mod glance;
mod identity;
mod manifest;
mod release;
mod resolve;
pub mod times;

pub use choice::{Choice, save as save_choice};
pub(crate) use fork::archive_file as fork_archive;
pub use glance::{Glance, glance};
pub(crate) use release::at_hand as release_tarball;
pub use resolve::{Wanted, chosen, discard_release, fetch_fork, lane, place, resolve};

use std::path::PathBuf;

use serde::Serialize;

use crate::pins::Version;

/// Where a tree comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The submodule `cpython/`.
    Fork,
    /// The pinned upstream release.
    Release,
    /// A checkout that the person named.
    Path,
}

/// How Rust gets into the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lane {
    /// The tree's own configure and make drive cargo.
    InTree,
    /// A stock tree: the kit builds the crates in `modules/` against it and adds them.
    Overlay,
}

/// A CPython tree on this disk.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it comes from.
    pub kind: Kind,
    /// Absolute path of the tree.
    pub root: PathBuf,
    /// From its `Include/patchlevel.h`.
    pub version: Version,
    /// As the tree spells it: `3.16.0a0`.
    pub version_text: String,
    /// How Rust gets in.
    pub lane: Lane,
    /// What is in it: equal identities mean equal content, wherever the tree is.
    pub identity: String,
    /// The identity that it would have without the person's own edits and commits.
    pub pristine: String,
    /// Files that differ from what was pinned or committed.
    pub edited: usize,
    /// The name of its directory under `build/`.
    pub slug: String,
}

impl Source {
    /// One line for people: which, and how to switch.
    pub fn line(&self) -> String {
        let edits = match self.edited {
            0 => String::new(),
            number => format!(", {} edited", crate::count::count(number as u64, "file")),
        };
        match self.kind {
            Kind::Release => format!(
                "CPython {} (release{edits}); for the fork: just source fork",
                self.version_text
            ),
            Kind::Fork => format!(
                "CPython {} (fork{edits}); for the release: just source release",
                self.version_text
            ),
            Kind::Path => format!(
                "CPython {} at {}{edits}; back: just source release",
                self.version_text,
                self.root.display()
            ),
        }
    }
}
