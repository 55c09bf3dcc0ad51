//! Which files changed: by looking at their times, several times a second, and at the content where a time is new.
//! The content decides: builds themselves set times (`source/times.rs`), and nobody wants a run for that.
//!
//! No file events: they do not come through on Windows drives under WSL, on network file systems and on
//! many container mounts, so looking would be needed anyway; and it is cheap, since the modules are a few
//! dozen files (a look takes well under a millisecond), while the crate that receives events would be
//! compiled by every newcomer (docs/performance.md).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::hash;

/// How often to look.
pub const EVERY: Duration = Duration::from_millis(300);

/// A time that young may be that of two states: file systems count in steps.
const STEP: Duration = Duration::from_secs(2);

/// One state of a file.
#[derive(Clone, Debug)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    sha256: String,
}

impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for Stamp {}

impl Stamp {
    /// Looks at a file; `known` spares reading it. `None` if it cannot be read.
    fn of(path: &Path, data: &fs::Metadata, known: Option<&Self>) -> Option<Self> {
        let (modified, length) = (data.modified().ok(), data.len());
        let is_old = modified
            .and_then(|time| time.elapsed().ok())
            .is_some_and(|age| age > STEP);
        let sha256 = match known {
            Some(known) if is_old && known.modified == modified && known.length == length => {
                known.sha256.clone()
            }
            _ => hash::of_file(path).ok()?,
        };
        Some(Self {
            modified,
            length,
            sha256,
        })
    }
}

/// The state of all files below some directories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<PathBuf, Stamp>);

impl Snapshot {
    /// Looks now. What cannot be read just now (an editor is replacing it) is not in it.
    pub fn take(directories: &[PathBuf]) -> Self {
        Self::default().again(directories)
    }

    /// Looks again; reads only what has another time than in this one.
    #[must_use]
    pub fn again(&self, directories: &[PathBuf]) -> Self {
        let mut files = BTreeMap::new();
        for directory in directories {
            collect(directory, &self.0, &mut files);
        }
        Self(files)
    }

    /// The files that are new, gone or different in `later`.
    pub fn changed(&self, later: &Self) -> Vec<PathBuf> {
        let mut changed: Vec<PathBuf> = later
            .0
            .iter()
            .filter(|(path, stamp)| self.0.get(*path) != Some(stamp))
            .map(|(path, _)| path.clone())
            .collect();
        changed.extend(
            self.0
                .keys()
                .filter(|path| !later.0.contains_key(*path))
                .cloned(),
        );
        changed.sort();
        changed
    }
}

fn collect(
    directory: &Path,
    known: &BTreeMap<PathBuf, Stamp>,
    files: &mut BTreeMap<PathBuf, Stamp>,
) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if is_noise(&name.to_string_lossy()) {
            continue;
        }
        // Links are not followed: one to a directory above would never end.
        let Ok(data) = entry.metadata() else { continue };
        if data.is_dir() {
            collect(&entry.path(), known, files);
        } else if data.is_file() {
            let path = entry.path();
            if let Some(stamp) = Stamp::of(&path, &data, known.get(&path)) {
                files.insert(path, stamp);
            }
        }
    }
}

/// What builds, tests and editors write beside sources.
pub(crate) fn is_noise(name: &str) -> bool {
    matches!(name, "target" | "__pycache__" | ".git" | "4913")
        || name.starts_with(".#")
        || name.starts_with('#')
        || name.ends_with('~')
        || [".swp", ".swx", ".tmp", ".pyc"]
            .iter()
            .any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_seen_and_noise_is_not() {
        let root = tempfile::tempdir().expect("dir");
        let path = |name: &str| root.path().join(name);
        fs::create_dir(path("src")).expect("mkdir");
        fs::create_dir(path("__pycache__")).expect("mkdir");
        fs::write(path("src/lib.rs"), "one").expect("write");
        fs::write(path("gone.py"), "one").expect("write");
        let directories = [root.path().to_owned()];
        let before = Snapshot::take(&directories);
        assert_eq!(
            before.changed(&Snapshot::take(&directories)),
            Vec::<PathBuf>::new()
        );

        fs::write(path("src/lib.rs"), "three").expect("write");
        fs::write(path("src/new.rs"), "").expect("write");
        fs::remove_file(path("gone.py")).expect("remove");
        for noise in [
            "__pycache__/a.pyc",
            "src/.lib.rs.swp",
            "src/lib.rs~",
            "4913",
        ] {
            fs::write(path(noise), "noise").expect("write");
        }
        assert_eq!(
            before.changed(&Snapshot::take(&directories)),
            [path("gone.py"), path("src/lib.rs"), path("src/new.rs")]
        );
    }

    #[test]
    fn content_decides_and_not_the_time() {
        let root = tempfile::tempdir().expect("dir");
        let file = root.path().join("lib.rs");
        let directories = [root.path().to_owned()];
        let set = |content: &str, time: SystemTime| {
            fs::write(&file, content).expect("write");
            fs::File::options()
                .append(true)
                .open(&file)
                .and_then(|file| file.set_modified(time))
                .expect("set the time");
        };
        let old = SystemTime::now() - Duration::from_secs(1000);
        set("one", old);
        let before = Snapshot::take(&directories);
        set("one", old + Duration::from_secs(500));
        let touched = before.again(&directories);
        assert_eq!(before.changed(&touched), Vec::<PathBuf>::new());
        assert_eq!(before, touched);
        set("two", old + Duration::from_secs(600));
        assert_eq!(before.changed(&touched.again(&directories)), [file]);
    }
}
