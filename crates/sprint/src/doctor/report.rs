//! The diagnosis as it can be pasted in a public channel: fenced, short, and with nothing in it that
//! names a person, a machine or a secret (see `text`).

use super::Diagnosis;
use super::finding::Severity;

/// Characters; a message may have 2000.
pub const LIMIT: usize = 1900;

const FENCE: &str = "```";

/// The report. What does not fit is counted.
pub fn report(diagnosis: &Diagnosis) -> String {
    let mut lines = vec![format!("sprint {}", env!("CARGO_PKG_VERSION"))];
    for fact in &diagnosis.facts {
        lines.push(format!("{:<9} {}", fact.name, fact.text.public()));
    }
    for finding in &diagnosis.findings {
        let mark = match finding.severity {
            Severity::Problem => '✗',
            Severity::Warning => '!',
            Severity::Note => '·',
        };
        lines.push(format!("{mark} {}: {}", finding.id, finding.seen.public()));
    }
    fenced(&lines)
}

fn fenced(lines: &[String]) -> String {
    let frame = 2 * (FENCE.len() + 1) + "text".len();
    // Room for the line that says how many are missing.
    let room = LIMIT - frame - 40;
    let mut body = String::new();
    let mut used = 0;
    for (index, line) in lines.iter().enumerate() {
        // A fence inside would end ours.
        let line: String = line.replace(FENCE, "'''").chars().take(200).collect();
        let length = line.chars().count() + 1;
        if used + length > room {
            body.push_str(&format!("and {} lines more\n", lines.len() - index));
            break;
        }
        used += length;
        body.push_str(&line);
        body.push('\n');
    }
    format!("{FENCE}text\n{body}{FENCE}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Fact, Finding, Text};

    fn diagnosis(findings: usize) -> Diagnosis {
        Diagnosis {
            format: 1,
            facts: vec![Fact {
                name: "source",
                text: Text::new("a checkout at ").private("/home/ana/cpython"),
            }],
            findings: (0..findings)
                .map(|number| {
                    let seen = Text::new("seen ").private("ghp_0123456789").say(" ```");
                    Finding::new(format!("id-{number}"), Severity::Warning, seen, "wanted")
                })
                .collect(),
            problems: 0,
            warnings: findings,
            probes: Vec::new(),
            seconds: 0.1,
        }
    }

    #[test]
    fn a_report_is_short_fenced_and_says_nothing_private() {
        for findings in [0, 3, 500] {
            let text = report(&diagnosis(findings));
            assert!(text.chars().count() <= LIMIT, "{}", text.chars().count());
            assert!(text.starts_with("```text\n") && text.ends_with("```\n"));
            assert_eq!(text.matches("```").count(), 2, "{text}");
            assert!(!text.contains("ana") && !text.contains("ghp_"), "{text}");
        }
        assert!(report(&diagnosis(500)).contains("lines more"));
    }
}
