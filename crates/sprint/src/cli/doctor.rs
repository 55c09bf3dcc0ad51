//! `sprint doctor`: what is wrong with this machine, and the command that mends it.

use super::{Answer, Context, to_json};
use crate::doctor::{self, Bench};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::pins::Pins;
use crate::target::Target;

/// Arguments of `sprint doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint doctor                    what is wrong, and what to type
  sprint doctor --fix              mend what is safe to mend, then look again
  sprint doctor --report           a text to paste where you ask for help
  sprint doctor --target aarch64   besides: what builds for that target need
  sprint doctor --json             everything (docs/doctor.schema.json)

Exit code 0: no problem (there may be warnings); 3: at least one problem.")]
pub struct Args {
    /// Print JSON
    #[arg(long, conflicts_with = "report")]
    pub(super) json: bool,
    /// Print a short text without names, paths and tokens, to paste in public
    #[arg(long)]
    report: bool,
    /// Mend what touches only the kit's own files
    #[arg(long)]
    fix: bool,
    /// Show notes too: things worth knowing, with nothing to do
    #[arg(long)]
    notes: bool,
    /// Look at the toolchain of this target besides
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let target = match &args.target {
        Some(name) => Some(Target::named(Some(name), context.host)?),
        None => None,
    };
    let pins = Pins::load(&context.root).ok();
    let bench = Bench::new(context.host, &context.root, pins.as_ref()).map_err(|source| {
        Error::setup(
            "no-scratch",
            format!("the doctor cannot make a temporary directory: {source}"),
        )
        .next("TMPDIR=$HOME just doctor")
    })?;
    let mut diagnosis = doctor::examine(&bench, target);
    if args.fix {
        for line in doctor::mend(&diagnosis.findings, &bench)? {
            context.progress.say(&line);
        }
        diagnosis = doctor::examine(&bench, target);
    }
    let exit = if diagnosis.problems == 0 {
        Exit::Ok
    } else {
        Exit::Setup
    };
    let text = if args.json {
        to_json(&diagnosis)?
    } else if args.report {
        doctor::report(&diagnosis)
    } else {
        doctor::render(&diagnosis, args.notes, context.out)
    };
    Ok(Answer { text, exit })
}
