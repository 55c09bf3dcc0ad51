//! `sprint prove`: the proof of Rust of a finished build, without tests.

use super::prepared::{BuildArgs, hold, prepare};
use super::{Answer, Context, to_json};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::module;
use crate::testing::{self, Driver};

/// Arguments of `sprint prove`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint prove base64
  sprint prove base64 --profile release --json")]
pub struct Args {
    /// The module
    name: String,
    #[command(flatten)]
    build: BuildArgs,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let plan = prepare(&args.build, context)?.plan;
    let module = module::find(&plan.modules, &args.name)?;
    if !plan.program().is_file() {
        return Err(Error::new(
            Exit::Setup,
            "not-built",
            format!("there is no {} build yet", plan.profile),
        )
        .next(format!("just build --profile {}", plan.profile)));
    }
    let _lock = hold(&plan, args.build.no_wait, context)?;
    let driver = Driver::install(&plan, &plan.python())?;
    let proven = testing::prove(&plan, module, &driver, context.host)?;
    if args.json {
        return Ok(Answer::ok(to_json(&proven)?));
    }
    let lines = proven.iter().map(|proof| {
        format!(
            "{}: {} from {}\n  {}\n",
            proof.import,
            proof.init_symbol,
            proof.producer,
            proof.artifact.display()
        )
    });
    Ok(Answer::ok(lines.collect::<String>()))
}
