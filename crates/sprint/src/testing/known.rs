//! Tests that are known to fail on a target because of what runs it here.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const LIST: &str = include_str!("../../data/known-failures.toml");

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Triples of the target table.
    pub targets: Vec<String>,
    /// `test_subprocess`.
    pub file: String,
    /// The test's whole name.
    pub test: String,
    /// Why it cannot pass there.
    pub reason: String,
    /// Where it is discussed.
    pub link: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    known: Vec<Known>,
}

/// What a file's failures come to, given the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    /// Failures that nobody expected.
    pub(super) failed: u64,
    /// Those that were.
    pub(super) known: u64,
    /// Names of the former.
    pub(super) failures: Vec<String>,
    /// Entries that were expected to fail and did not.
    pub(super) passes: Vec<String>,
}

fn list() -> Result<Vec<Known>> {
    let list: List = toml::from_str(LIST)
        .map_err(|error| Error::bug(format!("data/known-failures.toml cannot be read: {error}")))?;
    Ok(list.known)
}

/// The entries for one file on one target.
pub(super) fn of(target: &str, file: &str) -> Result<Vec<Known>> {
    let mut entries = list()?;
    entries.retain(|known| known.file == file && known.targets.iter().any(|one| one == target));
    Ok(entries)
}

/// Sorts a file's failures. `whole`: every test of the file was asked for, so that an expected failure that is
/// not there is news.
pub(super) fn sort(entries: &[Known], failed: u64, failures: &[String], whole: bool) -> Sorted {
    let is_known = |name: &String| entries.iter().any(|entry| entry.test == *name);
    let (known, unexpected): (Vec<_>, Vec<_>) = failures.iter().cloned().partition(is_known);
    // A test may fail several times, in subtests; names come once.
    let known_count = if unexpected.is_empty() && !known.is_empty() {
        failed
    } else {
        (known.len() as u64).min(failed)
    };
    let passes = entries
        .iter()
        .filter(|entry| whole && !failures.contains(&entry.test))
        .map(|entry| entry.test.clone());
    Sorted {
        failed: failed - known_count,
        known: known_count,
        failures: unexpected,
        passes: passes.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::TABLE;

    fn entry(test: &str) -> Known {
        Known {
            targets: vec!["aarch64-unknown-linux-gnu".into()],
            file: "test_x".into(),
            test: test.into(),
            reason: "r".into(),
            link: "https://example.org".into(),
        }
    }

    #[test]
    fn every_entry_says_why_and_where() {
        for known in list().expect("the list") {
            assert!(
                !known.reason.is_empty() && known.link.starts_with("https://"),
                "{known:?}"
            );
            assert!(known.test.contains(&known.file), "{known:?}");
            for target in &known.targets {
                let row = TABLE.iter().find(|row| row.triple == target);
                assert!(row.is_some_and(|row| row.cross.is_some()), "{known:?}");
            }
        }
    }

    #[test]
    fn an_expected_failure_is_known_and_another_is_not() {
        let entries = [entry("a")];
        let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let only_known = sort(&entries, 3, &names(&["a"]), true);
        assert_eq!((only_known.failed, only_known.known), (0, 3));
        let both = sort(&entries, 2, &names(&["a", "b"]), true);
        assert_eq!((both.failed, both.known), (1, 1));
        assert_eq!(both.failures, names(&["b"]));
        let crash = sort(&[], 1, &[], true);
        assert_eq!((crash.failed, crash.known), (1, 0));
    }

    #[test]
    fn an_expected_failure_that_passes_is_news_only_where_it_was_run() {
        let entries = [entry("a")];
        assert_eq!(sort(&entries, 0, &[], true).passes, ["a"]);
        assert!(sort(&entries, 0, &[], false).passes.is_empty());
    }
}
