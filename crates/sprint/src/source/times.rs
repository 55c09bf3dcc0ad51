//! Makes the times of a tree's files say what their content says.
//!
//! make and cargo compare times, and times lie: a file put back from a copy, a stash or a branch can be other than
//! the one an object was made from, and older than that object. So a build keeps, in [`Seen`], the content it was
//! made from; before the next one, [`settle`] compares *content* with it and gives every file that is not
//! the same a time of now. A restored snapshot needs the opposite too: its unchanged sources must be older
//! than its objects, which a fresh clone's are not.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::manifest::{self, Manifest};
use crate::error::{IoContext, Result};

/// The content that a build was made from: path, size, time and digest of every file of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(Manifest);

/// How a tree differs from what was seen: paths below its root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Other content.
    pub changed: Vec<String>,
    /// Not seen then.
    pub added: Vec<String>,
    /// Gone. make and cargo notice by themselves.
    pub deleted: Vec<String>,
}

impl Settled {
    /// Is the tree as it was seen?
    pub fn is_clean(&self) -> bool {
        self.changed.is_empty() && self.added.is_empty() && self.deleted.is_empty()
    }
}

impl Seen {
    /// Looks at a tree. Files with size and time as in `known` are not read again.
    pub fn look(tree: &Path, known: &Self) -> Result<Self> {
        manifest::scan(tree, &known.0).map(Self)
    }

    /// Reads one that was saved; `None` where there is none, or none that can be read.
    pub fn load(file: &Path) -> Result<Option<Self>> {
        Ok(manifest::load(file)?.map(Self))
    }

    /// As text; `None` if a path in it cannot be part of a line.
    pub fn to_text(&self) -> Option<String> {
        let text = manifest::text(&self.0);
        (manifest::parse(&text).as_ref() == Some(&self.0)).then_some(text)
    }

    /// From text.
    pub fn parse(text: &str) -> Option<Self> {
        manifest::parse(text).map(Self)
    }

    /// The same without times: another machine's tell nothing, and must not vouch for a file here.
    #[must_use]
    pub fn timeless(mut self) -> Self {
        for entry in self.0.values_mut() {
            entry.modified = 0;
        }
        self
    }

    /// Writes it.
    pub fn save(&self, file: &Path) -> Result<()> {
        manifest::save(file, &self.0)
    }

    /// Digest of a file's content, by its path below the tree's root.
    pub fn sha256(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(|entry| entry.sha256.as_str())
    }
}

/// Compares a tree with what a build has seen, by content, and sets times: changed and added files get the time of
/// now (or a moment after `objects`, where that is later: another machine's clock may be ahead). With `objects`, the
/// time of the oldest and the newest built file of a restored build, unchanged files that are not older than
/// the oldest get a time a moment before it.
///
/// Returns how the tree differs, and what is seen now: the caller saves that once a build is about to be made from it.
pub fn settle(
    tree: &Path,
    seen: &Seen,
    objects: Option<(SystemTime, SystemTime)>,
) -> Result<(Settled, Seen)> {
    const MOMENT: Duration = Duration::from_secs(1);
    let mut settled = Settled::default();
    let now = SystemTime::now();
    let after = objects.map_or(now, |(_, newest)| now.max(newest + MOMENT));
    let before = objects.map(|(oldest, _)| oldest - MOMENT);
    let present = manifest::scan(tree, &seen.0)?;
    for (path, entry) in &present {
        let file = tree.join(path);
        match seen.0.get(path) {
            Some(former) if former.sha256 == entry.sha256 => {
                let Some(before) = before else { continue };
                let data = fs::symlink_metadata(&file).on("look at", &file)?;
                if data.modified().on("look at", &file)? >= before {
                    set(&file, before)?;
                }
            }
            Some(_) => {
                set(&file, after)?;
                settled.changed.push(path.clone());
            }
            None => {
                set(&file, after)?;
                settled.added.push(path.clone());
            }
        }
    }
    let gone = seen.0.keys().filter(|path| !present.contains_key(*path));
    settled.deleted.extend(gone.cloned());
    // With the times that were just set.
    let now_seen = match settled.is_clean() && before.is_none() {
        true => present,
        false => manifest::scan_by_content(tree, &present)?,
    };
    Ok((settled, Seen(now_seen)))
}

