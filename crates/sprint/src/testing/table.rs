//! Several targets' reports as one table, and as one JSON object.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::render::again;
use super::report::Report;
use crate::count::{grouped, seconds};
use crate::error::{Error, Result};
use crate::target::Target;
use crate::term::Palette;

/// What came of one target.
#[derive(Debug)]
pub struct Row {
    /// The target.
    pub target: &'static Target,
    /// What ran its programs, if this machine does not by itself.
    pub runner: Option<&'static str>,
    /// Its report, or why there is none.
    pub report: Result<Report>,
    /// Wall clock, side by side with the others.
    pub seconds: f64,
}

/// The table, and below it what to type to see a failure again.
pub fn table(module: &str, rows: &[Row], builder: f64, total: f64, palette: Palette) -> String {
    let mut text = format!(
        "  {:<31} {:<10} {:<14} {:<21} {}\n",
        "target", "build", "proof", "tests", "time"
    );
    for row in rows {
        let line = match &row.report {
            Ok(report) => line(row, report, builder, palette),
            Err(error) => format!(
                "  {:<31} {}",
                row.target.triple,
                palette.problem(&format!("error[{}]", error.id()))
            ),
        };
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let green = rows
        .iter()
        .filter(|row| row.report.as_ref().is_ok_and(Report::is_green))
        .count();
    let verdict = if green == rows.len() {
        palette.good("green")
    } else {
        palette.problem("not green")
    };
    let _ = writeln!(
        text,
        "{} is {verdict}: {green} of {} targets.     {}",
        palette.name(module),
        rows.len(),
        span(total)
    );
    for report in rows.iter().filter_map(|row| row.report.as_ref().ok()) {
        for file in report.failed() {
            let _ = writeln!(text, "  again:   {}", again(report, file));
        }
        for known in report.unexpected_passes() {
            let _ = writeln!(text, "  passes:  {known} on {}", report.target);
        }
    }
    text
}

fn line(row: &Row, report: &Report, builder: f64, palette: Palette) -> String {
    // The native build is made before the rows begin.
    let spent = match row.runner {
        None if builder > 1.0 => builder,
        _ => report.seconds.build,
    };
    let build = if spent == 0.0 {
        "up to date".to_owned()
    } else {
        span(spent)
    };
    let proof = match &report.proof {
        Some(proof) => proof.producer.clone(),
        None => "none: C side".to_owned(),
    };
    let time = row.seconds + if row.runner.is_none() { builder } else { 0.0 };
    format!(
        "  {:<31} {build:<10} {proof:<14} {} {:<12} {}",
        row.target.triple,
        tests(report, palette),
        span(time),
        row.runner.unwrap_or_default()
    )
}

fn tests(report: &Report, palette: Palette) -> String {
    let counts = report.counts();
    let mut parts = vec![format!("{} ✓", grouped(counts.passed))];
    for (number, word) in [
        (counts.failed, "✗"),
        (counts.known, "known"),
        (counts.skipped, "skipped"),
    ] {
        if number > 0 {
            parts.push(format!("{} {word}", grouped(number)));
        }
    }
    let plain = format!("{:<21}", parts.join(" "));
    if counts.failed > 0 {
        palette.problem(&plain)
    } else {
        plain
    }
}

/// The same as one object.
pub fn all_json(module: &str, rows: &[Row], builder: f64, total: f64) -> Result<Value> {
    let mut targets = Vec::new();
    for row in rows {
        let value = match &row.report {
            Ok(report) => serde_json::to_value(report),
            Err(error) => serde_json::from_str(&error.to_json()),
        };
        let mut value = value.map_err(|error| Error::bug(error.to_string()))?;
        if let Value::Object(fields) = &mut value {
            fields.insert("target".to_owned(), json!(row.target.triple));
            fields.insert("runner".to_owned(), json!(row.runner));
        }
        targets.push(value);
    }
    let green = rows
        .iter()
        .all(|row| row.report.as_ref().is_ok_and(Report::is_green));
    Ok(json!({
        "module": module,
        "outcome": if green { "green" } else { "not-green" },
        "seconds": { "builder": builder, "total": total },
        "targets": targets,
    }))
}

fn span(number: f64) -> String {
    seconds(Duration::from_secs_f64(number))
}
