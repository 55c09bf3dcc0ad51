//! Takes what is in a bundle. `open` has checked all of it; what is written is checked once more, and appears whole or
//! not at all.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Serialize;

use super::manifest::{self, NAME, Part, SIGNATURE, refuse};
use super::open::{Opened, each};
use crate::container::engine::Engine;
use crate::error::{Error, IoContext, Result};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::snapshot::{self, PublicKey};
use crate::{atomic, hash};

/// From which bundle, and where to.
#[derive(Clone, Copy, Debug)]
pub struct Taking<'a> {
    /// The repository.
    pub root: &'a Path,
    /// The machine.
    pub host: &'a Host,
    /// The bundle.
    pub file: &'a Path,
    /// What `open` said of it.
    pub opened: &'a Opened,
    /// Ctrl-C.
    pub interrupt: &'a Interrupt,
}

/// What was taken from a bundle.
#[derive(Clone, Debug, Serialize)]
pub struct Used {
    /// Files and directories that are now where the kit looks for them.
    pub placed: Vec<PathBuf>,
    /// The maker's key, if it was accepted with the bundle.
    pub accepted: Option<String>,
}

/// Puts what a bundle carries where the kit looks for it: all but Rust and the system's packages, which bootstrap takes
/// where they are missing, the clone, and the image.
pub fn take(what: &Taking<'_>, accept: Option<&str>) -> Result<Used> {
    let Taking { root, host, .. } = *what;
    let no_home = || {
        Error::setup("no-home", "there is no place for a cache: HOME is not set")
            .next("export HOME=/your/home")
    };
    let downloads = host.user_cache().ok_or_else(no_home)?.join("downloads");
    let store = snapshot::local_store(host).ok_or_else(no_home)?.join("v1");
    let tools = host.user_data().ok_or_else(no_home)?.join("bin");
    let here = root.join("build/bundle");
    let placed = placing(what, &|entry| match entry.part {
        // Bootstrap puts the kit itself into the checkout.
        Part::Program if entry.name() == "sprint" => None,
        Part::Program => Some(tools.join(entry.name())),
        Part::Source => Some(downloads.join(entry.name())),
        Part::Snapshot => Some(store.join(entry.name())),
        Part::Crates => Some(here.join("vendor")),
        Part::Fork if entry.tree.is_some() => Some(here.join("fork.git")),
        Part::Fork => Some(root.join("build/downloads").join(entry.name())),
        Part::Clone | Part::System | Part::Rust | Part::Image => None,
    })?;
    let mut used = Used {
        placed,
        accepted: None,
    };
    let crates = |entry: &manifest::File| entry.part == Part::Crates;
    if what.opened.manifest.files.iter().any(crates) {
        used.placed.extend(tell_cargo(root)?);
    }
    if let (Some(name), Some(key)) = (accept, PublicKey::parse(&what.opened.manifest.signer))
        && snapshot::own_key(host)? != Some(key.clone())
    {
        snapshot::accept(host, &key, name)?;
        used.accepted = Some(key.to_string());
    }
    Ok(used)
}

/// Writes these parts below `to`: a packed directory as `to/NAME`, other files as `to/PART/NAME`.
pub fn extract(what: &Taking<'_>, parts: &[Part], to: &Path) -> Result<Vec<PathBuf>> {
    for part in parts {
        let carried = |entry: &manifest::File| entry.part == *part;
        if !what.opened.manifest.files.iter().any(carried) {
            return Err(Error::usage(
                "not-in-it",
                format!("`{}` carries no {}", what.file.display(), part.directory()),
            )
            .next(format!("sprint bundle list {}", what.file.display())));
        }
    }
    placing(what, &|entry| {
        if !parts.contains(&entry.part) {
            return None;
        }
        Some(match entry.name().strip_suffix(".tar.zst") {
            Some(stem) if entry.tree.is_some() => to.join(stem),
            _ => to.join(&entry.path),
        })
    })
}

/// Writes every file that `place` names a place for.
fn placing(
    what: &Taking<'_>,
    place: &dyn Fn(&manifest::File) -> Option<PathBuf>,
) -> Result<Vec<PathBuf>> {
    let files = &what.opened.manifest.files;
    if files
        .iter()
        .any(|entry| entry.tree.is_some() && place(entry).is_some())
    {
        what.host.need("zstd", "to unpack what is in the bundle")?;
    }
    let mut placed = Vec::new();
    visit(what, &mut |entry, from| {
        if let Some(to) = place(entry) {
            what.interrupt.check("taking what is in a bundle")?;
            match entry.archive() {
                None => file(from, &to, &entry.sha256, entry.part == Part::Program)?,
                Some(archive) => directory(what, from, &archive, &to)?,
            }
            placed.push(to);
        }
        Ok(())
    })?;
    Ok(placed)
}

