//! `pins.toml`: the one place where versions, commits and checksums are written by hand.

mod actions;
mod check;
mod devcontainer;
mod link;
pub mod nix;
mod repeats;
mod version;

pub use check::{Finding, check, sync};
pub use version::Version;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, IoContext, Result};

/// The name of the file, at the top of the repository.
pub const FILE: &str = "pins.toml";

/// All of `pins.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pins {
    /// The layout of this file; this kit reads 1.
    pub format: u32,
    /// CPython itself.
    pub cpython: Cpython,
    /// The Rust toolchain.
    pub rust: RustPins,
    /// Flake inputs.
    pub nix: Nix,
    /// The container image.
    pub image: Image,
    /// Actions that the workflows use.
    pub actions: Vec<ActionPin>,
    /// Programs that bootstrap may download, by name.
    pub tools: BTreeMap<String, Tool>,
}

/// An action of somebody else's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionPin {
    /// Owner and repository.
    pub name: String,
    /// The tag that the commit had, for people.
    pub version: String,
    /// The full commit.
    pub commit: String,
    /// Where it was read.
    pub source: String,
}

/// The two sources that the kit knows by pin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cpython {
    /// The Rust-for-CPython fork, also the submodule.
    pub fork: Fork,
    /// An upstream release.
    pub release: Release,
}

/// The fork at its pin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    /// Where git fetches from.
    pub repository: String,
    /// The branch the pin was taken from.
    pub branch: String,
    /// The pinned commit, 40 hexadecimal digits.
    pub commit: String,
    /// What the tree calls itself.
    pub version: String,
    /// A tarball of exactly that commit.
    pub archive: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// SHA-256 of the tree's Cargo.lock.
    pub cargo_lock_sha256: String,
}

/// A release tarball.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// `3.13.5`.
    pub version: String,
    /// Upstream's own address.
    pub url: String,
    /// The path of the same bytes under any Debian mirror.
    pub debian_pool: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the tarball.
    pub sha256: String,
}

/// The Rust toolchain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RustPins {
    /// The oldest rustc that must work, and the one that the kit installs.
    pub msrv: Version,
    /// A newer one that lints run with besides.
    pub stable: Version,
    /// Components wanted in images and shells.
    pub components: Vec<String>,
    /// Cross targets wanted in images and shells.
    pub targets: Vec<String>,
}

/// Flake inputs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nix {
    /// nixpkgs.
    pub nixpkgs: FlakeInput,
    /// oxalica's rust-overlay.
    pub rust_overlay: FlakeInput,
}

/// One locked flake input.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlakeInput {
    /// As a flake reference, `github:OWNER/REPOSITORY`, without branch or revision.
    pub repository: String,
    /// The branch that flake.nix names; the repository's default one where it is absent.
    pub branch: Option<String>,
    /// Commit.
    pub rev: String,
    /// Nix's hash of the unpacked tree.
    pub nar_hash: String,
    /// Seconds since 1970.
    pub last_modified: u64,
}

/// The container image.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Where the public workflow pushes it: registry, owner and name, without a tag.
    pub repository: String,
    /// The one that can be pulled instead of built.
    pub published: PublishedImage,
    /// The major version of its clang, clangd, lldb and libclang.
    pub llvm: String,
    /// The one base image of all stages.
    pub base: BaseImage,
}

/// An image of stage `dev` that the public workflow pushed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedImage {
    /// Digest of its multi-architecture index; absent exactly where `unverified` is true.
    pub digest: Option<String>,
    /// None was published yet, or nobody read its digest: whoever asks for it is told so.
    #[serde(default)]
    pub unverified: bool,
}

/// A base image by digest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseImage {
    /// Name and tag.
    pub name: String,
    /// Digest of the multi-architecture index.
    pub digest: String,
    /// The package snapshot of the same time.
    pub snapshot: String,
    /// The time every file of the image is clamped to, in seconds since 1970.
    pub source_date_epoch: u64,
}

/// A program that is downloaded where a machine lacks it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// The version of the release files.
    pub version: String,
    /// The oldest version that is good enough where the program is already there.
    pub min: Option<Version>,
    /// The program's path inside the archive.
    pub binary: String,
    /// Release address, with `{version}` and `{platform}`.
    pub url: String,
    /// Of the kit's own command alone: `scripts/sprint --kit-digest` of the sources that the release was made from.
    pub kit_digest: Option<String>,
    /// Release files by platform.
    #[serde(default)]
    pub artifact: Vec<Artifact>,
    /// The name of a PyPI package that carries the program.
    pub wheel: Option<String>,
    /// Its version, which may differ from `version`.
    pub wheel_version: Option<String>,
    /// Wheels by platform.
    #[serde(default)]
    pub wheels: Vec<Wheel>,
}

/// One release file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// As the release spells it.
    pub platform: String,
    /// SHA-256; absent exactly where `unverified` is true.
    pub sha256: Option<String>,
    /// Nobody computed or read a hash: listed by `pins check`, never used.
    #[serde(default)]
    pub unverified: bool,
    /// Where the hash was read, or "computed".
    pub source: Option<String>,
}

/// One wheel on PyPI.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// `x86_64-linux` and the like.
    pub platform: String,
    /// The wheel's file name.
    pub file: String,
    /// SHA-256 of it.
    pub sha256: String,
    /// Where the hash was read, or "computed".
    pub source: String,
}

impl Pins {
    /// Reads `pins.toml` of the repository at `root`. Errors show the line and a caret.
    pub fn load(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        let text = std::fs::read_to_string(&path).on("read", &path)?;
        Self::parse(&text)
    }

    /// Parses the text of a `pins.toml`.
    pub fn parse(text: &str) -> Result<Self> {
        let pins: Self = toml::from_str(text).map_err(|error| {
            Error::usage("pins-unreadable", format!("{FILE} cannot be read"))
                .detail("seen", error)
                .next(format!(
                    "mend {FILE} (or take it back: git checkout {FILE})"
                ))
        })?;
        if pins.format == 1 {
            Ok(pins)
        } else {
            Err(Error::usage(
                "pins-format",
                format!("{FILE} has format {}, this kit reads 1", pins.format),
            )
            .next("git pull, then compile the kit again: cargo build -p sprint"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_is_shown_with_line_and_caret() {
        let error = Pins::parse("format = 1\n[cpython\n").expect_err("the bracket is open");
        let text = error.render(crate::term::Palette::plain());
        assert!(text.contains("line 2") && text.contains('^'), "{text}");
        assert_eq!(error.exit(), crate::exit::Exit::Usage);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = Pins::parse("format = 1\nrsut = 2\n").expect_err("no such key");
        assert!(error.render(crate::term::Palette::plain()).contains("rsut"));
    }
}
