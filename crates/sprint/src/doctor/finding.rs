//! What a probe says: facts about the machine, and findings that somebody should act on.

use std::path::PathBuf;

use serde::Serialize;

use super::text::Text;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The kit does not work, or gives wrong results, until this is mended.
    Problem,
    /// Something is slower, missing or surprising.
    Warning,
    /// Worth knowing when somebody helps you; nothing to do.
    Note,
}

/// One thing that is not as wanted.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Stable kebab-case name; `docs/troubleshooting.md` explains each.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// What was seen.
    pub seen: Text,
    /// What was wanted instead.
    pub wanted: Text,
    /// The command, or the one thing to do, that mends it.
    pub fix: Option<Text>,
    /// `sprint doctor --fix` can do it, since nothing of the person's own is touched.
    #[serde(rename = "automatic", serialize_with = "as_flag")]
    pub repair: Option<Repair>,
}

/// Repairs that are safe: each touches only what the kit or its checkout made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Takes carriage returns out of scripts of the kit.
    StripCarriageReturns(Vec<PathBuf>),
    /// Removes a generated file.
    Remove(PathBuf),
    /// Sets the time of files from the future to now.
    Touch(Vec<PathBuf>),
    /// Removes default access control lists from a directory of the kit, with setfacl.
    DropDefaultAcl(PathBuf),
}

impl Finding {
    /// A finding without a way to mend it yet.
    pub fn new(
        id: impl Into<String>,
        severity: Severity,
        seen: impl Into<Text>,
        wanted: impl Into<Text>,
    ) -> Self {
        Self {
            id: id.into(),
            severity,
            seen: seen.into(),
            wanted: wanted.into(),
            fix: None,
            repair: None,
        }
    }

    /// The exact command.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Text>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// What `--fix` may do.
    #[must_use]
    pub fn repair(mut self, repair: Repair) -> Self {
        self.repair = Some(repair);
        self
    }
}

/// A line about the machine, wanted by whoever helps.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// One word: `rust`.
    pub name: &'static str,
    /// What was seen.
    pub text: Text,
}

/// What one probe saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// In the order they are shown.
    pub facts: Vec<Fact>,
    /// In any order.
    pub findings: Vec<Finding>,
}

impl Seen {
    /// Adds a fact.
    pub fn fact(&mut self, name: &'static str, text: impl Into<Text>) {
        self.facts.push(Fact {
            name,
            text: text.into(),
        });
    }

    /// Adds a finding.
    pub fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

fn as_flag<S: serde::Serializer>(
    repair: &Option<Repair>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(repair.is_some())
}
