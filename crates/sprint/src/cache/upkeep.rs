//! What the caches hold, and how to be rid of it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{IoContext, Result};
use crate::host::Host;

/// One of the caches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// As people say it.
    pub name: &'static str,
    /// What it saves.
    pub saves: &'static str,
    /// Where.
    pub path: PathBuf,
    /// Files in it.
    pub files: u64,
    /// Bytes in it.
    pub bytes: u64,
}

/// Directories below the person's cache, and what they are. Snapshots are not among them: they have a command of
/// their own.
const PARTS: [(&str, &str, &str); 4] = [
    ("objects", "objects", "compiled C files"),
    ("answers", "configure", "configure's questions"),
    (
        "machine",
        "machine",
        "a second look at compilers and libraries",
    ),
    ("downloads", "downloads", "source tarballs"),
];

/// What there is now.
pub fn parts(host: &Host) -> Result<Vec<Part>> {
    let Some(base) = super::directory(host) else {
        return Ok(Vec::new());
    };
    PARTS
        .iter()
        .map(|(name, below, saves)| {
            let path = base.join(below);
            let (files, bytes) = weigh(&path)?;
            Ok(Part {
                name,
                saves,
                path,
                files,
                bytes,
            })
        })
        .collect()
}

/// Removes these.
pub fn clean(parts: &[Part]) -> Result<()> {
    for part in parts {
        match std::fs::remove_dir_all(&part.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).on("remove", &part.path);
            }
            _ => {}
        }
    }
    Ok(())
}

fn weigh(directory: &Path) -> Result<(u64, u64)> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((0, 0)),
        Err(error) => return Err(error).on("list", directory),
    };
    let (mut files, mut bytes) = (0, 0);
    for entry in entries {
        let entry = entry.on("list", directory)?;
        // A server may remove a file while we look.
        let Ok(data) = entry.metadata() else { continue };
        if data.is_dir() {
            let below = weigh(&entry.path())?;
            files += below.0;
            bytes += below.1;
        } else {
            files += 1;
            bytes += data.len();
        }
    }
    Ok((files, bytes))
}
