//! Files appear whole or not at all: written under a temporary name beside the target, then renamed.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{IoContext, Result};

/// Writes `bytes` to `path`, replacing what is there, creating the directories above it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = beside(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).on("create directory", parent)?;
    }
    let result = File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_data()))
        .and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        // The reason of the failure is what matters; a leftover under this name is overwritten next time.
        let _ = fs::remove_file(&temporary);
    }
    result.on("write", path)
}

/// Writes only if the content differs, so that times of unchanged files stay. Returns whether it wrote.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(false);
    }
    write(path, bytes).map(|()| true)
}

/// Copies a file's bytes and mode to `to`, atomically.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let temporary = beside(to);
    let result = fs::copy(from, &temporary).and_then(|_| fs::rename(&temporary, to));
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    result.on("copy to", to)
}

/// A name in the same directory that no other process uses.
pub fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_replaces_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("deep/file");
        write(&path, b"one").expect("first write");
        assert!(!write_if_changed(&path, b"one").expect("same content"));
        assert!(write_if_changed(&path, b"two").expect("other content"));
        assert_eq!(fs::read(&path).expect("read back"), b"two");
        assert_eq!(
            fs::read_dir(dir.path().join("deep")).expect("list").count(),
            1
        );
    }
}
