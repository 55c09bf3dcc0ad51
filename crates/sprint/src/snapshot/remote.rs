//! A store that `sprint-store` speaks to: S3, WebDAV, GitHub's Actions cache. That program only moves bytes; whatever it
//! brings is checked as if it came over HTTP, and it is started anew for every piece of work, with a limit in time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::manifest::Archive;
use super::store::{Listed, Raw};
use super::unpack;
use crate::error::{Error, IoContext, Result};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

mod child;

use child::{Child, Event};

/// No description comes near this.
const MOST_TEXT: u64 = 1 << 20;
/// The builds go on without a description that takes longer.
const READ: Duration = Duration::from_secs(15);
const FETCH: Duration = Duration::from_secs(600);
const LIST: Duration = Duration::from_secs(120);
const DELETE: Duration = Duration::from_secs(300);
const PUT: Duration = Duration::from_secs(3600);

/// A store behind `sprint-store`.
#[derive(Clone, Debug)]
pub struct Remote {
    child: Child,
}

/// What sending did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Put {
    /// Files that were sent; the others were there.
    pub(super) sent: usize,
}

impl Remote {
    /// The store at this address.
    pub fn new(host: &Host, address: &str) -> Result<Self> {
        Ok(Self {
            child: Child::new(host, address)?,
        })
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.child.address()
    }

    /// Is it one that replaces nothing, and cannot be listed?
    pub(super) fn is_write_once(&self) -> bool {
        self.address().starts_with("gha:")
    }

    /// What is kept under a key. `temporary`: two files of this name, with endings, may be written and are removed.
    pub(super) fn read(
        &self,
        key: &str,
        temporary: &Path,
        interrupt: &Interrupt,
    ) -> Result<Option<Raw>> {
        if let Some(directory) = temporary.parent() {
            fs::create_dir_all(directory).on("create directory", directory)?;
        }
        let files = ["json", "json.minisig"].map(|ending| {
            (
                format!("{key}.{ending}"),
                PathBuf::from(format!("{}.{ending}.tmp", temporary.display())),
            )
        });
        let result = self.read_into(&files, interrupt);
        for (_, file) in &files {
            let _ = fs::remove_file(file);
        }
        result
    }

    fn read_into(
        &self,
        files: &[(String, PathBuf); 2],
        interrupt: &Interrupt,
    ) -> Result<Option<Raw>> {
        let there = self.get(files, MOST_TEXT, READ, &mut |_| {}, interrupt)?;
        let text = |position: usize| match there[position] {
            true => {
                let file = &files[position].1;
                let bytes = fs::read(file).on("read", file)?;
                Ok::<_, Error>(Some(String::from_utf8_lossy(&bytes).into_owned()))
            }
            false => Ok(None),
        };
        let Some(description) = text(0)? else {
            return Ok(None);
        };
        let signature = text(1)?.unwrap_or_default();
        Ok(Some(Raw {
            text: description,
            signature,
        }))
    }

    /// Fetches an archive to `to`, and checks it.
    pub(super) fn fetch(
        &self,
        archive: &Archive,
        to: &Path,
        progress: &Progress,
        interrupt: &Interrupt,
    ) -> Result<()> {
        if let Some(directory) = to.parent() {
            fs::create_dir_all(directory).on("create directory", directory)?;
        }
        let files = [(format!("{}.tar.zst", archive.sha256), to.to_owned())];
        let mut seen = |bytes| progress.bytes("snapshot", bytes, archive.size);
        let there = self.get(&files, archive.size, FETCH, &mut seen, interrupt);
        progress.clear();
        if !there?[0] {
            return Err(self.child.unusable(
                "store-unreachable",
                "it has the description but not the content",
            ));
        }
        unpack::check(to, archive)
    }

    /// Which of these files were there.
    fn get(
        &self,
        files: &[(String, PathBuf)],
        most: u64,
        limit: Duration,
        seen: &mut dyn FnMut(u64),
        interrupt: &Interrupt,
    ) -> Result<Vec<bool>> {
        let mut arguments = vec!["get".to_owned(), "--most".to_owned(), most.to_string()];
        arguments.extend(pairs(files));
        let mut there = vec![false; files.len()];
        self.child
            .run(&arguments, limit, interrupt, &mut |event| match event {
                Event::Got { name, there: is } => {
                    for (position, (known, _)) in files.iter().enumerate() {
                        there[position] |= is && *known == name;
                    }
                }
                Event::Progress { bytes } => seen(bytes),
                _ => {}
            })?;
        Ok(there)
    }

    /// Sends files in this order. Content that is there in its size is not sent again, unless `again`.
    pub(super) fn put(
        &self,
        files: &[(String, PathBuf)],
        again: bool,
        progress: &Progress,
        interrupt: &Interrupt,
    ) -> Result<Put> {
        let total: u64 = files
            .iter()
            .map(|(_, file)| file.metadata().map_or(0, |data| data.len()))
            .sum();
        let mut arguments = vec!["put".to_owned()];
        arguments.extend(again.then(|| "--again".to_owned()));
        arguments.extend(pairs(files));
        let mut put = Put { sent: 0 };
        let result = self
            .child
            .run(&arguments, PUT, interrupt, &mut |event| match event {
                Event::Put { sent } => put.sent += usize::from(sent),
                Event::Progress { bytes } => progress.bytes("sending", bytes, total),
                _ => {}
            });
        progress.clear();
        result.map(|()| put)
    }

    /// Every file of the store.
    pub(super) fn list(&self, interrupt: &Interrupt) -> Result<Vec<Listed>> {
        let mut files = Vec::new();
        self.child
            .run(&["list".to_owned()], LIST, interrupt, &mut |event| {
                if let Event::File(file) = event {
                    files.push(file);
                }
            })?;
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(files)
    }

    /// The size of one file, if it is there.
    pub(super) fn size(&self, name: &str, interrupt: &Interrupt) -> Result<Option<u64>> {
        let mut size = None;
        let arguments = ["stat".to_owned(), name.to_owned()];
        self.child.run(&arguments, READ, interrupt, &mut |event| {
            if let Event::Stat { size: is } = event {
                size = is;
            }
        })?;
        Ok(size)
    }

    /// Removes files, in this order.
    pub(super) fn delete(&self, names: &[String], interrupt: &Interrupt) -> Result<()> {
        // A command line has an end.
        for names in names.chunks(200) {
            let mut arguments = vec!["delete".to_owned()];
            arguments.extend(names.iter().cloned());
            self.child.run(&arguments, DELETE, interrupt, &mut |_| {})?;
        }
        Ok(())
    }
}

fn pairs(files: &[(String, PathBuf)]) -> impl Iterator<Item = String> {
    files
        .iter()
        .map(|(name, file)| format!("{name}={}", file.display()))
}
