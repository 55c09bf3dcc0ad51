//! `sprint modules`: what there is to test.

use serde::Serialize;

use super::{Answer, Context, to_json};
use crate::error::Result;
use crate::module;

/// Arguments of `sprint modules`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    imports: &'a [String],
    replaces: bool,
    tests: &'a [String],
    summary: &'a str,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let modules = module::of_kit(&context.root)?;
    let rows: Vec<Row<'_>> = modules
        .iter()
        .map(|module| Row {
            name: &module.name,
            imports: &module.imports,
            replaces: module.replaces,
            tests: &module.tests,
            summary: &module.summary,
        })
        .collect();
    if args.json {
        return Ok(Answer::ok(to_json(&rows)?));
    }
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in &rows {
        let kind = if row.replaces {
            "replaces C "
        } else {
            "new        "
        };
        let name = context.out.name(&format!("{:width$}", row.name));
        text.push_str(&format!(
            "{name}  {kind} {:<12} {}\n",
            row.imports.join(","),
            row.summary
        ));
    }
    text.push_str("test one: just test-module NAME\n");
    Ok(Answer::ok(text))
}
