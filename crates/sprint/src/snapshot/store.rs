//! A directory of snapshots, and the same read over HTTP:
//!
//! ```text
//! <store>/v1/<key>.json             description of the build with this key, or with this base key
//! <store>/v1/<key>.json.minisig     its signature
//! <store>/v1/<sha256>.tar.zst       content
//! ```
//!
//! Files appear whole or not at all (written beside, then renamed). Archives are named after their content, so that two
//! descriptions may share one, and a second saver of the same finds it there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::manifest::Manifest;
use super::prune::{self, Keep, Pruned};
use crate::atomic;
use crate::error::{Error, IoContext, Result};

/// A store that can be written.
#[derive(Clone, Debug)]
pub struct Directory(PathBuf);

/// A description as it lies in a store, nothing of it checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The description's bytes.
    pub text: String,
    /// The signature file's bytes.
    pub signature: String,
}

/// A file as a store lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its name below `v1/`.
    pub(super) name: String,
    /// Its bytes.
    pub(super) size: u64,
    /// When it was put there, by the store's clock.
    pub(super) modified: SystemTime,
}

/// A temporary file of a saver that was killed; none takes that long.
const LEFT_OVER: Duration = Duration::from_secs(3600);

impl Directory {
    /// The store in this directory.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where the files are.
    pub fn files(&self) -> PathBuf {
        self.0.join("v1")
    }

    /// Where the content is, or will be.
    pub fn archive(&self, sha256: &str) -> PathBuf {
        self.files().join(format!("{sha256}.tar.zst"))
    }

    fn description(&self, key: &str) -> PathBuf {
        self.files().join(format!("{key}.json"))
    }

    fn signature(&self, key: &str) -> PathBuf {
        self.files().join(format!("{key}.json.minisig"))
    }

    /// What is kept under a key.
    pub fn read(&self, key: &str) -> Result<Option<Raw>> {
        let Some(text) = read(&self.description(key))? else {
            return Ok(None);
        };
        // Written before the description: where it is missing, somebody took it away.
        let signature = read(&self.signature(key))?.unwrap_or_default();
        Ok(Some(Raw { text, signature }))
    }

    /// Puts an archive and its description in place. `archive` is a file in `files()` and is renamed.
    pub fn put(&self, archive: &Path, manifest: &Manifest, raw: &Raw) -> Result<()> {
        let place = self.archive(&manifest.archive.sha256);
        fs::rename(archive, &place).on("rename", archive)?;
        for key in [Some(&manifest.key), manifest.base_key.as_ref()]
            .into_iter()
            .flatten()
        {
            atomic::write(&self.signature(key), raw.signature.as_bytes())?;
            atomic::write(&self.description(key), raw.text.as_bytes())?;
        }
        Ok(())
    }

    /// A temporary file in the store, of this process; the directories above it are made.
    pub fn temporary(&self, name: &str) -> Result<PathBuf> {
        let files = self.files();
        fs::create_dir_all(&files).on("create directory", &files)?;
        Ok(atomic::beside(&files.join(name)))
    }

    /// The keys that it answers to, sorted; with when each was put there.
    pub fn keys(&self) -> Result<Vec<(String, SystemTime)>> {
        Ok(prune::keys(&self.list()?))
    }

    /// Takes away what `prune::plan` says. With `dry_run`, only says so.
    pub fn prune(&self, keep: Keep, dry_run: bool) -> Result<Pruned> {
        let read = |key: &str| Ok::<_, Error>(self.read(key)?.map(|raw| raw.text));
        let mut pruned = prune::plan(&self.list()?, read, keep, LEFT_OVER)?;
        for name in &mut pruned.files {
            let path = self.files().join(&*name);
            if !dry_run {
                fs::remove_file(&path).on("remove", &path)?;
            }
            *name = path.to_string_lossy().into_owned();
        }
        Ok(pruned)
    }

    fn list(&self) -> Result<Vec<Listed>> {
        let directory = self.files();
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("list", &directory, &error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.on("list", &directory)?;
            // Another process may take its temporary file away meanwhile.
            if let (Ok(data), Ok(name)) = (entry.metadata(), entry.file_name().into_string())
                && data.is_file()
            {
                files.push(Listed {
                    name,
                    size: data.len(),
                    modified: data.modified().on("look at", &entry.path())?,
                });
            }
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(files)
    }
}

fn read(path: &Path) -> Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::manifest::tests::any;

    fn store(builds: &[char]) -> (tempfile::TempDir, Directory) {
        let directory = tempfile::tempdir().expect("dir");
        let store = Directory::new(directory.path());
        for (position, letter) in builds.iter().enumerate() {
            let mut manifest = any();
            manifest.key = letter.to_string().repeat(64);
            manifest.base_key = None;
            manifest.archive.sha256 = format!("{letter}0").repeat(32);
            manifest.archive.size = 10;
            let raw = Raw {
                text: manifest.to_json().expect("JSON"),
                signature: "signature".into(),
            };
            let archive = store.temporary("a").expect("a name");
            fs::write(&archive, "0123456789").expect("write");
            store.put(&archive, &manifest, &raw).expect("put");
            let age = Duration::from_secs(86_400 - position as u64);
            for path in [
                store.description(&manifest.key),
                store.archive(&manifest.archive.sha256),
            ] {
                fs::File::open(path)
                    .and_then(|file| file.set_modified(SystemTime::now() - age))
                    .expect("time");
            }
        }
        (directory, store)
    }

    fn keep(builds: usize, bytes: u64) -> Keep {
        Keep { builds, bytes }
    }

    #[test]
    fn pruning_keeps_the_youngest_and_says_before_it_does() {
        let (_directory, store) = store(&['a', 'b', 'c']);
        let all = store.keys().expect("keys").len();
        let dry = store.prune(keep(2, 100), true).expect("dry");
        assert_eq!((all, dry.keys.as_slice()), (3, &["a".repeat(64)][..]));
        assert_eq!(store.keys().expect("keys").len(), 3);
        assert_eq!(
            store.prune(keep(2, 100), false).expect("prune").files.len(),
            3
        );
        assert_eq!(
            store.prune(keep(2, 15), false).expect("prune").keys,
            ["b".repeat(64)]
        );
        assert_eq!(fs::read_dir(store.files()).expect("list").count(), 3);
        assert!(
            store
                .prune(keep(2, 15), false)
                .expect("prune")
                .files
                .is_empty()
        );
    }

    #[test]
    fn an_archive_without_description_and_a_broken_description_go() {
        let (_directory, store) = store(&['a']);
        fs::write(store.description(&"a".repeat(64)), "{}").expect("break");
        assert_eq!(
            store
                .prune(keep(9, 1 << 30), false)
                .expect("prune")
                .files
                .len(),
            3
        );
        assert_eq!(fs::read_dir(store.files()).expect("list").count(), 0);
    }
}
