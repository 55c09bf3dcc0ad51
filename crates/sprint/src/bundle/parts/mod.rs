//! What goes into a bundle, one file a part. Each is asked twice: what it would carry (a dry run ends there), and then
//! for the files themselves.

pub(super) mod clone;
pub(super) mod crates;
pub(super) mod fork;
pub(super) mod image;
pub(super) mod rust;
pub(super) mod system;

use std::path::{Path, PathBuf};

use super::manifest::{Part, Tree};
use crate::error::{Error, Result};
use crate::exec::{self, CommandLine};
use crate::host::Host;
use crate::snapshot::Archive;

/// A file that goes into the bundle.
pub(super) struct Piece {
    /// What for.
    pub(super) part: Part,
    /// Its name there.
    pub(super) name: String,
    /// Where it is here.
    pub(super) path: PathBuf,
    /// If it is a packed directory.
    pub(super) tree: Option<Tree>,
}

impl Piece {
    pub(super) fn file(part: Part, path: PathBuf) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self {
            part,
            name: name.into_owned(),
            path,
            tree: None,
        }
    }

    pub(super) fn packed(part: Part, path: PathBuf, archive: &Archive) -> Self {
        let tree = Tree {
            unpacked: archive.unpacked,
            entries: archive.entries,
        };
        Self {
            tree: Some(tree),
            ..Self::file(part, path)
        }
    }
}

/// Runs a program that has to succeed; what it wrote on stdout.
pub(super) fn say(line: &CommandLine, host: &Host, id: &'static str, next: &str) -> Result<String> {
    let output = exec::output(line, host.env())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = said.trim().lines().rev().take(4).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(Error::setup(id, format!("`{}` failed", line.paste()))
        .detail("seen", last.join("\n"))
        .next(next))
}

/// `git` with these arguments, in `directory`.
pub(super) fn git(directory: &Path, args: &[&str]) -> CommandLine {
    CommandLine::new("git", directory).args(args.iter().copied())
}
