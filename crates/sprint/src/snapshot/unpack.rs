//! From an archive to a directory of its own, which the caller then renames. The archive's signature and checksum were
//! right before the first byte comes here, and still nothing in it is believed: only regular files, directories and
//! links that stay inside, as many and as large as the description said; no entry passes through a link, none replaces
//! another; modes are 755 or 644.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::manifest::Archive;
use super::pack::{MOVABLE, NOTES, SOURCES, TREE};
use super::root_path;
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::hash;
use crate::interrupt::Interrupt;

/// Where an archive goes, and as what.
pub(super) struct Destination<'a> {
    /// An empty directory.
    pub(super) directory: &'a Path,
    /// The checkout's path, for text files that hold it.
    pub(super) root: &'a str,
    /// The time of every file.
    pub(super) time: SystemTime,
}

/// Checks that a file is the archive that was signed.
pub(super) fn check(file: &Path, archive: &Archive) -> Result<()> {
    let size = file.metadata().on("look at", file)?.len();
    if size != archive.size {
        return Err(damaged(file, &format!("{size} of {} bytes", archive.size)));
    }
    let sha256 = hash::of_file(file).on("read", file)?;
    if sha256 != archive.sha256 {
        return Err(damaged(file, &format!("sha256 {sha256}")));
    }
    Ok(())
}

fn damaged(file: &Path, seen: &str) -> Error {
    Error::new(
        Exit::Integrity,
        "damaged-snapshot",
        format!("`{}` is not the archive that was signed", file.display()),
    )
    .detail("seen", seen)
    .next("sprint snapshot verify; then: sprint snapshot prune")
}

/// Unpacks the archive, checked before. Returns the record of the tree's files.
pub(super) fn unpack(
    zstd: &Path,
    file: &Path,
    archive: &Archive,
    to: &Destination<'_>,
    interrupt: &Interrupt,
) -> Result<String> {
    let mut child = Command::new(zstd)
        .args(["-q", "-d", "--long=27", "--stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Error::io("run", zstd, &source))?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Error::bug("zstd has no pipes"));
    };
    let (result, fed) = std::thread::scope(|scope| {
        let feeder = scope.spawn(|| feed(file, stdin));
        let mut stream = io::BufReader::with_capacity(1 << 18, stdout);
        let result = entries(&mut stream, file, archive, to, interrupt).and_then(|sources| {
            io::copy(&mut stream, &mut io::sink()).on("read", file)?;
            Ok(sources)
        });
        if result.is_err() {
            // The feeder then sees a broken pipe and ends too.
            let _ = child.kill();
        }
        drop(stream);
        (result, feeder.join())
    });
    let output = child.wait_with_output().on("wait for", zstd)?;
    let sources = result?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(damaged(file, &said));
    }
    // The file may have been changed since it was checked: what counts is what was unpacked.
    match fed {
        Ok(Ok(sha256)) if sha256 == archive.sha256 => Ok(sources),
        Ok(Ok(sha256)) => Err(damaged(file, &format!("sha256 {sha256}"))),
        Ok(Err(error)) => Err(Error::io("read", file, &error)),
        Err(_) => Err(Error::bug("reading an archive panicked")),
    }
}

/// Hands the file to zstd; returns the digest of what was handed over.
fn feed(file: &Path, mut to: impl Write) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hash::hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
    }
}

/// Reads a tar stream into the destination.
pub(super) fn entries(
    stream: impl Read,
    file: &Path,
    archive: &Archive,
    to: &Destination<'_>,
    interrupt: &Interrupt,
) -> Result<String> {
    let mut state = Unpacking {
        file,
        to,
        movable: BTreeSet::new(),
        sources: None,
        left: archive.unpacked,
        entries: 0,
    };
    let mut archive_of = tar::Archive::new(stream);
    for entry in archive_of.entries().map_err(|error| state.refuse(&error))? {
        interrupt.check("restoring a snapshot")?;
        let entry = entry.map_err(|error| state.refuse(&error))?;
        state.entries += 1;
        if state.entries > archive.entries {
            return Err(state.refuse(&"more entries than it says"));
        }
        state.entry(entry)?;
    }
    if state.entries != archive.entries || state.left != 0 {
        return Err(state.refuse(&"less in it than it says"));
    }
    match state.sources.take() {
        Some(sources) => Ok(sources),
        None => Err(state.refuse(&"no record of the sources")),
    }
}

struct Unpacking<'a> {
    file: &'a Path,
    to: &'a Destination<'a>,
    movable: BTreeSet<PathBuf>,
    sources: Option<String>,
    /// Bytes that may still come.
    left: u64,
    entries: u64,
}

