//! The answer of a test run: one data model, which is also its JSON; `render` prints it as text.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::prove::Proof;
use super::selection::{Role, TestFile};
use crate::build::Missing;
use crate::profile::Profile;
use crate::source;

/// Everything that `sprint test --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The module's name.
    pub module: String,
    /// The tree.
    pub source: SourceReport,
    /// Rust's triple.
    pub target: String,
    /// It is not this machine's own.
    #[serde(skip)]
    pub is_cross: bool,
    /// How it was built.
    pub profile: Profile,
    /// The C side was tested, not Rust.
    pub baseline: bool,
    /// Digest of all that can change the build.
    pub key: String,
    /// The first import name's proof; `null` for a baseline.
    pub proof: Option<Proof>,
    /// Proofs of all import names.
    pub proofs: Vec<Proof>,
    /// The module's own tests.
    pub conformance: Group,
    /// CPython's test files.
    pub regrtest: Group,
    /// Where the time went.
    pub seconds: Seconds,
    /// Which caches took part: `hit`, `miss` or `off`; for snapshots also `base` (of the same source without the
    /// edits) and `unneeded` (it was built before).
    pub cache: BTreeMap<&'static str, &'static str>,
    /// Optional modules of the standard library that were not built.
    pub missing: Vec<Missing>,
    /// `green`, `baseline-green`, `tests-failed`, `no-tests-ran`, or `no-rust-ran`: green, but no test called Rust.
    pub outcome: &'static str,
}

/// The tree of a report.
#[derive(Clone, Debug, Serialize)]
pub struct SourceReport {
    /// fork, release or path.
    pub kind: source::Kind,
    /// `3.13.5`.
    pub version: String,
    /// Digest of its content.
    pub identity: String,
    /// How Rust gets in.
    pub lane: source::Lane,
}

/// Seconds by phase; 0 for what was not needed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Seconds {
    /// Finding, fetching and identifying the tree.
    pub source: f64,
    /// configure.
    pub configure: f64,
    /// make.
    pub make: f64,
    /// cargo; in the overlay lane it runs beside configure.
    pub cargo: f64,
    /// Wall clock of all build steps together.
    pub build: f64,
    /// The proof of Rust.
    pub prove: f64,
    /// The tests.
    pub test: f64,
}

/// Files that were run for one reason.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Group {
    /// Tests that ran.
    pub run: u64,
    /// Failures, errors and crashes.
    pub failed: u64,
    /// Skipped ones.
    pub skipped: u64,
    /// Failures that are known on this target.
    pub known: u64,
    /// File by file.
    pub files: Vec<FileReport>,
    /// Calls into the module; `null` where any file could not count them.
    pub rust_calls: Option<u64>,
}

/// One file.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// `test_base64`.
    pub file: String,
    /// Why it was run.
    pub role: Role,
    /// Tests that ran.
    pub run: u64,
    /// Failures and errors.
    pub failed: u64,
    /// Skipped ones.
    pub skipped: u64,
    /// Calls into the module, as far as Python can see them.
    pub rust_calls: Option<u64>,
    /// Why they were not counted.
    pub rust_calls_note: Option<String>,
    /// The module was loaded in the test's process.
    pub loaded: bool,
    /// Names of the failed tests.
    pub failures: Vec<String>,
    /// Failures that are known on this target, because of what runs it here; not among the failed.
    pub known: u64,
    /// Tests that are listed as failing there, and passed.
    pub unexpected_passes: Vec<String>,
    /// Wall clock.
    pub seconds: f64,
    /// How the process ended, if it ended without a result.
    pub crashed: Option<String>,
    /// Its whole output.
    pub log: PathBuf,
}

impl FileReport {
    /// A process that ended without a result.
    pub fn crashed(file: &TestFile, log: PathBuf, status: String, elapsed: Duration) -> Self {
        Self {
            file: file.name.clone(),
            role: file.role,
            run: 0,
            failed: 1,
            skipped: 0,
            rust_calls: None,
            rust_calls_note: Some("the process ended without a result".to_owned()),
            loaded: false,
            failures: Vec::new(),
            known: 0,
            unexpected_passes: Vec::new(),
            seconds: elapsed.as_secs_f64(),
            crashed: Some(status),
            log,
        }
    }
}

impl Group {
    /// Did any test reach the module? Where calls cannot be counted, that it was loaded must do.
    pub fn ran_rust(&self) -> bool {
        self.files
            .iter()
            .any(|file| file.rust_calls.map_or(file.loaded, |calls| calls > 0))
    }

    /// Sums files up.
    pub fn of(files: Vec<FileReport>) -> Self {
        let calls: Option<Vec<u64>> = files.iter().map(|file| file.rust_calls).collect();
        Self {
            run: files.iter().map(|file| file.run).sum(),
            failed: files.iter().map(|file| file.failed).sum(),
            skipped: files.iter().map(|file| file.skipped).sum(),
            known: files.iter().map(|file| file.known).sum(),
            rust_calls: calls.map(|calls| calls.iter().sum()),
            files,
        }
    }
}

/// Tests of all files by what came of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Failed, as is known on this target.
    pub known: u64,
    /// Skipped.
    pub skipped: u64,
}

impl Report {
    /// Both groups together.
    pub fn counts(&self) -> Counts {
        let groups = [&self.conformance, &self.regrtest];
        let sum = |of: fn(&Group) -> u64| groups.iter().map(|group| of(group)).sum::<u64>();
        let failed = sum(|group| group.failed);
        let known = sum(|group| group.known);
        let skipped = sum(|group| group.skipped);
        Counts {
            passed: sum(|group| group.run).saturating_sub(failed + known + skipped),
            failed,
            known,
            skipped,
        }
    }

    /// Nothing failed that was not known to, and something was run.
    pub fn is_green(&self) -> bool {
        matches!(self.outcome, "green" | "baseline-green")
    }

    /// Tests that are listed as failing on this target, and passed.
    pub fn unexpected_passes(&self) -> impl Iterator<Item = &str> {
        self.conformance
            .files
            .iter()
            .chain(&self.regrtest.files)
            .flat_map(|file| file.unexpected_passes.iter().map(String::as_str))
    }

    /// Files that failed.
    pub fn failed(&self) -> impl Iterator<Item = &FileReport> {
        self.conformance
            .files
            .iter()
            .chain(&self.regrtest.files)
            .filter(|file| file.failed > 0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A report of one file with ten tests, one of them skipped.
    pub(in crate::testing) fn file(failed: u64, calls: Option<u64>) -> FileReport {
        FileReport {
            file: "test_base64".into(),
            role: Role::Area,
            run: 10,
            failed,
            skipped: 1,
            rust_calls: calls,
            rust_calls_note: None,
            loaded: true,
            failures: vec!["test.test_base64.T.test_x".into()],
            known: 0,
            unexpected_passes: Vec::new(),
            seconds: 0.5,
            crashed: None,
            log: "log".into(),
        }
    }

    #[test]
    fn one_uncounted_file_makes_the_sum_unknown() {
        assert_eq!(
            Group::of(vec![file(0, Some(1)), file(0, None)]).rust_calls,
            None
        );
        assert_eq!(
            Group::of(vec![file(0, Some(1)), file(0, Some(2))]).rust_calls,
            Some(3)
        );
    }
}
