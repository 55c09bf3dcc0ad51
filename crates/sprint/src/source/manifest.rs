//! What a tree's files are: path, size, time, digest. A file whose size and time are as recorded
//! is taken as unchanged; every other one is read.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::atomic;
use crate::error::{Error, IoContext, Result};
use crate::hash;

/// One file, or one symbolic link (whose "content" is what it points to).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) size: u64,
    /// Nanoseconds since 1970; 0 where a snapshot of another machine recorded it: then the file is read.
    pub(super) modified: u128,
    pub(super) sha256: String,
}

/// All files of a tree, by path relative to its root.
pub(super) type Manifest = BTreeMap<String, Entry>;

/// How a tree differs from a manifest: paths with their new digest, or `None` for deleted ones.
pub(super) type Differences = BTreeMap<String, Option<String>>;

/// Reads every file of a tree that `known` does not already vouch for.
pub(super) fn scan(root: &Path, known: &Manifest) -> Result<Manifest> {
    let mut manifest = Manifest::new();
    let mut unread = Vec::new();
    walk(root, Path::new(""), &mut |relative, size, modified| {
        match known.get(relative) {
            Some(entry) if entry.size == size && entry.modified == modified => {
                manifest.insert(relative.to_owned(), entry.clone());
            }
            _ => unread.push((relative.to_owned(), size, modified)),
        }
        Ok(())
    })?;
    let digests = digests(root, &unread)?;
    let read = unread.into_iter().zip(digests);
    manifest.extend(read.map(|((relative, size, modified), sha256)| {
        let entry = Entry {
            size,
            modified,
            sha256,
        };
        (relative, entry)
    }));
    Ok(manifest)
}

/// The digests of these files, in their order. Read by as many threads as there are processors: a whole tree of CPython
/// is 100 MB in five thousand files.
fn digests(root: &Path, files: &[(String, u64, u128)]) -> Result<Vec<String>> {
    const LEAST: usize = 64;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let at_once = files.len().div_ceil(threads).max(LEAST);
    std::thread::scope(|scope| {
        let parts: Vec<_> = files
            .chunks(at_once)
            .map(|part| {
                scope.spawn(move || -> Result<Vec<String>> {
                    part.iter()
                        .map(|(relative, _, _)| digest(&root.join(relative)))
                        .collect()
                })
            })
            .collect();
        let mut all = Vec::with_capacity(files.len());
        for part in parts {
            let part = part.join();
            all.extend(part.unwrap_or_else(|_| Err(Error::bug("reading a tree panicked")))?);
        }
        Ok(all)
    })
}

/// The same files again, with their times of now and the digests they are known by.
pub(super) fn scan_by_content(root: &Path, known: &Manifest) -> Result<Manifest> {
    let mut manifest = Manifest::new();
    walk(root, Path::new(""), &mut |relative, size, modified| {
        if let Some(entry) = known.get(relative).filter(|entry| entry.size == size) {
            let sha256 = entry.sha256.clone();
            let entry = Entry {
                size,
                modified,
                sha256,
            };
            manifest.insert(relative.to_owned(), entry);
        }
        Ok(())
    })?;
    Ok(manifest)
}

/// What differs in content. Files that were only touched do not count.
pub(super) fn differences(root: &Path, recorded: &Manifest) -> Result<Differences> {
    let mut differences = Differences::new();
    let mut seen = 0;
    walk(root, Path::new(""), &mut |relative, size, modified| {
        match recorded.get(relative) {
            Some(entry) => {
                seen += 1;
                if entry.size == size && entry.modified == modified {
                    return Ok(());
                }
                let sha256 = digest(&root.join(relative))?;
                if sha256 != entry.sha256 {
                    differences.insert(relative.to_owned(), Some(sha256));
                }
            }
            None => {
                differences.insert(relative.to_owned(), Some(digest(&root.join(relative))?));
            }
        }
        Ok(())
    })?;
    if seen != recorded.len() {
        for path in recorded
            .keys()
            .filter(|path| fs::symlink_metadata(root.join(path)).is_err())
        {
            differences.insert(path.clone(), None);
        }
    }
    Ok(differences)
}

/// Reads a manifest file; `None` where there is none.
pub(super) fn load(path: &Path) -> Result<Option<Manifest>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path, &error)),
    };
    // A manifest that cannot be read is no manifest: the caller makes it again.
    Ok(parse(&text))
}

