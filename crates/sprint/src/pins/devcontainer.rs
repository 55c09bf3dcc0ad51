//! The devcontainer configurations that differ from the default one in a few lines: made from its text, so that a
//! mount or a command added there is in all of them.

use std::path::Path;

use super::repeats::Repeat;
use super::{Pins, PublishedImage};
use crate::error::{Error, Result};

/// The one that is written by hand.
pub(super) const DEFAULT: &str = ".devcontainer/devcontainer.json";
const CROSS: &str = ".devcontainer/cross/devcontainer.json";
const PREBUILT: &str = ".devcontainer/prebuilt/devcontainer.json";

/// The configurations made from the default one.
pub(super) fn derived(root: &Path, pins: &Pins) -> Result<Vec<Repeat>> {
    let path = root.join(DEFAULT);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        // Told by the check of the line in it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(Error::io("read", &path, &error)),
    };
    Ok(vec![
        Repeat::Whole {
            file: CROSS,
            content: cross(&text)?,
        },
        Repeat::Whole {
            file: PREBUILT,
            content: prebuilt(&text, &pins.image.repository, &pins.image.published)?,
        },
    ])
}

/// The same with the stage that has the cross compilers and emulators.
fn cross(text: &str) -> Result<String> {
    let text = with_head(
        text,
        "The container with cross compilers, emulators and wasmtime besides: for `just test-module base64 all`.",
    )?;
    let text = replaced(
        &text,
        "\"Rust for CPython\"",
        "\"Rust for CPython, all targets\"",
    )?;
    let text = replaced(&text, "\"../Dockerfile\"", "\"../../Dockerfile\"")?;
    let text = replaced(&text, "\"context\": \"..\"", "\"context\": \"../..\"")?;
    let text = replaced(&text, "\"target\": \"dev\"", "\"target\": \"cross\"")?;
    replaced(&text, ":dev\"]", ":cross\"]")
}

/// The same with an image that is pulled by its digest. As long as there is none, opening it says so and stops:
/// the command is one that every shell understands alike, cmd.exe too.
fn prebuilt(text: &str, repository: &str, published: &PublishedImage) -> Result<String> {
    let text = with_head(
        text,
        "The published container, by its digest: nothing is built.",
    )?;
    let text = replaced(
        &text,
        "\"Rust for CPython\"",
        "\"Rust for CPython, published image\"",
    )?;
    let image = match &published.digest {
        Some(digest) => format!("    \"image\": \"{repository}@{digest}\",\n"),
        None => format!(
            "    // Not published yet: there is no digest to name, and none is invented.\n    \
             \"image\": \"{repository}:not-published-yet\",\n    \
             \"initializeCommand\": \"echo error: no image of the sprint kit has been published yet. \
             Choose the configuration .devcontainer/devcontainer.json, which builds it && exit 1\",\n"
        ),
    };
    let begin = text
        .find("    \"build\": {\n")
        .ok_or_else(|| lacks("\"build\": {"))?;
    let length = text[begin..]
        .find("    },\n")
        .ok_or_else(|| lacks("the end of \"build\""))?;
    let rest = &text[begin + length + "    },\n".len()..];
    Ok(format!("{}{image}{rest}", &text[..begin]))
}

/// With another comment at the top, which says where the file comes from.
fn with_head(text: &str, what: &str) -> Result<String> {
    let begin = text.find("{\n").ok_or_else(|| lacks("{"))?;
    Ok(format!(
        "// {what}\n// Generated from {DEFAULT} by `sprint pins sync`.\n{}",
        &text[begin..]
    ))
}

fn replaced(text: &str, old: &str, new: &str) -> Result<String> {
    match text.matches(old).count() {
        1 => Ok(text.replacen(old, new, 1)),
        _ => Err(lacks(old)),
    }
}

fn lacks(what: &str) -> Error {
    Error::usage(
        "devcontainer-shape",
        format!("{DEFAULT} does not have `{what}` exactly once; the other configurations are made from it"),
    )
    .next(format!("git checkout {DEFAULT}, or teach crates/sprint/src/pins/devcontainer.rs the new shape"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default() -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        std::fs::read_to_string(root.join(DEFAULT)).expect("the default configuration")
    }

    #[test]
    fn cross_differs_only_where_it_must() {
        let (one, other) = (default(), cross(&default()).expect("derives"));
        let other: Vec<&str> = other.lines().skip_while(|line| *line != "{").collect();
        let one: Vec<&str> = one.lines().skip_while(|line| *line != "{").collect();
        assert_eq!(one.len(), other.len());
        let differ: Vec<_> = one.iter().zip(&other).filter(|(a, b)| a != b).collect();
        assert_eq!(differ.len(), 5, "{differ:?}");
    }

    #[test]
    fn what_is_not_published_is_not_invented() {
        let nothing = PublishedImage {
            digest: None,
            unverified: true,
        };
        let text = prebuilt(&default(), "registry/name", &nothing).expect("derives");
        assert!(
            text.contains("exit 1") && !text.contains("sha256:"),
            "{text}"
        );
        assert!(!text.contains("Dockerfile"), "{text}");
        let digest = format!("sha256:{}", "0".repeat(64));
        let there = PublishedImage {
            digest: Some(digest.clone()),
            unverified: false,
        };
        let text = prebuilt(&default(), "registry/name", &there).expect("derives");
        assert!(
            text.contains(&format!("\"image\": \"registry/name@{digest}\"")),
            "{text}"
        );
        assert!(!text.contains("initializeCommand"), "{text}");
    }

    #[test]
    fn another_shape_is_told() {
        assert_eq!(
            cross("{\n}\n").expect_err("no name").id(),
            "devcontainer-shape"
        );
    }
}
