//! `sprint targets`: the target table.

use serde::Serialize;

use super::{Answer, Context, to_json};
use crate::error::Result;
use crate::target::{TABLE, Target};

/// Arguments of `sprint targets`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Serialize)]
struct Row {
    triple: &'static str,
    aliases: &'static [&'static str],
    native: bool,
    runner: Option<&'static str>,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let native = Target::native(context.host).ok();
    let rows: Vec<Row> = TABLE
        .iter()
        .map(|row| Row {
            triple: row.triple,
            aliases: row.aliases,
            native: native == Some(row),
            runner: row
                .cross(context.host)
                .filter(|_| context.host.os == "linux")
                .map(|cross| cross.runner.name()),
        })
        .collect();
    if args.json {
        return Ok(Answer::ok(to_json(&rows)?));
    }
    let line = |row: &Row| {
        let here = match row.runner {
            _ if row.native => "this machine",
            Some(runner) => runner,
            None => "",
        };
        format!("{:<30} {:<24} {here}", row.triple, row.aliases.join(" "))
            .trim_end()
            .to_owned()
            + "\n"
    };
    Ok(Answer::ok(rows.iter().map(line).collect::<String>()))
}
