//! One thing that was looked at on this machine and is not as it should be. Checks return findings;
//! errors, tables and JSON only show them.

use serde::Serialize;

use crate::error::Error;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, but less well, or nobody has tried it.
    Warning,
    /// Does not work.
    Problem,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable kebab-case name.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is there.
    pub seen: String,
    /// What should be there.
    pub wanted: String,
    /// The exact command that mends it.
    pub fix: String,
}

impl Finding {
    /// Something that does not work.
    pub fn problem(
        id: &'static str,
        seen: impl Into<String>,
        wanted: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            id,
            severity: Severity::Problem,
            seen: seen.into(),
            wanted: wanted.into(),
            fix: fix.into(),
        }
    }

    /// The same, but it works.
    #[must_use]
    pub fn only_a_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

/// The problems among `findings` as one setup error (exit code 3) that says `what` they prevent.
pub fn refuse(what: &str, findings: &[Finding]) -> Option<Error> {
    let problems: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Problem)
        .collect();
    let first = problems.first()?;
    let mut error = Error::setup(first.id, what);
    for problem in &problems {
        error = error
            .detail(
                "seen",
                format!("{} ({} wanted)", problem.seen, problem.wanted),
            )
            .detail("fix", &problem.fix);
    }
    Some(error.next("the fixes above, then the same command again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_problems_refuse() {
        let finding = Finding::problem(
            "no-qemu",
            "no qemu-arm",
            "qemu",
            "apt-get install qemu-user",
        );
        assert!(refuse("x", &[finding.clone().only_a_warning()]).is_none());
        let error = refuse("cannot build", &[finding]).expect("a problem");
        assert_eq!(error.exit(), crate::exit::Exit::Setup);
        let text = error.render(crate::term::Palette::plain());
        assert!(text.contains("apt-get install qemu-user"), "{text}");
    }
}
