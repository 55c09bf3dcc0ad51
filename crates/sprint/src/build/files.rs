//! The content of a directory, as one digest.

use std::path::{Path, PathBuf};

use crate::error::{IoContext, Result};
use crate::hash;

/// Digest of every file below `directory` that `keep` accepts (by relative path), with its path.
pub(super) fn digest_files(directory: &Path, keep: &dyn Fn(&Path) -> bool) -> Result<String> {
    let mut files = Vec::new();
    collect(directory, Path::new(""), keep, &mut files)?;
    files.sort();
    let mut parts = hash::Parts::new();
    for file in files {
        let path = directory.join(&file);
        let content = match std::fs::read_link(&path) {
            // A link is where it leads, wherever that is.
            Ok(to) => to.into_os_string().into_encoded_bytes(),
            Err(_) => std::fs::read(&path).on("read", &path)?,
        };
        parts.add(&file.to_string_lossy(), &content);
    }
    Ok(parts.finish())
}

fn collect(
    root: &Path,
    below: &Path,
    keep: &dyn Fn(&Path) -> bool,
    files: &mut Vec<PathBuf>,
) -> Result<()> {
    let directory = root.join(below);
    for entry in std::fs::read_dir(&directory).on("list", &directory)? {
        let entry = entry.on("list", &directory)?;
        let relative = below.join(entry.file_name());
        if !keep(&relative) {
            continue;
        }
        if entry.file_type().on("look at", &entry.path())?.is_dir() {
            collect(root, &relative, keep, files)?;
        } else {
            files.push(relative);
        }
    }
    Ok(())
}
