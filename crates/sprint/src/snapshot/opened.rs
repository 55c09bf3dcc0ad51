//! A store that is to be listed, checked, pruned or written: a directory, or what `sprint-store` speaks to. Its content is
//! believed in neither case.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::manifest::Archive;
use super::prune::{self, Keep, Pruned};
use super::remote::Remote;
use super::store::{Directory, Raw};
use super::stores::{self, Place};
use super::unpack;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// A saver far away may take its time between content and description, and its clock is another one.
const LEFT_OVER: Duration = Duration::from_secs(86_400);

/// A store that can be listed.
#[derive(Clone, Debug)]
pub enum Opened {
    /// A directory.
    Directory(Directory),
    /// Behind `sprint-store`; with a name for temporary files of this process.
    Remote(Remote, PathBuf),
}

impl Opened {
    /// Opens a place. What only answers to HTTP's GET cannot be listed.
    pub fn new(host: &Host, place: &Place) -> Result<Self> {
        match place {
            Place::Directory(path) => Ok(Self::Directory(Directory::new(path))),
            Place::Remote(address) => Ok(Self::Remote(Remote::new(host, address)?, scratch(host)?)),
            Place::Http(address) => Err(Error::usage(
                "store-is-read-only",
                format!("{address} can only be restored from"),
            )
            .next(
                "name a directory, or an address with s3://, webdav(s):// or gha: : --store STORE",
            )),
        }
    }

    /// The keys that it answers to, sorted; with when each was put there.
    pub fn keys(&self, interrupt: &Interrupt) -> Result<Vec<(String, SystemTime)>> {
        match self {
            Self::Directory(directory) => directory.keys(),
            Self::Remote(remote, _) => Ok(prune::keys(&remote.list(interrupt)?)),
        }
    }

    /// What is kept under a key.
    pub fn read(&self, key: &str, interrupt: &Interrupt) -> Result<Option<Raw>> {
        match self {
            Self::Directory(directory) => directory.read(key),
            Self::Remote(remote, scratch) => remote.read(key, scratch, interrupt),
        }
    }

    /// Looks at every byte of an archive, and keeps nothing.
    pub(super) fn check(
        &self,
        archive: &Archive,
        progress: &Progress,
        interrupt: &Interrupt,
    ) -> Result<()> {
        match self {
            Self::Directory(directory) => {
                unpack::check(&directory.archive(&archive.sha256), archive)
            }
            Self::Remote(remote, scratch) => {
                let checked = remote.fetch(archive, scratch, progress, interrupt);
                remove(scratch);
                checked
            }
        }
    }

    /// Takes away what is old or left over. With `dry_run`, only says so.
    pub fn prune(&self, keep: Keep, dry_run: bool, interrupt: &Interrupt) -> Result<Pruned> {
        let (remote, scratch) = match self {
            Self::Directory(directory) => return directory.prune(keep, dry_run),
            Self::Remote(remote, scratch) => (remote, scratch),
        };
        let read = |key: &str| {
            let raw = remote.read(key, scratch, interrupt)?;
            Ok::<_, Error>(raw.map(|raw| raw.text))
        };
        let pruned = prune::plan(&remote.list(interrupt)?, read, keep, LEFT_OVER)?;
        if !dry_run {
            remote.delete(&pruned.files, interrupt)?;
        }
        Ok(pruned)
    }
}

/// A name for temporary files: in the local store, where its pruning finds what a killed run leaves.
fn scratch(host: &Host) -> Result<PathBuf> {
    let store = stores::local(host).ok_or_else(|| {
        Error::setup("no-home", "there is no local store: HOME is not set")
            .next("SPRINT_SNAPSHOT_STORE=DIR names one")
    })?;
    Directory::new(store).temporary("looked-at")
}

fn remove(file: &Path) {
    // Whatever becomes of it, the answer is the same; pruning takes away what stays.
    let _ = std::fs::remove_file(file);
}