impl Unpacking<'_> {
    fn refuse(&self, what: &dyn std::fmt::Display) -> Error {
        Error::new(
            Exit::Integrity,
            "hostile-archive",
            format!("`{}` is no snapshot: {what}", self.file.display()),
        )
        .next("take it from another store; whoever signed it should know")
    }

    fn entry(&mut self, mut entry: tar::Entry<'_, impl Read>) -> Result<()> {
        let path = entry
            .path()
            .map_err(|error| self.refuse(&error))?
            .into_owned();
        let shown = path.display().to_string();
        if path
            .components()
            .any(|part| !matches!(part, Component::Normal(_)))
        {
            return Err(self.refuse(&format!("`{shown}` leads out")));
        }
        let size = entry.size();
        self.left = self
            .left
            .checked_sub(size)
            .ok_or_else(|| self.refuse(&"more in it than it says"))?;
        let kind = entry.header().entry_type();
        if let Ok(name) = path.strip_prefix(NOTES) {
            let mut text = String::new();
            if !kind.is_file() {
                return Err(self.refuse(&format!("`{shown}` is no file")));
            }
            entry
                .read_to_string(&mut text)
                .map_err(|error| self.refuse(&error))?;
            return self.note(name, text);
        }
        let Ok(inside) = path.strip_prefix(TREE) else {
            return Err(self.refuse(&format!("`{shown}` is of no known part")));
        };
        if inside.as_os_str().is_empty() {
            return Err(self.refuse(&"an entry without a name"));
        }
        if self.passes_through_a_link(inside) {
            return Err(self.refuse(&format!("`{shown}` passes through a link")));
        }
        let target = self.to.directory.join(inside);
        let parent = if kind.is_dir() {
            Some(target.as_path())
        } else {
            target.parent()
        };
        if let Some(parent) = parent {
            fs::create_dir_all(parent).on("create directory", parent)?;
        }
        if kind.is_dir() {
            return Ok(());
        }
        if kind.is_symlink() {
            let link = entry.link_name().map_err(|error| self.refuse(&error))?;
            let link = link.unwrap_or_default().into_owned();
            if !stays_inside(inside, &link) {
                return Err(
                    self.refuse(&format!("the link `{shown}` leads out: {}", link.display()))
                );
            }
            return std::os::unix::fs::symlink(&link, &target).on("link", &target);
        }
        if kind != tar::EntryType::Regular {
            return Err(self.refuse(&format!("`{shown}` is neither file, directory nor link")));
        }
        let is_program = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
        let movable = self.movable.contains(inside);
        self.write(&mut entry, &target, is_program, movable)
    }

    /// Asked of the disk: where `A` and `a` are one name, a list of what was made would not do.
    fn passes_through_a_link(&self, inside: &Path) -> bool {
        let mut at = self.to.directory.to_owned();
        inside.parent().is_some_and(|parent| {
            parent.components().any(|part| {
                at.push(part);
                fs::symlink_metadata(&at).is_ok_and(|data| !data.is_dir())
            })
        })
    }

    fn note(&mut self, name: &Path, text: String) -> Result<()> {
        if name == Path::new(MOVABLE) {
            self.movable = text.lines().map(PathBuf::from).collect();
        } else if name == Path::new(SOURCES) {
            self.sources = Some(text);
        } else {
            return Err(self.refuse(&format!("an unknown note, `{}`", name.display())));
        }
        Ok(())
    }

    fn write(
        &self,
        from: &mut impl Read,
        to: &Path,
        is_program: bool,
        movable: bool,
    ) -> Result<()> {
        // Never through a link, never over another entry.
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(if is_program { 0o755 } else { 0o644 })
            .open(to)
            .on("create", to)?;
        if movable {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes)
                .map_err(|error| self.refuse(&error))?;
            file.write_all(&root_path::show(&bytes, self.to.root))
                .on("write", to)?;
        } else {
            io::copy(from, &mut file).on("write", to)?;
        }
        file.set_modified(self.to.time).on("set the time of", to)
    }
}

/// Does a link at `at` stay inside, whatever other links there are? Up first, by no more than its depth, then down:
/// since no entry passes through a link, its own directory is a real one.
pub(super) fn stays_inside(at: &Path, link: &Path) -> bool {
    let depth = at.components().count() - 1;
    let mut ups = 0;
    let mut down = false;
    for part in link.components() {
        match part {
            Component::ParentDir if !down => ups += 1,
            Component::Normal(_) => down = true,
            _ => return false,
        }
    }
    ups <= depth && down
}

#[cfg(test)]
mod tests;
