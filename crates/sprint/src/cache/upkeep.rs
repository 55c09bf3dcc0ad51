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

/// Removes what is in these. The directories stay: one may be a link to a larger disk.
pub fn clean(parts: &[Part]) -> Result<()> {
    for part in parts {
        for entry in there(std::fs::read_dir(&part.path))
            .on("list", &part.path)?
            .into_iter()
            .flatten()
        {
            let entry = entry.on("list", &part.path)?;
            let path = entry.path();
            let removed = match entry.file_type().on("look at", &path)?.is_dir() {
                true => std::fs::remove_dir_all(&path),
                false => std::fs::remove_file(&path),
            };
            // A server may have removed it.
            there(removed).on("remove", &path)?;
        }
    }
    Ok(())
}

/// `None` for what is not there.
fn there<T>(looked: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match looked {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

fn weigh(directory: &Path) -> Result<(u64, u64)> {
    let entries = there(std::fs::read_dir(directory)).on("list", directory)?;
    let (mut files, mut bytes) = (0, 0);
    for entry in entries.into_iter().flatten() {
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
