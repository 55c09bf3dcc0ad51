//! `sprint pins bump`: moves the flake inputs (and, if asked, the Rust versions) in pins.toml together with
//! everything that follows from them. Everything is asked and checked first, then written.

use std::path::Path;

use super::{lock, online, releases};
use crate::atomic;
use crate::error::{Error, IoContext, Result};
use crate::host::Host;
use crate::pins::{self, FlakeInput, Pins, Version};

/// What a person wants moved, and where to.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// A branch or a commit of nixpkgs; its pinned branch's head otherwise.
    pub nixpkgs: Option<String>,
    /// A branch or a commit of rust-overlay; its default branch's head otherwise.
    pub rust_overlay: Option<String>,
    /// Another MSRV; it stays otherwise.
    pub msrv: Option<Version>,
    /// Another stable Rust; it stays otherwise.
    pub stable: Option<Version>,
}

/// Moves the pins. Returns the files that changed.
pub fn bump(root: &Path, host: &Host, wish: &Wish) -> Result<Vec<String>> {
    let path = root.join(pins::FILE);
    let mut text = std::fs::read_to_string(&path).on("read", &path)?;
    let before = Pins::parse(&text)?;
    for (section, input, to) in [
        ("nix.nixpkgs", &before.nix.nixpkgs, &wish.nixpkgs),
        (
            "nix.rust_overlay",
            &before.nix.rust_overlay,
            &wish.rust_overlay,
        ),
    ] {
        let moved = moved(root, host, input, to.as_deref())?;
        text = set(&text, section, "rev", &format!("\"{}\"", moved.rev))?;
        text = set(
            &text,
            section,
            "nar_hash",
            &format!("\"{}\"", moved.nar_hash),
        )?;
        text = set(
            &text,
            section,
            "last_modified",
            &moved.last_modified.to_string(),
        )?;
    }
    for (key, version) in [("msrv", wish.msrv), ("stable", wish.stable)] {
        if let Some(version) = version {
            text = set(&text, "rust", key, &format!("\"{version}\""))?;
        }
    }
    let after = Pins::parse(&text)?;
    let overlay = &after.nix.rust_overlay;
    let stable = online::stable(root, host, overlay)?;
    refuse_missing(&after, &stable)?;

    let record = releases::render(&overlay.rev, &online::list_address(overlay)?, &stable);
    let mut changed = Vec::new();
    for (file, content) in [(pins::FILE, &text), (releases::FILE, &record)] {
        if atomic::write_if_changed(&root.join(file), content.as_bytes())? {
            changed.push(file.to_owned());
        }
    }
    changed.extend(pins::sync(root, &after)?);
    Ok(changed)
}

/// The input at another revision.
fn moved(root: &Path, host: &Host, input: &FlakeInput, to: Option<&str>) -> Result<FlakeInput> {
    let reference = match to {
        Some(to) => format!("{}/{to}", input.repository),
        None => lock::reference(input),
    };
    let seen = online::prefetch(root, host, &reference)?;
    let rev = seen.locked.rev.ok_or_else(|| {
        Error::setup(
            "no-revision",
            format!("Nix names no commit for {reference}"),
        )
        .next(format!("nix flake prefetch --json {reference}"))
    })?;
    Ok(FlakeInput {
        rev,
        nar_hash: seen.hash,
        last_modified: seen.locked.last_modified,
        ..input.clone()
    })
}

fn refuse_missing(pins: &Pins, stable: &[Version]) -> Result<()> {
    let missing = releases::missing(pins, stable);
    if missing.is_empty() {
        return Ok(());
    }
    let newest = stable
        .iter()
        .max()
        .map_or_else(String::new, Version::to_string);
    Err(Error::usage(
        "not-in-rust-overlay",
        "rust-overlay there does not carry a pinned Rust; nothing was written",
    )
    .detail(
        "wanted",
        format!("{} (msrv), {} (stable)", pins.rust.msrv, pins.rust.stable),
    )
    .detail("newest", newest)
    .next("sprint pins bump --msrv VERSION --stable VERSION, with versions that it has"))
}

/// Replaces the value of `key` in `[section]`, keeping everything else of the line.
fn set(text: &str, section: &str, key: &str, value: &str) -> Result<String> {
    let (header, start) = (format!("[{section}]"), format!("{key} = "));
    let mut inside = false;
    let mut done = false;
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            if line.starts_with('[') {
                inside = line.trim_end() == header;
            }
            if inside && !done && line.starts_with(&start) {
                done = true;
                return format!("{start}{value}");
            }
            line.to_owned()
        })
        .collect();
    if done {
        Ok(lines.join("\n"))
    } else {
        Err(Error::usage(
            "pins-lack",
            format!("{} has no line `{start}…` in {header}", pins::FILE),
        )
        .next(format!("add `{start}{value}` there")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_of_one_section_is_replaced() {
        let text = "[a]\nrev = \"1\"\n# why\n[b]\nrev = \"2\"\nrevision = 3\n";
        assert_eq!(
            set(text, "b", "rev", "\"9\"").expect("is there"),
            "[a]\nrev = \"1\"\n# why\n[b]\nrev = \"9\"\nrevision = 3\n"
        );
        assert_eq!(
            set(text, "c", "rev", "0").expect_err("no section").id(),
            "pins-lack"
        );
    }
}
