//! `sprint key`: the key of a build, and what goes into it.

use serde::Serialize;

use super::prepared::{BuildArgs, prepare};
use super::{Answer, Context, to_json};
use crate::build::Inputs;
use crate::error::Result;

/// Arguments of `sprint key`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    build: BuildArgs,
    /// List every input
    #[arg(long)]
    explain: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Serialize)]
struct Key<'a> {
    key: String,
    inputs: &'a Inputs,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let plan = prepare(&args.build, context)?.plan;
    if args.json {
        return Ok(Answer::ok(to_json(&Key {
            key: plan.key(),
            inputs: &plan.inputs,
        })?));
    }
    let mut text = format!("{}\n", plan.key());
    if args.explain {
        for (name, value) in plan.inputs.iter() {
            let first = value.lines().next().unwrap_or("");
            let more = value.lines().count().saturating_sub(1);
            let more = if more > 0 {
                format!(" (+{more} lines)")
            } else {
                String::new()
            };
            text.push_str(&format!("  {name:<24} {first}{more}\n"));
        }
    }
    Ok(Answer::ok(text))
}
