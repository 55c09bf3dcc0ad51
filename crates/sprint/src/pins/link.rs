//! A symbolic link of the repository, in checkouts that have links and in those that do not.
//!
//! Where links are switched off (`core.symlinks=false`: Windows, some shared folders), git writes the link's target
//! into an ordinary file; and some unpackers write a copy of what it leads to. Both say the same as the link. What
//! must not be is another text under the second name, or an ordinary file in git's index.

use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::check::git;
use crate::error::{Error, IoContext, Result};

/// What is wrong with the link `file` to `target`, both relative to `root`; `None` where nothing is.
pub(super) fn fault(root: &Path, file: &str, target: &str) -> Result<Option<String>> {
    if let Some(mode) = mode_in_index(root, file)?
        && mode != "120000"
    {
        return Ok(Some(format!(
            "an ordinary file in git's index (mode {mode})"
        )));
    }
    let path = root.join(file);
    let data = match path.symlink_metadata() {
        Ok(data) => data,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(Some("not there".to_owned()));
        }
        Err(error) => return Err(Error::io("look at", &path, &error)),
    };
    if data.is_symlink() {
        let seen: PathBuf = std::fs::read_link(&path).on("read", &path)?;
        let right = seen == Path::new(target);
        return Ok((!right).then(|| format!("a link to {}", seen.display())));
    }
    let text = std::fs::read_to_string(&path).on("read", &path)?;
    let original = root.join(target);
    let same = text.trim_end() == target
        || text == std::fs::read_to_string(&original).on("read", &original)?;
    Ok((!same).then(|| "a file of its own".to_owned()))
}

/// Makes the link, unless it is right already. Returns whether it did.
pub(super) fn make(root: &Path, file: &str, target: &str) -> Result<bool> {
    if fault(root, file, target)?.is_none() {
        return Ok(false);
    }
    let path = root.join(file);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Error::io("remove", &path, &error));
        }
        _ => {}
    }
    symlink(target, &path).on("make the link", &path)?;
    if mode_in_index(root, file)?.is_some_and(|mode| mode != "120000") {
        git(root, &["add", "--", file])?;
    }
    Ok(true)
}

/// `100644`, `120000`; `None` where git does not know the file.
fn mode_in_index(root: &Path, file: &str) -> Result<Option<String>> {
    let listing = git(root, &["ls-files", "--stage", "--", file])?;
    Ok(listing
        .split(' ')
        .next()
        .filter(|mode| !mode.is_empty())
        .map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with a text under `deep/text`, and nothing else.
    fn repository() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir(root.path().join("deep")).expect("mkdir");
        std::fs::write(root.path().join("deep/text"), "{}\n").expect("write");
        git(root.path(), &["init", "--quiet"]).expect("git init");
        root
    }

    fn seen(root: &Path) -> Option<String> {
        fault(root, "name", "deep/text").expect("looks")
    }

    #[test]
    fn what_says_the_same_is_no_fault() {
        let root = repository();
        let path = root.path().join("name");
        for text in ["deep/text", "deep/text\n", "{}\n"] {
            std::fs::write(&path, text).expect("write");
            assert_eq!(seen(root.path()), None, "{text:?}");
        }
        std::fs::remove_file(&path).expect("remove");
        symlink("deep/text", &path).expect("link");
        assert_eq!(seen(root.path()), None);
    }

    #[test]
    fn another_text_is_a_fault_and_is_mended() {
        let root = repository();
        let path = root.path().join("name");
        assert_eq!(seen(root.path()).as_deref(), Some("not there"));
        std::fs::write(&path, "{ }\n").expect("write");
        assert_eq!(seen(root.path()).as_deref(), Some("a file of its own"));
        assert!(make(root.path(), "name", "deep/text").expect("mends"));
        assert_eq!(seen(root.path()), None);
        assert!(!make(root.path(), "name", "deep/text").expect("looks"));
    }

    #[test]
    fn a_copy_that_was_committed_is_a_fault() {
        let root = repository();
        std::fs::write(root.path().join("name"), "{}\n").expect("write");
        git(root.path(), &["add", "name"]).expect("git add");
        assert!(seen(root.path()).expect("a fault").contains("100644"));
        assert!(make(root.path(), "name", "deep/text").expect("mends"));
        assert_eq!(seen(root.path()), None);
    }
}
