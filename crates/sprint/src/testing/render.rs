//! A test run's report as people read it, on stdout.

use std::fmt::Write as _;
use std::time::Duration;

use super::report::{FileReport, Report};
use super::selection::Role;
use crate::count::{count, grouped, seconds};
use crate::profile::Profile;
use crate::term::Palette;

/// The report as people read it on stdout.
pub fn render(report: &Report, palette: Palette) -> String {
    let mut text = String::new();
    let spent = seconds(Duration::from_secs_f64(report.seconds.build));
    let build = match report.cache.get("snapshot") {
        Some(&"hit") => format!("restored from a snapshot in {spent}"),
        Some(&"base") => format!("restored from a snapshot, edits built, in {spent}"),
        _ if report.seconds.build == 0.0 => "up to date".to_owned(),
        _ => format!("done in {spent}"),
    };
    let _ = writeln!(text, "  build    {build}");
    for missing in &report.missing {
        let _ = writeln!(text, "           without {missing}, an optional module");
    }
    for proof in &report.proofs {
        let name = proof
            .artifact
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let _ = writeln!(
            text,
            "  proof    {name}: {} from {}",
            proof.init_symbol, proof.producer
        );
    }
    if report.baseline {
        let _ = writeln!(text, "  proof    none: this is the C side (--baseline)");
    }
    for (label, group) in [
        ("module", &report.conformance),
        ("cpython", &report.regrtest),
    ] {
        for (position, file) in group.files.iter().enumerate() {
            let label = if position == 0 { label } else { "" };
            let _ = writeln!(
                text,
                "  {label:<8} {}",
                file_line(file, report.baseline, palette)
            );
        }
    }
    let total =
        report.seconds.source + report.seconds.build + report.seconds.prove + report.seconds.test;
    let total = seconds(Duration::from_secs_f64(total));
    let (name, target) = (palette.name(&report.module), &report.target);
    let _ = match report.outcome {
        "green" => writeln!(
            text,
            "{name} is {} on {target}, and it is Rust.     {total}",
            palette.good("green")
        ),
        "baseline-green" => writeln!(
            text,
            "{name}: the C side is {} on {target}.     {total}",
            palette.good("green")
        ),
        "no-rust-ran" => writeln!(
            text,
            "{name}: {} on {target}: the tests passed, but none was seen to call it.     {total}",
            palette.problem("not Rust")
        ),
        "no-tests-ran" => writeln!(
            text,
            "{name}: {} on {target}.     {total}",
            palette.problem("no test ran")
        ),
        _ => writeln!(
            text,
            "{name} is {} on {target}.     {total}",
            palette.problem("red")
        ),
    };
    for file in report.failed() {
        let _ = writeln!(text, "  again:   {}", again(report, file));
    }
    for name in report.unexpected_passes() {
        let _ = writeln!(
            text,
            "  passes:  {name} is listed in known-failures.toml for {target}, and passed"
        );
    }
    text
}

fn file_line(file: &FileReport, baseline: bool, palette: Palette) -> String {
    let title = match file.role {
        Role::Bound => format!("{} (Rust bound in)", file.file),
        _ => file.file.clone(),
    };
    let mut results = format!(
        "{} passed",
        grouped(
            file.run
                .saturating_sub(file.failed + file.skipped + file.known)
        )
    );
    if file.failed > 0 {
        results = format!(
            "{}, {results}",
            palette.problem(&format!("{} failed", file.failed))
        );
    }
    if file.known > 0 {
        results.push_str(&format!(", {} known", file.known));
    }
    if file.skipped > 0 {
        results.push_str(&format!(", {} skipped", file.skipped));
    }
    if let Some(status) = &file.crashed {
        results = palette.problem(&format!("crashed ({status})"));
    }
    let calls = match (file.rust_calls, &file.rust_calls_note) {
        _ if baseline => String::new(),
        (Some(0), _) => palette.faint("area only: it calls no Rust"),
        (Some(calls), _) => format!("{} into Rust", count(calls, "call")),
        (None, Some(note)) => palette.faint(&format!("calls not counted: {note}")),
        (None, None) => palette.faint("calls not counted"),
    };
    let time = seconds(Duration::from_secs_f64(file.seconds));
    format!("{title:<36} {results:<24} {time:>7}   {calls}")
        .trim_end()
        .to_owned()
}

/// What to type to see just that again.
pub(super) fn again(report: &Report, file: &FileReport) -> String {
    let filter = match file.failures.as_slice() {
        [] => String::new(),
        [first, ..] => format!(" -m {}", first.rsplit('.').next().unwrap_or(first)),
    };
    let mut options = String::new();
    if report.baseline {
        options.push_str(" --baseline");
    }
    if report.profile != Profile::Debug {
        options.push_str(&format!(" --profile {}", report.profile));
    }
    if report.is_cross {
        options.push_str(&format!(" --target {}", report.target));
    }
    format!(
        "just test-module {}{options} -- -v{filter}     log: {}",
        report.module,
        file.log.display()
    )
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::file;
    use super::*;

    #[test]
    fn skipped_tests_are_not_passed_ones() {
        assert!(
            file_line(&file(2, Some(7)), false, Palette::plain())
                .contains("2 failed, 7 passed, 1 skipped")
        );
    }

    #[test]
    fn a_file_that_calls_no_rust_says_so() {
        assert!(file_line(&file(0, Some(0)), false, Palette::plain()).contains("area only"));
    }
}
