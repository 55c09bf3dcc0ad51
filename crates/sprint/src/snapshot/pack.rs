//! From a build directory to a compressed archive whose bytes depend on nothing but the content.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::content::{Item, Stamp};
use super::manifest::Archive;
use super::{root_path, unpack};
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::hash;
use crate::interrupt::Interrupt;

/// The archive's directories: what describes the content, and the content.
pub(super) const NOTES: &str = "notes";
pub(super) const TREE: &str = "tree";
/// The notes: which files hold the checkout's path, and what the tree's files were.
pub(super) const MOVABLE: &str = "movable";
pub(super) const SOURCES: &str = "sources";

/// zstd's options. `--long=27`: the same code is in an object, in the library and in both interpreters, far apart.
const COMPRESS: [&str; 5] = ["-q", "-12", "--long=27", "-T1", "--stdout"];

/// What goes into an archive.
pub(super) struct Content<'a> {
    /// The build directory.
    pub(super) build: &'a Path,
    /// Its files.
    pub(super) items: &'a [Item],
    /// The record of the tree, as text.
    pub(super) sources: &'a str,
    /// The paths of the checkout, now and when it was configured.
    pub(super) roots: &'a [String],
}

/// Writes the archive to `to`.
pub(super) fn pack(
    zstd: &Path,
    content: &Content<'_>,
    to: &Path,
    interrupt: &Interrupt,
) -> Result<Archive> {
    pack_with(zstd, &COMPRESS, content, to, interrupt)
}

/// The same with other options of zstd's.
pub(super) fn pack_with(
    zstd: &Path,
    options: &[&str],
    content: &Content<'_>,
    to: &Path,
    interrupt: &Interrupt,
) -> Result<Archive> {
    let file = File::create(to).on("create", to)?;
    let mut child = Command::new(zstd)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(file)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Error::io("run", zstd, &source))?;
    let stdin = child
        .stdin
        .take()
        .ok_or_else(|| Error::bug("zstd has no stdin"))?;
    let mut writer = Writer {
        builder: tar::Builder::new(std::io::BufWriter::with_capacity(1 << 18, stdin)),
        unpacked: 0,
        entries: 0,
        to,
    };
    let written = writer.all(content, interrupt).and_then(|()| {
        let (unpacked, entries) = (writer.unpacked, writer.entries);
        let stdin = writer.builder.into_inner().on("write", to)?;
        stdin
            .into_inner()
            .map_err(|error| Error::io("write", to, error.error()))?;
        Ok((unpacked, entries))
    });
    if written.is_err() {
        let _ = child.kill();
    }
    let (unpacked, entries) = finish(child, zstd, to, written)?;
    let size = to.metadata().on("look at", to)?.len();
    Ok(Archive {
        sha256: hash::of_file(to).on("read", to)?,
        size,
        unpacked,
        entries,
    })
}

/// zstd's own word on why it failed says more than our broken pipe.
fn finish<T>(child: Child, zstd: &Path, to: &Path, written: Result<T>) -> Result<T> {
    let output = child.wait_with_output().on("wait for", zstd)?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() {
        return written;
    }
    match written {
        Err(error) if error.exit() != Exit::Setup || said.is_empty() => Err(error),
        _ => Err(Error::setup(
            "cannot-compress",
            format!("zstd could not write `{}`: {said}", to.display()),
        )
        .next("free some space (`sprint snapshot prune`), then run the same command again")),
    }
}

struct Writer<'a, W: Write> {
    builder: tar::Builder<W>,
    unpacked: u64,
    entries: u64,
    to: &'a Path,
}

impl<W: Write> Writer<'_, W> {
    fn all(&mut self, content: &Content<'_>, interrupt: &Interrupt) -> Result<()> {
        let movable = self.movable(content)?;
        let notes = [
            (MOVABLE, movable.join("\n")),
            (SOURCES, content.sources.to_owned()),
        ];
        for (name, text) in notes {
            self.file(&Path::new(NOTES).join(name), false, text.as_bytes())?;
        }
        for item in content.items {
            interrupt.check("saving a snapshot")?;
            let path = content.build.join(&item.path);
            let name = Path::new(TREE).join(&item.path);
            let data = fs::symlink_metadata(&path).on("look at", &path)?;
            if data.is_symlink() {
                let link = fs::read_link(&path).on("read link", &path)?;
                if !unpack::stays_inside(&item.path, &link) {
                    return Err(leads_out(&path, &link));
                }
                self.link(&name, &link)?;
                continue;
            }
            let is_program = crate::host::is_executable(&path);
            let is_movable = movable
                .binary_search_by(|known| Path::new(known).cmp(&item.path))
                .is_ok();
            let bytes = read(&path, data.len())?;
            if is_movable {
                let hidden = root_path::hide(&bytes, content.roots).unwrap_or(bytes);
                self.file(&name, is_program, &hidden)?;
            } else {
                self.file(&name, is_program, &bytes)?;
            }
        }
        // What was read must be one state of the directory: a make that ran meanwhile is noticed here.
        for item in content.items {
            let path = content.build.join(&item.path);
            if !fs::symlink_metadata(&path).is_ok_and(|data| Stamp::of(&data) == item.stamp) {
                return Err(changed(&path));
            }
        }
        Ok(())
    }

    /// The text files that hold the checkout's path, sorted by path.
    fn movable(&self, content: &Content<'_>) -> Result<Vec<String>> {
        let mut movable = Vec::new();
        for item in content.items {
            let path = content.build.join(&item.path);
            let data = fs::symlink_metadata(&path).on("look at", &path)?;
            let is_binary = path.extension().is_some_and(|extension| {
                ["o", "a", "so", "rlib", "rmeta"]
                    .iter()
                    .any(|known| extension == *known)
            });
            if !data.is_file() || is_binary || data.len() > root_path::MOST {
                continue;
            }
            let Some(name) = item.path.to_str().filter(|name| !name.contains('\n')) else {
                continue;
            };
            if root_path::hide(&read(&path, data.len())?, content.roots).is_some() {
                movable.push(name.to_owned());
            }
        }
        movable.sort_by(|one, other| Path::new(one).cmp(Path::new(other)));
        Ok(movable)
    }

    fn file(&mut self, name: &Path, is_program: bool, bytes: &[u8]) -> Result<()> {
        let mut header = header(tar::EntryType::Regular, bytes.len() as u64);
        header.set_mode(if is_program { 0o755 } else { 0o644 });
        self.entries += 1;
        self.unpacked += bytes.len() as u64;
        self.builder
            .append_data(&mut header, name, bytes)
            .on("write", self.to)
    }

    fn link(&mut self, name: &Path, to: &Path) -> Result<()> {
        let mut header = header(tar::EntryType::Symlink, 0);
        header.set_mode(0o777);
        self.entries += 1;
        self.builder
            .append_link(&mut header, name, to)
            .on("write", self.to)
    }
}

/// Nothing of the machine or the time: the same content is the same archive.
fn header(kind: tar::EntryType, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn read(path: &Path, expected: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .on("read", path)?;
    Ok(bytes)
}

fn leads_out(path: &Path, link: &Path) -> Error {
    Error::setup(
        "leads-out",
        format!(
            "`{}` leads out of the build directory: no other machine would have what it leads to",
            path.display()
        ),
    )
    .detail("to", link.display())
    .next("just build --clean, if that link is not the tree's own doing")
}

fn changed(path: &Path) -> Error {
    Error::new(
        Exit::Busy,
        "build-changed",
        format!(
            "the build changed while it was being saved: {}",
            path.display()
        ),
    )
    .next("sprint snapshot save")
}
