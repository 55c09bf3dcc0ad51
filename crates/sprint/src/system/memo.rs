//! Answers about this machine, kept together with the files they were seen in.
//!
//! A file counts as the same while its size, inode, time of modification *and* time of change are the
//! same: package managers and `cp -p` set the former time to what they like, the latter nobody can set.
//! A directory's times tell that a file appeared in it or went.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::atomic;
use crate::build::Inputs;
use crate::error::{Error, IoContext, Result};
use crate::hash;
use crate::host::Host;

/// Size, inode, modification and change time (ns). `None`: there is no such file.
type Stamp = Option<(u64, u64, i128, i128)>;

/// A file's identity and, where it was read, the digest of its content.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Witness {
    stamp: Stamp,
    sha256: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Memo {
    inputs: Inputs,
    witnesses: BTreeMap<PathBuf, Witness>,
}

/// Looks at files, and takes note of each.
#[derive(Debug, Default)]
pub(super) struct Looker {
    former: BTreeMap<PathBuf, Witness>,
    witnesses: BTreeMap<PathBuf, Witness>,
}

impl Looker {
    /// The answer depends on this file or directory being as it is, or on its absence.
    pub(super) fn watch(&mut self, path: &Path) {
        if !self.witnesses.contains_key(path) {
            let witness = Witness {
                stamp: stamp(path),
                sha256: None,
            };
            self.witnesses.insert(path.to_owned(), witness);
        }
    }

    /// Digest of a file's content; `None` if it cannot be read.
    pub(super) fn content(&mut self, path: &Path) -> Option<String> {
        if let Some(known) = self
            .witnesses
            .get(path)
            .and_then(|seen| seen.sha256.clone())
        {
            return Some(known);
        }
        // The time first: a file changed while it is read is then seen as changed.
        let stamp = stamp(path);
        let known = self.former.get(path).filter(|former| former.stamp == stamp);
        let sha256 = match known.and_then(|former| former.sha256.clone()) {
            Some(known) => Some(known),
            None => stamp.and_then(|_| hash::of_file(path).ok()),
        };
        let witness = Witness {
            stamp,
            sha256: sha256.clone(),
        };
        self.witnesses.insert(path.to_owned(), witness);
        sha256
    }
}

/// The answer to a question (named by its digest), from the last time if nothing it was seen in has changed.
pub(super) fn remembered(
    host: &Host,
    root: &Path,
    question: &str,
    look: impl FnOnce(&mut Looker) -> Result<Inputs>,
) -> Result<Inputs> {
    let name = format!("{}.json", &question[..32]);
    let files = directories(host, root)
        .into_iter()
        .map(|place| place.join(&name));
    let files: Vec<PathBuf> = files.collect();
    // One that cannot be read counts as none: the question is asked again.
    let memo: Option<Memo> = files
        .iter()
        .find_map(|file| std::fs::read(file).ok())
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let former = match memo {
        Some(memo)
            if memo
                .witnesses
                .iter()
                .all(|(path, seen)| seen.stamp == stamp(path)) =>
        {
            return Ok(memo.inputs);
        }
        Some(memo) => memo.witnesses,
        None => BTreeMap::new(),
    };
    let mut looker = Looker {
        former,
        witnesses: BTreeMap::new(),
    };
    let inputs = look(&mut looker)?;
    let memo = Memo {
        inputs: inputs.clone(),
        witnesses: looker.witnesses,
    };
    if let Ok(bytes) = serde_json::to_vec(&memo) {
        // Where nothing can be kept, the next run looks again.
        let _ = files.iter().any(|file| atomic::write(file, &bytes).is_ok());
    }
    Ok(inputs)
}

/// Where answers are kept, best first: with the person, for all clones; in the repository where there is no home, or
/// none that may be written.
fn directories(host: &Host, root: &Path) -> Vec<PathBuf> {
    let places = [host.user_cache(), Some(root.join("build/state"))];
    places
        .into_iter()
        .flatten()
        .map(|place| place.join("machine"))
        .collect()
}

/// A file for a compiler to read, for as long as the question takes, where one can be written.
pub(super) fn scratch_file(host: &Host, root: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let mut failure = Error::bug("there is no place for a scratch file");
    for directory in directories(host, root) {
        let file = atomic::beside(&directory.join(name));
        let written = std::fs::create_dir_all(&directory)
            .on("create directory", &directory)
            .and_then(|()| std::fs::write(&file, text).on("write", &file));
        match written {
            Ok(()) => return Ok(file),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn stamp(path: &Path) -> Stamp {
    let data = std::fs::metadata(path).ok()?;
    let time = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    // A directory's size says nothing that its times do not.
    let size = if data.is_dir() { 0 } else { data.len() };
    Some((
        size,
        data.ino(),
        time(data.mtime(), data.mtime_nsec()),
        time(data.ctime(), data.ctime_nsec()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_question_is_asked_again_only_when_a_witness_has_changed() {
        let home = tempfile::tempdir().expect("dir");
        let host = Host::with_env(BTreeMap::from([(
            "HOME".to_owned(),
            home.path().to_string_lossy().into_owned(),
        )]));
        let (file, absent) = (home.path().join("a.h"), home.path().join("b.h"));
        std::fs::write(&file, "one").expect("write");
        let asked = Cell::new(0);
        let ask = || {
            remembered(&host, home.path(), &"0".repeat(64), |looker| {
                asked.set(asked.get() + 1);
                looker.watch(&absent);
                Ok(Inputs::new().with("a", looker.content(&file).unwrap_or_default()))
            })
            .expect("answer")
        };
        let first = ask();
        assert_eq!(ask(), first);
        assert_eq!(asked.get(), 1);
        std::fs::write(&absent, "there now").expect("write");
        assert_eq!(ask(), first);
        assert_eq!(asked.get(), 2);

        // Other content under the old size and time: the time of change gives it away.
        let old = std::fs::metadata(&file)
            .expect("there")
            .modified()
            .expect("time");
        std::fs::write(&file, "two").expect("write");
        let open = std::fs::File::options()
            .write(true)
            .open(&file)
            .expect("open");
        open.set_modified(old).expect("set");
        assert_ne!(ask(), first);
        assert_eq!(asked.get(), 3);
    }
}
