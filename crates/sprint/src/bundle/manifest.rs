//! What a bundle says of itself; the signature covers exactly these bytes, and through the checksums all files.

use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::exit::Exit;

/// The layout that this kit writes and reads.
pub(super) const FORMAT: u32 = 1;

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
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// A program: the kit itself, `just`, `sccache`.
    Program,
    /// A release's tarball.
    Source,
    /// A file of a store of snapshots.
    Snapshot,
    /// The crates that the modules and the kit are compiled from.
    Crates,
}

impl Part {
    /// The directory in the tar.
    pub(super) fn directory(self) -> &'static str {
        match self {
            Self::Program => "bin",
            Self::Source => "downloads",
            Self::Snapshot => "snapshots",
            Self::Crates => "crates",
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
            }],
            missing: vec![],
        }
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
