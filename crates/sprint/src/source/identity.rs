//! What exactly is in a tree, as one digest that does not depend on where the tree is.

use std::path::Path;
use std::process::Command;

use super::manifest::{self, Manifest};
use crate::error::{Error, IoContext, Result};
use crate::hash;

/// A tree's identity, and how many of its files differ from what was committed or pinned.
pub(super) struct Identity {
    pub(super) digest: String,
    /// What it would be without the person's own work.
    pub(super) pristine: String,
    pub(super) edited: usize,
}

/// A release: the tarball's checksum and every file that differs from its manifest.
pub(super) fn of_release(
    root: &Path,
    manifest_file: &Path,
    tarball_sha256: &str,
) -> Result<Identity> {
    let recorded = match manifest::load(manifest_file)? {
        Some(recorded) => recorded,
        None => {
            return Err(Error::setup(
                "no-manifest",
                format!("{} is missing or broken", manifest_file.display()),
            )
            .next("just source release --again"));
        }
    };
    let differences = manifest::differences(root, &recorded)?;
    let tarball = || {
        let mut parts = hash::Parts::new();
        parts.add("tarball", tarball_sha256.as_bytes());
        parts
    };
    let mut parts = tarball();
    for (path, digest) in &differences {
        parts.add(path, digest.as_deref().unwrap_or("deleted").as_bytes());
    }
    Ok(Identity {
        digest: parts.finish(),
        pristine: tarball().finish(),
        edited: differences.len(),
    })
}

/// A git checkout: the commit's tree and the content of every local edit. `None` if this is no checkout
/// that git is willing to look at. Pristine is the commit `pinned`, where the person's work is built on it, else
/// the commit that is checked out.
pub(super) fn of_checkout(root: &Path, pinned: Option<&str>) -> Result<Option<Identity>> {
    if !root.join(".git").exists() {
        return Ok(None);
    }
    let Some(tree) = git(root, &["rev-parse", "HEAD^{tree}"]) else {
        return Ok(None);
    };
    let status = git(
        root,
        &[
            "status",
            "--porcelain=v1",
            "-z",
            "--no-renames",
            "--untracked-files=all",
        ],
    );
    let Some(status) = status else {
        return Ok(None);
    };
    let of_tree = |tree: &str| {
        let mut parts = hash::Parts::new();
        parts.add("tree", tree.trim().as_bytes());
        parts
    };
    let below = pinned
        .filter(|commit| git(root, &["merge-base", "--is-ancestor", commit, "HEAD"]).is_some());
    let pristine = below
        .and_then(|commit| git(root, &["rev-parse", &format!("{commit}^{{tree}}")]))
        .unwrap_or_else(|| tree.clone());
    let mut parts = of_tree(&tree);
    let mut edited = 0;
    for entry in status.split('\0').filter(|entry| entry.len() > 3) {
        let name = &entry[3..];
        if name.ends_with(".pyc") {
            continue;
        }
        edited += 1;
        let path = root.join(name);
        match std::fs::symlink_metadata(&path) {
            Ok(data) if data.is_file() => {
                parts.add(name, hash::of_file(&path).on("read", &path)?.as_bytes())
            }
            Ok(data) if data.is_symlink() => {
                let to = std::fs::read_link(&path).on("read link", &path)?;
                parts.add(name, to.as_os_str().as_encoded_bytes());
            }
            Ok(_) => parts.add(name, b"directory"),
            Err(_) => parts.add(name, b"deleted"),
        }
    }
    Ok(Some(Identity {
        digest: parts.finish(),
        pristine: of_tree(&pristine).finish(),
        edited,
    }))
}

/// Any other directory: the content of all its files, with digests kept in `cache` between runs.
pub(super) fn of_directory(root: &Path, cache: &Path) -> Result<Identity> {
    let known = manifest::load(cache)?.unwrap_or_default();
    let now = manifest::scan(root, &known)?;
    if now != known {
        manifest::save(cache, &now)?;
    }
    let digest = of_manifest(&now);
    Ok(Identity {
        pristine: digest.clone(),
        digest,
        edited: 0,
    })
}

fn of_manifest(manifest: &Manifest) -> String {
    let mut parts = hash::Parts::new();
    for (path, entry) in manifest {
        parts.add(path, entry.sha256.as_bytes());
    }
    parts.finish()
}

fn git(root: &Path, args: &[&str]) -> Option<String> {
    // A hook that runs us points git at another repository.
    let output = Command::new("git")
        .args(args)
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE")
        .current_dir(root)
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn run(root: &Path, args: &[&str]) {
        let status = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.invalid"])
            .args(args)
            .current_dir(root)
            .stdout(std::process::Stdio::null())
            .status()
            .expect("git runs");
        assert!(status.success(), "git {args:?}");
    }

    #[test]
    fn a_checkout_is_its_tree_and_its_edits() {
        let root = tempfile::tempdir().expect("a temporary directory");
        run(root.path(), &["init", "-q"]);
        fs::write(root.path().join("a.c"), "one").expect("write");
        run(root.path(), &["add", "."]);
        run(root.path(), &["commit", "-qm", "first"]);
        let first = git(root.path(), &["rev-parse", "HEAD"]).expect("a commit");
        let identity = || {
            let identity = of_checkout(root.path(), Some(first.trim())).expect("read");
            identity.expect("a checkout")
        };
        let clean = identity();
        assert_eq!(clean.edited, 0);
        assert_eq!(clean.pristine, clean.digest);
        fs::write(root.path().join("a.c"), "two").expect("edit");
        let edited = identity();
        assert_eq!(edited.edited, 1);
        assert_ne!(edited.digest, clean.digest);
        fs::write(root.path().join("a.c"), "one").expect("take back");
        assert_eq!(identity().digest, clean.digest);
        fs::write(root.path().join("new.c"), "x").expect("add");
        assert_ne!(identity().digest, clean.digest);
        run(root.path(), &["add", "."]);
        run(root.path(), &["commit", "-qm", "second"]);
        let committed = identity();
        assert_ne!(committed.digest, clean.digest);
        assert_eq!(committed.pristine, clean.digest, "work on top of the pin");
    }

    #[test]
    fn a_plain_directory_is_its_content_wherever_it_is() {
        let (one, two) = (
            tempfile::tempdir().expect("dir"),
            tempfile::tempdir().expect("dir"),
        );
        let cache = tempfile::tempdir().expect("dir");
        for root in [&one, &two] {
            fs::write(root.path().join("a.c"), "one").expect("write");
        }
        let digest = |root: &Path, cache: &Path| of_directory(root, cache).expect("read").digest;
        let first = digest(one.path(), &cache.path().join("1"));
        assert_eq!(first, digest(two.path(), &cache.path().join("2")));
        fs::write(one.path().join("a.c"), "other").expect("edit");
        assert_ne!(first, digest(one.path(), &cache.path().join("1")));
    }
}
