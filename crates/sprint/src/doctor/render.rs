//! The diagnosis as the person at this machine reads it.

use std::fmt::Write as _;

use super::Diagnosis;
use super::finding::{Finding, Severity};
use crate::count;
use crate::term::Palette;

/// Facts, then findings, then the sum. Notes only on request.
pub fn render(diagnosis: &Diagnosis, notes: bool, palette: Palette) -> String {
    let mut text = String::new();
    for fact in &diagnosis.facts {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  {:<9} {}",
            palette.name(&format!("{:<9}", fact.name)).trim_end(),
            first_line(&fact.text.full())
        );
    }
    let shown: Vec<&Finding> = diagnosis
        .findings
        .iter()
        .filter(|finding| notes || finding.severity != Severity::Note)
        .collect();
    let width = shown
        .iter()
        .map(|finding| finding.id.len())
        .max()
        .unwrap_or(0);
    if !shown.is_empty() {
        text.push('\n');
    }
    for finding in &shown {
        let mark = match finding.severity {
            Severity::Problem => palette.problem("✗"),
            Severity::Warning => palette.warning("!"),
            Severity::Note => palette.faint("·"),
        };
        let pad = " ".repeat(width - finding.id.len());
        let _ = writeln!(
            text,
            "  {mark} {}{pad}  {}",
            palette.name(&finding.id),
            first_line(&finding.seen.full())
        );
        let _ = writeln!(text, "    {:width$}  wanted: {}", "", finding.wanted.full());
        if let Some(fix) = &finding.fix {
            let or = match finding.repair {
                Some(_) => "   (or: just doctor --fix)",
                None => "",
            };
            let _ = writeln!(text, "    {:width$}  fix: {}{or}", "", fix.full());
        }
    }
    let hidden = diagnosis.findings.len() - shown.len();
    let _ = writeln!(text, "{}", sum(diagnosis, hidden));
    text
}

fn sum(diagnosis: &Diagnosis, hidden: usize) -> String {
    let time = format!("   {:.2} s", diagnosis.seconds);
    let notes = match hidden {
        0 => String::new(),
        number => format!("  {} with --notes.", count::count(number as u64, "note")),
    };
    match (diagnosis.problems, diagnosis.warnings) {
        (0, 0) => format!("nothing is wrong.{notes}{time}"),
        (problems, warnings) => format!(
            "{}, {}.{notes}  Paste-able: just doctor --report{time}",
            count::count(problems as u64, "problem"),
            count::count(warnings as u64, "warning")
        ),
    }
}

/// What a program said can be a page long; `--json` has all of it.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}
