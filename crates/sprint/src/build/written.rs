//! The small files and links that a build directory is given before anything runs in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::atomic;
use crate::error::{IoContext, Result};

/// A small file with this content and mode; left alone where it is so already.
pub(super) fn file(path: &Path, content: &str, mode: u32) -> Result<()> {
    atomic::write_if_changed(path, content.as_bytes())?;
    let mut permissions = path.metadata().on("look at", path)?.permissions();
    if permissions.mode() & 0o777 != mode {
        permissions.set_mode(mode);
        fs::set_permissions(path, permissions).on("change mode of", path)?;
    }
    Ok(())
}

/// A symbolic link. A directory that is there in its place stays: it holds what a person has, and links come later.
pub(super) fn link(at: &Path, to: &Path) -> Result<()> {
    if fs::read_link(at).is_ok_and(|present| present == to) {
        return Ok(());
    }
    if fs::symlink_metadata(at).is_ok_and(|data| data.is_dir()) {
        return Ok(());
    }
    let temporary = atomic::beside(at);
    std::os::unix::fs::symlink(to, &temporary).on("link", &temporary)?;
    fs::rename(&temporary, at).on("rename", &temporary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_replaces_a_link_and_not_a_directory() {
        let top = tempfile::tempdir().expect("dir");
        let (at, to) = (top.path().join("registry"), top.path().join("own"));
        link(&at, Path::new("elsewhere")).expect("made");
        link(&at, &to).expect("replaced");
        assert_eq!(fs::read_link(&at).expect("a link"), to);
        fs::remove_file(&at).expect("remove");
        fs::create_dir(&at).expect("mkdir");
        link(&at, &to).expect("left alone");
        assert!(fs::symlink_metadata(&at).expect("there").is_dir());
    }
}