/// Reads a manifest file's text; `None` if it is none.
pub(super) fn parse(text: &str) -> Option<Manifest> {
    let entries = text.lines().map(|line| {
        let mut fields = line.splitn(4, ' ');
        let (sha256, size, modified, path) = (
            fields.next()?,
            fields.next()?,
            fields.next()?,
            fields.next()?,
        );
        let entry = Entry {
            size: size.parse().ok()?,
            modified: modified.parse().ok()?,
            sha256: sha256.to_owned(),
        };
        Some((path.to_owned(), entry))
    });
    entries.collect()
}

/// Writes a manifest file.
pub(super) fn save(path: &Path, manifest: &Manifest) -> Result<()> {
    atomic::write(path, text(manifest).as_bytes())
}

/// A manifest as text, a line per file.
pub(super) fn text(manifest: &Manifest) -> String {
    let mut text = String::new();
    for (name, entry) in manifest {
        text.push_str(&format!(
            "{} {} {} {name}\n",
            entry.sha256, entry.size, entry.modified
        ));
    }
    text
}

/// Calls `visit` with relative path, size and modification time (ns) of every file, in no special order.
/// Python's byte code, version control and what cargo leaves beside a manifest are not part of a tree's content.
fn walk(
    root: &Path,
    below: &Path,
    visit: &mut dyn FnMut(&str, u64, u128) -> Result<()>,
) -> Result<()> {
    let directory = root.join(below);
    for entry in fs::read_dir(&directory).on("list", &directory)? {
        let entry = entry.on("list", &directory)?;
        let name = entry.file_name();
        if name == "__pycache__" || name == ".git" || name.as_encoded_bytes().ends_with(b".pyc") {
            continue;
        }
        let relative: PathBuf = below.join(&name);
        let data = entry.metadata().on("look at", &entry.path())?;
        if data.is_dir() {
            if name == "target" && root.join(below).join("Cargo.toml").is_file() {
                continue;
            }
            walk(root, &relative, visit)?;
        } else {
            let modified = data
                .modified()
                .ok()
                .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            visit(
                &relative.to_string_lossy(),
                data.len(),
                modified.map_or(0, |time| time.as_nanos()),
            )?;
        }
    }
    Ok(())
}

fn digest(path: &Path) -> Result<String> {
    let data = fs::symlink_metadata(path).on("look at", path)?;
    if data.is_symlink() {
        let to = fs::read_link(path).on("read link", path)?;
        return Ok(hash::of_bytes(to.as_os_str().as_encoded_bytes()));
    }
    if !data.is_file() {
        return Ok("special".to_owned());
    }
    hash::of_file(path).on("read", path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(root.path().join("Lib")).expect("mkdir");
        fs::write(root.path().join("Lib/a.py"), "one").expect("write");
        fs::write(root.path().join("b.c"), "two").expect("write");
        root
    }

    #[test]
    fn only_content_counts() {
        let root = tree();
        let recorded = scan(root.path(), &Manifest::new()).expect("scan");
        fs::write(root.path().join("b.c"), "two").expect("touch");
        fs::create_dir(root.path().join("Lib/__pycache__")).expect("mkdir");
        fs::write(root.path().join("Lib/__pycache__/a.pyc"), "code").expect("write");
        assert_eq!(
            differences(root.path(), &recorded).expect("compare"),
            Differences::new()
        );
    }

    #[test]
    fn changed_added_and_deleted_files_are_found() {
        let root = tree();
        let recorded = scan(root.path(), &Manifest::new()).expect("scan");
        fs::write(root.path().join("b.c"), "TWO").expect("edit");
        fs::write(root.path().join("Lib/new.py"), "three").expect("add");
        fs::remove_file(root.path().join("Lib/a.py")).expect("delete");
        let found = differences(root.path(), &recorded).expect("compare");
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            ["Lib/a.py", "Lib/new.py", "b.c"]
        );
        assert_eq!(found["Lib/a.py"], None);
    }

    #[test]
    fn a_manifest_survives_and_a_broken_one_is_none() {
        let root = tree();
        let recorded = scan(root.path(), &Manifest::new()).expect("scan");
        let file = root.path().join("manifest");
        save(&file, &recorded).expect("save");
        assert_eq!(load(&file).expect("load"), Some(recorded));
        fs::write(&file, "garbage\n").expect("break it");
        assert_eq!(load(&file).expect("load"), None);
    }
}
