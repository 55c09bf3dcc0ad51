//! What a bundle says of itself; the signature covers exactly these bytes, and through the checksums all files.

use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::snapshot::Archive;

/// The layout that this kit writes and reads.
pub(super) const FORMAT: u32 = 2;

/// No directory in a bundle comes near these; what does is refused before it is unpacked.
const MOST_UNPACKED: u64 = 16 << 30;
const MOST_ENTRIES: u64 = 1_000_000;

/// What a tar's header has room for.
const LONGEST_NAME: usize = 100;

/// The description's name in the tar, and its signature's.
pub(super) const NAME: &str = "bundle.json";
pub(super) const SIGNATURE: &str = "bundle.json.minisig";

/// A bundle's description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `FORMAT`.
    pub format: u32,
    /// The key that signed it, as it says itself: a claim until the signature was checked.
    pub signer: String,
    /// Seconds since 1970, by the maker's clock; for people only.
    pub made: u64,
    /// The kit's version.
    pub kit: String,
    /// The triple of the machines that its programs run on.
    pub host: String,
    /// Keys of the builds in it.
    pub builds: Vec<String>,
    /// What is in it, in words for people.
    #[serde(default)]
    pub about: Vec<String>,
    /// What it carries.
    pub files: Vec<File>,
    /// What it does not carry, in words for people.
    pub missing: Vec<String>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name in the tar.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// What it is for.
    pub part: Part,
    /// Of a packed directory: what comes out of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Tree>,
}

/// What is in a packed directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// Bytes of all files in it.
    pub unpacked: u64,
    /// Files and links in it.
    pub entries: u64,
}

impl File {
    /// The name below its part's directory.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// As the unpacker wants it, if it is a packed directory.
    pub(super) fn archive(&self) -> Option<Archive> {
        self.tree.map(|tree| Archive {
            sha256: self.sha256.clone(),
            size: self.size,
            unpacked: tree.unpacked,
            entries: tree.entries,
        })
    }
}

/// What a file is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The kit's own clone, for a machine without git too.
    Clone,
    /// A program: the kit itself, `just`, `sccache`.
    Program,
    /// The distribution's packages that a build wants, as a repository for apt.
    System,
    /// The Rust toolchain.
    Rust,
    /// A release's tarball.
    Source,
    /// A file of a store of snapshots.
    Snapshot,
    /// The crates that the modules and the kit are compiled from.
    Crates,
    /// The fork: a bare clone of one commit, or its archive.
    Fork,
    /// A container image, as `docker load` reads it.
    Image,
}

impl Part {
    /// The directory in the tar.
    pub(super) fn directory(self) -> &'static str {
        match self {
            Self::Program => "bin",
            Self::Source => "downloads",
            Self::Snapshot => "snapshots",
            Self::Crates => "crates",
            Self::Clone => "clone",
            Self::System => "system",
            Self::Rust => "rust",
            Self::Fork => "fork",
            Self::Image => "image",
        }
    }
}

impl Manifest {
    /// The bytes that are signed.
    pub(super) fn to_json(&self) -> Result<String> {
        let text =
            serde_json::to_string_pretty(self).map_err(|error| Error::bug(error.to_string()))?;
        Ok(text + "\n")
    }

    /// Reads it. Every name in it is one plain name in its part's directory.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let manifest: Self = serde_json::from_str(text).map_err(|error| refuse(&error))?;
        if manifest.format != FORMAT {
            return Err(refuse(&format!(
                "it has format {}, this kit reads {FORMAT}",
                manifest.format
            )));
        }
        for file in &manifest.files {
            let parts: Vec<Component<'_>> = Path::new(&file.path).components().collect();
            let plain = match parts.as_slice() {
                [Component::Normal(directory), Component::Normal(_)] => {
                    *directory == file.part.directory()
                }
                _ => false,
            };
            // Longer ones would need an entry of their own, which is refused.
            if file.path.len() >= LONGEST_NAME {
                return Err(refuse(&format!("`{}` is too long a name", file.path)));
            }
            let modest = file
                .tree
                .is_none_or(|tree| tree.unpacked <= MOST_UNPACKED && tree.entries <= MOST_ENTRIES);
            if !modest {
                return Err(refuse(&format!("`{}` would unpack to too much", file.path)));
            }
            if !plain {
                return Err(refuse(&format!("`{}` leads elsewhere", file.path)));
            }
        }
        Ok(manifest)
    }
}

/// An error about what is in a bundle.
pub(super) fn refuse(what: &dyn std::fmt::Display) -> Error {
    Error::new(
        Exit::Integrity,
        "broken-bundle",
        format!("this is no bundle that can be used: {what}"),
    )
    .next("copy it again from its maker; then: sprint bundle verify FILE")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(path: &str) -> Manifest {
        Manifest {
            format: FORMAT,
            signer: String::new(),
            made: 1,
            kit: "0.1.0".into(),
            host: "x".into(),
            builds: vec![],
            files: vec![File {
                path: path.into(),
                size: 1,
                sha256: "a".repeat(64),
                part: Part::Program,
                tree: None,
            }],
            about: vec![],
            missing: vec![],
        }
    }

    #[test]
    fn a_directory_without_end_is_refused() {
        let mut bomb = manifest("bin/just");
        bomb.files[0].tree = Some(Tree {
            unpacked: u64::MAX,
            entries: 1,
        });
        let text = bomb.to_json().expect("JSON");
        assert_eq!(
            Manifest::parse(&text).expect_err("a bomb").exit(),
            Exit::Integrity
        );
    }

    #[test]
    fn names_stay_in_their_directories() {
        let parse = |path| Manifest::parse(&manifest(path).to_json().expect("JSON"));
        parse("bin/just").expect("plain");
        for path in [
            "bin/../just",
            "/bin/just",
            "just",
            "downloads/just",
            "bin/a/b",
            "",
        ] {
            assert_eq!(parse(path).expect_err(path).exit(), Exit::Integrity);
        }
    }
}
