//! `nix/rust-releases.toml`: which stable Rusts the locked rust-overlay carries, so that a version it lacks is
//! found without Nix and without a network.

use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, IoContext, Result};
use crate::pins::{Finding, Pins, Version};

/// The record, relative to the repository.
pub(super) const FILE: &str = "nix/rust-releases.toml";

/// Releases of one revision of rust-overlay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Releases {
    /// The revision that the list holds for.
    pub(super) rev: String,
    /// Where it was read.
    #[serde(rename = "source")]
    _source: String,
    /// Every stable release, oldest first.
    pub(super) stable: Vec<Version>,
}

impl Releases {
    /// Reads the record; `None` where it is not there.
    fn load(root: &Path) -> Result<Option<Self>> {
        let path = root.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).on("read", &path),
        };
        toml::from_str(&text).map(Some).map_err(|error| {
            Error::usage("releases-unreadable", format!("{FILE} cannot be read"))
                .detail("seen", error)
                .next(format!("git checkout {FILE} (or: sprint pins bump)"))
        })
    }
}

/// The text of a record.
pub(super) fn render(rev: &str, source: &str, stable: &[Version]) -> String {
    let mut text = format!(
        "# The stable releases of Rust that the locked rust-overlay carries. `sprint pins bump` writes it,\n\
         # `sprint pins check` reads it, and `sprint pins check --online` compares it with the input itself.\n\
         rev = \"{rev}\"\nsource = \"{source}\"\nstable = [\n"
    );
    for release in stable {
        text.push_str(&format!("  \"{release}\",\n"));
    }
    text + "]\n"
}

/// The recorded releases belong to the locked revision, and the pinned Rusts are among them.
pub(in crate::pins) fn check(root: &Path, pins: &Pins) -> Result<Vec<Finding>> {
    let Some(releases) = Releases::load(root)? else {
        return Ok(vec![Finding::Lacks {
            file: FILE.to_owned(),
            wanted: "the releases of the locked rust-overlay (sprint pins bump)".to_owned(),
        }]);
    };
    let mut findings = missing(pins, &releases.stable);
    if releases.rev != pins.nix.rust_overlay.rev {
        findings.push(Finding::StaleRecord {
            file: FILE.to_owned(),
            seen: releases.rev,
            wanted: pins.nix.rust_overlay.rev.clone(),
        });
    }
    Ok(findings)
}

/// Does the record say what the input itself says?
pub(super) fn differs(root: &Path, stable: &[Version]) -> Result<Option<Finding>> {
    let recorded = Releases::load(root)?.map_or_else(Vec::new, |releases| releases.stable);
    let only = |these: &[Version], those: &[Version]| {
        let list: Vec<String> = these
            .iter()
            .filter(|release| !those.contains(release))
            .map(Version::to_string)
            .collect();
        if list.is_empty() {
            "nothing else".to_owned()
        } else {
            list.join(", ")
        }
    };
    Ok((recorded != stable).then(|| Finding::InputDiffers {
        entry: FILE.to_owned(),
        seen: only(stable, &recorded),
        wanted: only(&recorded, stable),
    }))
}

/// A finding for each pinned Rust that is not in the list.
pub(super) fn missing(pins: &Pins, stable: &[Version]) -> Vec<Finding> {
    [
        ("rust.msrv", pins.rust.msrv),
        ("rust.stable", pins.rust.stable),
    ]
    .into_iter()
    .filter(|(_, version)| !stable.contains(version))
    .map(|(pin, version)| Finding::NotInRustOverlay {
        pin: pin.to_owned(),
        version: version.to_string(),
        rev: pins.nix.rust_overlay.rev.clone(),
        nearest: nearest(version, stable)
            .iter()
            .map(Version::to_string)
            .collect(),
    })
    .collect()
}

/// The release before and the release after, where there are such.
fn nearest(version: Version, stable: &[Version]) -> Vec<Version> {
    let before = stable.iter().filter(|release| **release < version).max();
    let after = stable.iter().filter(|release| **release > version).min();
    before.into_iter().chain(after).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(texts: &[&str]) -> Vec<Version> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    }

    #[test]
    fn a_record_survives() {
        let root = tempfile::tempdir().expect("dir");
        assert!(Releases::load(root.path()).expect("none yet").is_none());
        let stable = versions(&["1.94.1", "1.95.0"]);
        std::fs::create_dir(root.path().join("nix")).expect("mkdir");
        std::fs::write(root.path().join(FILE), render("abc", "there", &stable)).expect("write");
        let record = Releases::load(root.path())
            .expect("reads")
            .expect("is there");
        assert_eq!((record.rev.as_str(), record.stable), ("abc", stable));
    }

    #[test]
    fn a_record_that_differs_from_the_input_is_told() {
        let root = tempfile::tempdir().expect("dir");
        std::fs::create_dir(root.path().join("nix")).expect("mkdir");
        let recorded = versions(&["1.94.1", "1.95.0"]);
        std::fs::write(root.path().join(FILE), render("abc", "there", &recorded)).expect("write");
        assert_eq!(differs(root.path(), &recorded).expect("same"), None);
        let seen = differs(root.path(), &versions(&["1.95.0", "1.96.0"])).expect("reads");
        assert_eq!(
            seen,
            Some(Finding::InputDiffers {
                entry: FILE.to_owned(),
                seen: "1.96.0".to_owned(),
                wanted: "1.94.1".to_owned(),
            })
        );
    }

    #[test]
    fn the_neighbours_of_a_missing_release_are_named() {
        let stable = versions(&["1.94.1", "1.95.0", "1.97.1"]);
        let near = |text: &str| nearest(text.parse().expect(text), &stable);
        assert_eq!(near("1.95.1"), versions(&["1.95.0", "1.97.1"]));
        assert_eq!(near("1.98.0"), versions(&["1.97.1"]));
        assert_eq!(near("1.0.0"), versions(&["1.94.1"]));
    }
}
