//! Which files changed: by looking at their times, several times a second.
//!
//! No file events: they do not come through on Windows drives under WSL, on network file systems and on
//! many container mounts, so looking would be needed anyway; and it is cheap, since the modules are a few
//! dozen files (a look takes well under a millisecond), while the crate that receives events would be
//! compiled by every newcomer (docs/performance.md).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often to look.
pub const EVERY: Duration = Duration::from_millis(300);

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

/// The state of all files below some directories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<PathBuf, Stamp>);

impl Snapshot {
    /// Looks now. What cannot be read just now (an editor is replacing it) is not in it.
    pub fn take(directories: &[PathBuf]) -> Self {
        let mut files = BTreeMap::new();
        for directory in directories {
            collect(directory, &mut files);
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

fn collect(directory: &Path, files: &mut BTreeMap<PathBuf, Stamp>) {
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
            collect(&entry.path(), files);
        } else if data.is_file() {
            let stamp = Stamp {
                modified: data.modified().ok(),
                length: data.len(),
            };
            files.insert(entry.path(), stamp);
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
}
