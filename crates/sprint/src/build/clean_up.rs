//! After a run that was killed in the middle of make, or whose disk was full: files that were being written at that moment
//! may be half there, newer than their sources, so that make would take them as they are.
//!
//! Everything that make wrote in the last seconds before the kill is removed; make does it again. What
//! is lost is at most that much work; what is won is that no half object ever gets into an interpreter.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::plan::corner;
use crate::error::{Error, IoContext, Result};

/// No single compile or link of CPython takes longer on a slow laptop.
const WINDOW: Duration = Duration::from_secs(30);

fn marker(directory: &Path) -> PathBuf {
    corner(directory).join("make-running")
}

/// Notes that make is about to run.
pub(super) fn begin(directory: &Path) -> Result<()> {
    let path = marker(directory);
    fs::write(&path, b"").on("write", &path)
}

/// Notes that make ended by itself, well or with an error in a source: no half files are left then.
pub(super) fn end(directory: &Path) -> Result<()> {
    let path = marker(directory);
    fs::remove_file(&path).on("remove", &path)
}

/// Removes what a killed make may have left half done. Returns how many files.
pub(super) fn after_kill(directory: &Path) -> Result<u64> {
    let path = marker(directory);
    let begun = match path.metadata().and_then(|data| data.modified()) {
        Ok(begun) => begun,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(Error::io("look at", &path, &error)),
    };
    let mut files = Vec::new();
    newer_than(directory, begun, &mut files)?;
    let newest = files
        .iter()
        .map(|(_, modified)| *modified)
        .max()
        .unwrap_or(begun);
    let mut removed = 0;
    for (file, modified) in files {
        if newest
            .duration_since(modified)
            .is_ok_and(|age| age <= WINDOW)
        {
            fs::remove_file(&file).on("remove", &file)?;
            removed += 1;
        }
    }
    end(directory)?;
    Ok(removed)
}

/// Regular files below `directory`, except the kit's own and cargo's (which cleans up after itself).
fn newer_than(
    directory: &Path,
    time: SystemTime,
    files: &mut Vec<(PathBuf, SystemTime)>,
) -> Result<()> {
    for entry in fs::read_dir(directory).on("list", directory)? {
        let entry = entry.on("list", directory)?;
        if entry.file_name() == ".sprint" || entry.file_name() == "target" {
            continue;
        }
        let path = entry.path();
        let data = entry.metadata().on("look at", &path)?;
        if data.is_dir() {
            newer_than(&path, time, files)?;
        } else if data.is_file() {
            let modified = data.modified().on("look at", &path)?;
            if modified >= time {
                files.push((path, modified));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_killed_make_wrote_last_goes() {
        let root = tempfile::tempdir().expect("dir");
        let directory = root.path();
        fs::create_dir(corner(directory)).expect("mkdir");
        let old = directory.join("Makefile");
        fs::write(&old, "all:").expect("write");
        let past = SystemTime::now() - Duration::from_secs(600);
        fs::File::options()
            .write(true)
            .open(&old)
            .and_then(|file| file.set_modified(past))
            .expect("set time");
        assert_eq!(after_kill(directory).expect("nothing was killed"), 0);
        begin(directory).expect("begin");
        fs::write(directory.join("half.o"), "ha").expect("write");
        assert_eq!(after_kill(directory).expect("clean up"), 1);
        assert!(old.exists() && !directory.join("half.o").exists());
        assert_eq!(after_kill(directory).expect("once is enough"), 0);
    }
}
