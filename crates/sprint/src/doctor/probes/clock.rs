//! make compares times: a clock that jumps, or files from the future, make it build everything or nothing.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Repair, Seen, Severity};
use crate::doctor::text::Text;

/// Clocks of file servers are often off by less than this.
const TOLERANCE: Duration = Duration::from_secs(2);

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let now = SystemTime::now();
    if let Some(skew) = skew(bench, now) {
        seen.finding(
            Finding::new(
                "clock-skew",
                Severity::Warning,
                Text::new("a file that was just written is ")
                    .number(skew.as_secs())
                    .say(" s away from this machine's clock"),
                "less than 2 s: make compares times of files",
            )
            .fix("synchronise the clock of this machine, or of its file server"),
        );
    }
    let future = from_the_future(bench, now);
    if let Some(first) = future.first() {
        seen.finding(
            Finding::new(
                "files-from-the-future",
                Severity::Warning,
                Text::default()
                    .number(future.len() as u64)
                    .say(" files are newer than now, for example ")
                    .private(first.to_string_lossy()),
                "none: what depends on them is built again in every run",
            )
            .fix("just doctor --fix")
            .repair(Repair::Touch(future)),
        );
    }
    seen
}

fn skew(bench: &Bench<'_>, now: SystemTime) -> Option<Duration> {
    let build = bench.root.join("build");
    let directory = if build.is_dir() {
        build
    } else {
        bench.root.to_owned()
    };
    let path = directory.join(format!(".sprint-clock-{}", std::process::id()));
    // A checkout that cannot be written has a finding of its own.
    fs::write(&path, b"").ok()?;
    let written = fs::metadata(&path).and_then(|data| data.modified());
    let removed = fs::remove_file(&path);
    let written = written.ok()?;
    removed.ok()?;
    let away = match written.duration_since(now) {
        Ok(later) => later,
        Err(earlier) => earlier.duration(),
    };
    (away > TOLERANCE).then_some(away)
}

/// Files that make or cargo compare with: the top of the checkout, of the modules and of the source.
fn from_the_future(bench: &Bench<'_>, now: SystemTime) -> Vec<PathBuf> {
    let mut directories = vec![bench.root.to_owned(), bench.root.join("modules")];
    if let Some(pins) = bench.pins
        && let Ok(glance) = crate::source::glance(bench.root, pins)
    {
        directories.push(glance.root.join("Include"));
        directories.push(glance.root.join("Objects"));
    }
    let mut future = Vec::new();
    for directory in directories {
        let Ok(entries) = fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries.flatten() {
            let Ok(data) = entry.metadata() else { continue };
            let is_future = data.modified().is_ok_and(|time| {
                time.duration_since(now)
                    .is_ok_and(|ahead| ahead > TOLERANCE)
            });
            if data.is_file() && is_future {
                future.push(entry.path());
            }
        }
    }
    future.sort();
    future
}
