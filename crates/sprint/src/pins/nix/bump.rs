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
    use crate::pins::nix::fake::machine;

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

    const NEW: &str = "1234567890123456789012345678901234567890";
    const HASH: &str = "sha256-1234567890123456789012345678901234567890123=";

    /// A repository with only what repeats a pin.
    fn repository() -> tempfile::TempDir {
        let (from, to) = (
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
            tempfile::tempdir().expect("dir"),
        );
        let text = std::fs::read_to_string(from.join(pins::FILE)).expect("read");
        let container = ".devcontainer/devcontainer.json";
        let default = std::fs::read_to_string(from.join(container)).expect("read");
        for directory in ["modules", ".devcontainer", ".github/workflows"] {
            std::fs::create_dir_all(to.path().join(directory)).expect("mkdir");
        }
        for (file, content) in [
            (pins::FILE, text.as_str()),
            ("flake.nix", "nixpkgs.url = \"\";\n url = \"\";\n"),
            ("Cargo.toml", "rust-version = \"\"\n"),
            ("modules/Cargo.toml", "rust-version = \"\"\n"),
            (
                "Dockerfile",
                "ARG BASE_IMAGE=\nARG SNAPSHOT=\nARG SOURCE_DATE_EPOCH=\nARG LLVM=\n",
            ),
            (container, default.as_str()),
            (".github/workflows/images.yml", "  IMAGE: x\n"),
        ] {
            std::fs::write(to.path().join(file), content).expect("write");
        }
        let git = std::process::Command::new("git")
            .args(["init", "--quiet"])
            .current_dir(to.path())
            .status();
        assert!(git.expect("git runs").success());
        to
    }

    fn answers() -> (String, String) {
        let nix = format!(
            "*) echo '{{\"hash\":\"{HASH}\",\"locked\":{{\"rev\":\"{NEW}\",\"lastModified\":5}}}}' ;;"
        );
        let curl = format!(
            "*{NEW}/manifests*) for v in 1.95.0 1.97.1 1.99.0; do echo \"\\\"$v\\\" = import ./x;\"; done ;;"
        );
        (curl, nix)
    }

    #[test]
    fn inputs_list_and_lock_move_together() {
        let root = repository();
        let (curl, nix) = answers();
        let (_directory, host) = machine(&curl, Some(&nix));
        let wish = Wish {
            stable: Some("1.99.0".parse().expect("a version")),
            ..Wish::default()
        };
        let changed = bump(root.path(), &host, &wish).expect("moves");
        for file in [pins::FILE, releases::FILE, "flake.lock"] {
            assert!(
                changed.iter().any(|name| name == file),
                "{file}: {changed:?}"
            );
        }
        let moved = Pins::load(root.path()).expect("loads");
        assert_eq!(moved.nix.nixpkgs.rev, NEW);
        assert_eq!(moved.rust.stable.to_string(), "1.99.0");
        let lock = std::fs::read_to_string(root.path().join("flake.lock")).expect("read");
        assert_eq!(
            (
                lock.matches(&format!("\"{NEW}\"")).count(),
                lock.matches(HASH).count()
            ),
            (2, 2)
        );
        let problems: Vec<_> = pins::check(root.path(), &moved)
            .expect("checks")
            .into_iter()
            .filter(pins::Finding::is_problem)
            .collect();
        assert_eq!(problems, Vec::new());
    }

    #[test]
    fn a_rust_that_the_new_overlay_lacks_is_refused_before_anything_is_written() {
        let root = repository();
        let before = std::fs::read_to_string(root.path().join(pins::FILE)).expect("read");
        let (curl, nix) = answers();
        let (_directory, host) = machine(&curl, Some(&nix));
        let wish = Wish {
            msrv: Some("1.98.5".parse().expect("a version")),
            ..Wish::default()
        };
        let error = bump(root.path(), &host, &wish).expect_err("refused");
        assert_eq!(error.id(), "not-in-rust-overlay");
        let after = std::fs::read_to_string(root.path().join(pins::FILE)).expect("read");
        assert_eq!(before, after);
        assert!(!root.path().join("flake.lock").exists());
    }
}
