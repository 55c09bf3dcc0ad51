//! A snapshot into a build directory.
//!
//! Restoring never hides an edit: every restored file gets one time, a little in the past, and with them comes the
//! record of the sources they were made from. What differs from it in content is made newer than that time and what
//! does not is made older (`source/times.rs`), however their times were before; the record then stays, so that the
//! next make does the same for what was edited meanwhile.
//!
//! The directory appears whole or not at all: it is filled under another name beside its place, then renamed. A run
//! that is killed before leaves such a directory; the next one, which holds the lock, removes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::find::{self, Found};
use super::included;
use super::save::zstd;
use super::unpack::{self, Destination};
use crate::build::{self, BuildPlan, StepId};
use crate::count;
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::source::times::{self, Seen};

/// What restoring needs.
#[derive(Clone, Copy, Debug)]
pub struct Restoring<'a> {
    /// The repository.
    pub root: &'a Path,
    /// The machine.
    pub host: &'a Host,
    /// The build. The caller holds its lock.
    pub plan: &'a BuildPlan,
}

/// Puts what was found in the place of the build directory, whatever is there.
pub fn restore(
    what: &Restoring<'_>,
    found: &Found,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<()> {
    let Restoring { host, plan, .. } = *what;
    zstd(host)?;
    if !is_for(plan, found) {
        return Err(Error::setup(
            "other-place",
            "the snapshot's source lies elsewhere, as its build directory sees it",
        )
        .detail("there", &found.manifest.source.seen_as)
        .detail("here", plan.source_seen().display())
        .next("just build"));
    }
    clear(plan, "restoring")?;
    let beside = beside(plan, "fetched")?;
    let (archive, is_ours) = find::content(host, found, &beside, progress, interrupt)?;
    let result = unpack::check(&archive, &found.manifest.archive)
        .and_then(|()| fill(what, found, &archive, progress, interrupt));
    if is_ours {
        let _ = fs::remove_file(&archive);
    }
    result
}

/// Was it built from a tree in the same place, as the build directory sees it?
pub fn is_for(plan: &BuildPlan, found: &Found) -> bool {
    plan.source_seen() == Path::new(&found.manifest.source.seen_as)
}

fn fill(
    what: &Restoring<'_>,
    found: &Found,
    archive: &Path,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<()> {
    let plan = what.plan;
    let temporary = beside(plan, "restoring")?;
    fs::create_dir_all(&temporary).on("create directory", &temporary)?;
    let result = fill_temporary(what, found, archive, &temporary, progress, interrupt)
        .and_then(|()| put_in_place(plan, &temporary));
    if result.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    result
}

fn fill_temporary(
    what: &Restoring<'_>,
    found: &Found,
    archive: &Path,
    temporary: &Path,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<()> {
    let Restoring { root, host, plan } = *what;
    let time = time();
    let destination = Destination {
        directory: temporary,
        root: &root.to_string_lossy(),
        time,
    };
    let manifest = &found.manifest;
    let text = unpack::unpack(
        &zstd(host)?,
        archive,
        &manifest.archive,
        &destination,
        interrupt,
    )?;
    let seen = Seen::parse(&text).ok_or_else(|| {
        Error::new(
            Exit::Integrity,
            "broken-snapshot",
            "the snapshot's record of its sources cannot be read",
        )
        .next("sprint snapshot prune, then: just build")
    })?;
    let objects = Some((time, time));
    let (settled, now) = times::settle(&plan.source.root, &seen.timeless(), objects)?;
    let removed = included::remove_unknown(temporary, &settled)?;
    if removed > 0 {
        progress.say(&format!(
            "headers differ that no rule of the Makefile names: {} to compile again",
            count::count(removed, "file")
        ));
    }
    let file = plan.seen(StepId::Make);
    let file = file.strip_prefix(&plan.directory).unwrap_or(&file);
    now.save(&temporary.join(file))?;
    build::mark_restored(plan, temporary, &manifest.key, &manifest.steps)
}

/// The time of every restored file: older than any edit that is yet to come, in whole seconds, since not every file
/// system keeps more.
fn time() -> SystemTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    UNIX_EPOCH + Duration::from_secs(now.map_or(0, |now| now.as_secs().saturating_sub(2)))
}

/// A name beside the build directory, which only who holds its lock uses.
fn beside(plan: &BuildPlan, what: &str) -> Result<PathBuf> {
    let name = plan
        .directory
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let directory = plan.directory.with_file_name(format!(".{name}.{what}"));
    if let Some(parent) = directory.parent() {
        fs::create_dir_all(parent).on("create directory", parent)?;
    }
    Ok(directory)
}

/// Removes what a killed run left.
fn clear(plan: &BuildPlan, what: &str) -> Result<()> {
    let directory = beside(plan, what)?;
    build::wipe(&directory)?;
    build::wipe(&beside(plan, "replaced")?)
}

fn put_in_place(plan: &BuildPlan, temporary: &Path) -> Result<()> {
    let replaced = beside(plan, "replaced")?;
    match fs::rename(&plan.directory, &replaced) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::io("rename", &plan.directory, &error));
        }
        _ => {}
    }
    fs::rename(temporary, &plan.directory).on("rename", temporary)?;
    build::wipe(&replaced)
}
