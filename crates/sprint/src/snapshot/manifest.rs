//! What a snapshot says of itself. The signature covers exactly these bytes, and through `archive.sha256` every
//! byte of the archive.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::minisign::PublicKey;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::source::Lane;

/// The layout that this kit writes and reads.
pub(super) const FORMAT: u32 = 1;

/// No build directory of CPython comes near these; what does is refused before it is fetched or unpacked.
const MOST_PACKED: u64 = 1 << 30;
const MOST_UNPACKED: u64 = 4 << 30;
const MOST_ENTRIES: u64 = 200_000;

/// A snapshot's description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `FORMAT`.
    pub format: u32,
    /// The build's key.
    pub key: String,
    /// The key of the same build without local edits, if it had none: a starting point for others' edits.
    pub base_key: Option<String>,
    /// The key that signed it, as it says itself: a claim until the signature was checked.
    pub signer: String,
    /// Seconds since 1970, by the saver's clock; for people only.
    pub made: u64,
    /// The kit's version.
    pub kit: String,
    /// The tree.
    pub source: Tree,
    /// Rust's triple.
    pub target: String,
    /// How it was built.
    pub profile: String,
    /// The names of the key's inputs, each with a digest of its value, so that "why no hit?" has an answer without
    /// telling others what somebody's variables and paths are.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// The steps that are done, and the digests of their inputs.
    pub steps: BTreeMap<String, String>,
    /// The file with the content.
    pub archive: Archive,
}

/// The tree that was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// `3.13.5`.
    pub version: String,
    /// Digest of its content.
    pub identity: String,
    /// Where it is, as the build directory sees it: the Makefile holds this path.
    pub seen_as: String,
    /// `overlay` or `in-tree`.
    pub lane: String,
}

/// The content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// Of the compressed file; also its name.
    pub sha256: String,
    /// Bytes of the compressed file.
    pub size: u64,
    /// Bytes of all files in it.
    pub unpacked: u64,
    /// Files, directories and links in it.
    pub entries: u64,
}

/// The lane's name in a manifest.
pub(super) fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::InTree => "in-tree",
        Lane::Overlay => "overlay",
    }
}

impl Manifest {
    /// The bytes that are signed.
    pub fn to_json(&self) -> Result<String> {
        let text =
            serde_json::to_string_pretty(self).map_err(|error| Error::bug(error.to_string()))?;
        Ok(text + "\n")
    }

    /// From bytes whose signature is right, or is yet to be checked. `asked` is the key by which it was asked for: a
    /// store that answers with another snapshot, however well signed, is refused.
    pub fn parse(text: &str, asked: &str) -> Result<Self> {
        let refuse = |what: String| {
            Error::new(
                Exit::Integrity,
                "broken-snapshot",
                format!("the snapshot's description is not right: {what}"),
            )
            .next("sprint snapshot verify; then: sprint snapshot prune")
        };
        let manifest: Self =
            serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(refuse(format!(
                "it has format {}, this kit reads {FORMAT}",
                manifest.format
            )));
        }
        if manifest.key != asked && manifest.base_key.as_deref() != Some(asked) {
            return Err(refuse(format!("it is of build {}", manifest.key)));
        }
        let archive = &manifest.archive;
        let names = [
            Some(&manifest.key),
            manifest.base_key.as_ref(),
            Some(&archive.sha256),
        ];
        if !names.into_iter().flatten().all(|name| is_digest(name)) {
            return Err(refuse("a digest in it is none".to_owned()));
        }
        if archive.size > MOST_PACKED
            || archive.unpacked > MOST_UNPACKED
            || archive.entries > MOST_ENTRIES
        {
            return Err(refuse(format!(
                "{} bytes in {} entries is more than any build",
                archive.unpacked, archive.entries
            )));
        }
        Ok(manifest)
    }

    /// The key that it says it was signed with.
    pub fn claimed(&self) -> Option<PublicKey> {
        PublicKey::parse(&self.signer)
    }
}

/// Is it a lower-case SHA-256? Names of files are made of these.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A description of nothing in particular.
    pub(in crate::snapshot) fn any() -> Manifest {
        Manifest {
            format: FORMAT,
            key: "a".repeat(64),
            base_key: Some("b".repeat(64)),
            signer: String::new(),
            made: 1,
            kit: "0.1.0".into(),
            source: Tree {
                version: "3.13.5".into(),
                identity: "c".repeat(64),
                seen_as: "../../sources/x".into(),
                lane: "overlay".into(),
            },
            target: "x86_64-unknown-linux-gnu".into(),
            profile: "debug".into(),
            inputs: BTreeMap::new(),
            steps: BTreeMap::new(),
            archive: Archive {
                sha256: "d".repeat(64),
                size: 1,
                unpacked: 1,
                entries: 1,
            },
        }
    }

    #[test]
    fn it_answers_to_its_key_and_its_base_key_only() {
        let text = any().to_json().expect("JSON");
        for asked in ["a", "b"] {
            assert_eq!(
                Manifest::parse(&text, &asked.repeat(64)).expect("right"),
                any()
            );
        }
        let other = Manifest::parse(&text, &"c".repeat(64)).expect_err("another snapshot");
        assert_eq!(other.exit(), Exit::Integrity);
    }

    #[test]
    fn what_would_escape_or_flood_is_refused() {
        let mut names = any();
        names.archive.sha256 = "../../etc/passwd".into();
        let mut bomb = any();
        bomb.archive.unpacked = 1 << 40;
        let mut future = any();
        future.format = 2;
        for manifest in [names, bomb, future] {
            let text = manifest.to_json().expect("JSON");
            assert!(Manifest::parse(&text, &"a".repeat(64)).is_err());
        }
    }
}
