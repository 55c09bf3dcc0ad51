//! A NEWS entry as CPython's `blurb` files it under `Misc/NEWS.d/next/`.

use std::time::{SystemTime, UNIX_EPOCH};

use super::task::Task;
use crate::hash;

/// CPython's sections.
pub(super) const SECTIONS: [&str; 11] = [
    "Security",
    "Core and Builtins",
    "Library",
    "Documentation",
    "Tests",
    "Build",
    "Windows",
    "macOS",
    "IDLE",
    "Tools/Demos",
    "C API",
];

/// A file to be added in CPython's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsEntry {
    /// Relative to the tree's root.
    pub path: String,
    /// What it says.
    pub text: String,
    /// The number of an issue at python/cpython is in the path.
    pub has_issue: bool,
}

impl NewsEntry {
    /// The entry of a task, filed at `now`; `None` where Python's users notice nothing.
    pub fn of(task: &Task, now: SystemTime) -> Option<Self> {
        let news = task.news.as_ref()?;
        let text = format!("{}\n", news.text);
        let issue = task
            .upstream
            .iter()
            .find_map(|link| link.text.strip_prefix("cpython#"));
        let directory = news.section.replace('/', "-").replace(' ', "_");
        let nonce = &hash::of_bytes(text.as_bytes())[..6];
        Some(Self {
            path: format!(
                "Misc/NEWS.d/next/{directory}/{}.gh-issue-{}.{nonce}.rst",
                stamp(now),
                issue.unwrap_or("NNNNNN")
            ),
            text,
            has_issue: issue.is_some(),
        })
    }
}

/// `2026-10-05-14-07-00`, in UTC.
fn stamp(now: SystemTime) -> String {
    let seconds = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    format!(
        "{year:04}-{month:02}-{day:02}-{:02}-{:02}-{:02}",
        rest / 3600,
        rest % 3600 / 60,
        rest % 60
    )
}

/// The Gregorian date of a day since 1970-01-01.
fn date(days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let (mut year, mut day) = (1970, days);
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if day < length {
            break;
        }
        day -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (year, month, day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn days_become_dates() {
        let at = |seconds| stamp(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01-00-00-00");
        assert_eq!(at(951_782_400), "2000-02-29-00-00-00");
        assert_eq!(at(1_789_689_600), "2026-09-18-00-00-00");
        assert_eq!(at(4_102_444_799), "2099-12-31-23-59-59");
    }
}