/// [`settle`] before a build where an earlier one was made; a first look where there was none.
pub fn settle_or_look(tree: &Path, seen: Option<&Seen>) -> Result<(Settled, Seen)> {
    match seen {
        Some(seen) => settle(tree, seen, None),
        None => Ok((Settled::default(), Seen::look(tree, &Seen::default())?)),
    }
}

/// Sets a file's time of modification. A link's own time decides nothing: make looks at what it leads to.
fn set(file: &Path, time: SystemTime) -> Result<()> {
    if !fs::symlink_metadata(file).on("look at", file)?.is_file() {
        return Ok(());
    }
    // Reading is enough to set a time for the owner; a file that may not be written stays so.
    File::open(file)
        .and_then(|open| open.set_modified(time))
        .on("set the time of", file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn modified(file: &Path) -> SystemTime {
        fs::metadata(file).expect("there").modified().expect("time")
    }

    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().expect("dir");
        for (name, text) in [("a.c", "one"), ("b.c", "two"), ("h.h", "three")] {
            fs::write(tree.path().join(name), text).expect("write");
        }
        tree
    }

    #[test]
    fn a_file_put_back_with_its_old_time_is_built_again() {
        let tree = tree();
        let at = |name: &str| tree.path().join(name);
        let build = tempfile::tempdir().expect("dir");
        let source = at("a.c");
        let rule = format!("a.o: {0}\n\tcp {0} a.o\n", source.display());
        fs::write(build.path().join("Makefile"), rule).expect("write");
        let make = || {
            let output = Command::new("make").current_dir(build.path()).output();
            assert!(output.expect("make runs").status.success());
            fs::read_to_string(build.path().join("a.o")).expect("built")
        };
        let original = modified(&at("a.c"));
        fs::write(at("a.c"), "edited").expect("edit");
        let (_, seen) = settle(tree.path(), &Seen::default(), None).expect("settle");
        assert_eq!(make(), "edited");

        fs::write(at("a.c"), "one").expect("put back");
        set(&at("a.c"), original - Duration::from_secs(60)).expect("set");
        assert_eq!(make(), "edited", "make alone is taken in");
        let (settled, _) = settle(tree.path(), &seen, None).expect("settle");
        assert_eq!(settled.changed, ["a.c"]);
        assert_eq!(make(), "one");
    }

    #[test]
    fn a_restored_build_is_newer_than_what_it_was_made_from_and_older_than_edits() {
        let tree = tree();
        let at = |name: &str| tree.path().join(name);
        let seen = Seen::look(tree.path(), &Seen::default()).expect("look");
        fs::write(at("b.c"), "edited").expect("edit");
        fs::write(at("new.c"), "four").expect("add");
        fs::remove_file(at("h.h")).expect("delete");
        // Objects of a machine whose clock is an hour ahead.
        let oldest = SystemTime::now() + Duration::from_secs(3600);
        let newest = oldest + Duration::from_secs(60);
        let (settled, now) = settle(tree.path(), &seen, Some((oldest, newest))).expect("settle");
        assert_eq!(settled.changed, ["b.c"]);
        assert_eq!(settled.added, ["new.c"]);
        assert_eq!(settled.deleted, ["h.h"]);
        assert!(modified(&at("a.c")) < oldest);
        assert!(modified(&at("b.c")) > newest && modified(&at("new.c")) > newest);
        let (again, _) = settle(tree.path(), &now, None).expect("settle");
        assert!(again.is_clean());
    }
}