/// Calls `use_it` with every file of the bundle, which must still be as `open` saw it listed.
fn visit(
    what: &Taking<'_>,
    use_it: &mut dyn FnMut(&manifest::File, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    let mut position = 0;
    each(what.file, &mut |path, _, from| {
        if path == NAME || path == SIGNATURE {
            return Ok(());
        }
        let entry = what.opened.manifest.files.get(position);
        let entry = entry.filter(|entry| entry.path == path);
        let entry = entry.ok_or_else(|| refuse(&format!("`{path}` came meanwhile")))?;
        position += 1;
        use_it(entry, from)
    })
}

fn file(from: &mut dyn Read, to: &Path, sha256: &str, is_program: bool) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let temporary = written(from, to, sha256)?;
    let mode = if is_program { 0o755 } else { 0o644 };
    let finished = fs::set_permissions(&temporary, fs::Permissions::from_mode(mode))
        .and_then(|()| fs::rename(&temporary, to))
        .on("rename", &temporary);
    if finished.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    finished
}

/// Writes to a name beside `to`, and reads it back.
fn written(from: &mut dyn Read, to: &Path, sha256: &str) -> Result<PathBuf> {
    if let Some(directory) = to.parent() {
        fs::create_dir_all(directory).on("create directory", directory)?;
    }
    let temporary = atomic::beside(to);
    let seen = File::create(&temporary)
        .and_then(|mut file| std::io::copy(from, &mut file))
        .and_then(|_| hash::of_file(&temporary))
        .on("write", &temporary);
    let right = seen.and_then(|seen| match seen == sha256 {
        true => Ok(()),
        false => Err(refuse(&format!("`{}` changed meanwhile", to.display()))),
    });
    if right.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    right.map(|()| temporary)
}

/// Unpacks beside `to`, then puts it there instead of what was there.
fn directory(
    what: &Taking<'_>,
    from: &mut dyn Read,
    archive: &snapshot::Archive,
    to: &Path,
) -> Result<()> {
    let zstd = what.host.need("zstd", "to unpack what is in the bundle")?;
    let packed = written(from, to, &archive.sha256)?;
    let beside = packed.with_extension("new");
    let result = crate::build::wipe(&beside)
        .and_then(|()| fs::create_dir_all(&beside).on("create directory", &beside))
        .and_then(|()| snapshot::unpack_tree(&zstd, &packed, archive, &beside, what.interrupt))
        .and_then(|()| crate::build::wipe(to))
        .and_then(|()| fs::rename(&beside, to).on("rename", &beside));
    let _ = fs::remove_file(&packed);
    if result.is_err() {
        let _ = fs::remove_dir_all(&beside);
    }
    result
}

/// Tells cargo of the crates in this checkout alone, unless the person has told it something there.
fn tell_cargo(root: &Path) -> Result<Option<PathBuf>> {
    let config = root.join(".cargo/config.toml");
    if config.exists() {
        return Ok(None);
    }
    let text = "# Written by `sprint bundle use`: without a network, crates come from the bundle.\n\
                [source.crates-io]\nreplace-with = \"bundle\"\n\n\
                [source.bundle]\ndirectory = \"build/bundle/vendor\"\n";
    atomic::write(&config, text.as_bytes())?;
    Ok(Some(config))
}

/// Hands the image to the engine of this machine; what the engine says.
pub fn load_image(what: &Taking<'_>) -> Result<String> {
    let engine = Engine::find(what.host, what.root, None)?;
    let line = engine.line(what.root).args(["load"]);
    let mut said = None;
    visit(what, &mut |entry, from| {
        if entry.part != Part::Image {
            return Ok(());
        }
        let program = Path::new(&line.program);
        let mut child = line
            .command(what.host.env())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .on("run", program)?;
        let fed = match child.stdin.take() {
            Some(mut stdin) => std::io::copy(from, &mut stdin).map(drop),
            None => Ok(()),
        };
        let output = child.wait_with_output().on("wait for", program)?;
        if !output.status.success() {
            return Err(
                Error::setup("load-failed", format!("`{}` failed", line.paste()))
                    .next("just doctor"),
            );
        }
        fed.on("hand the image to", program)?;
        said = Some(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        Ok(())
    })?;
    said.ok_or_else(|| {
        Error::usage(
            "not-in-it",
            format!("`{}` carries no image", what.file.display()),
        )
        .next(format!("sprint bundle list {}", what.file.display()))
    })
}
