//! `sprint python`: the interpreter that was built, brought up to date first.

use std::os::unix::process::CommandExt;

use super::prepared::{BuildArgs, hold, prepare};
use super::{Answer, Context};
use crate::build::execute;
use crate::error::{Error, Result};
use crate::exec::CommandLine;

/// Arguments of `sprint python`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint python                                  an interactive Python
  sprint python -c 'import _base64; help(_base64)'
  sprint python -m test test_base64              CPython's own tests
  sprint python --profile release script.py      options of sprint come first")]
pub struct Args {
    #[command(flatten)]
    build: BuildArgs,
    /// Arguments for Python
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "PYTHON"
    )]
    python: Vec<String>,
}

/// Builds what changed, then becomes Python.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let plan = prepare(&args.build, context)?.plan;
    let lock = hold(&plan, args.build.no_wait, context)?;
    execute(
        &plan,
        context.host,
        None,
        &context.progress,
        &context.interrupt,
    )?;
    // An interactive Python must not keep others from building.
    drop(lock);
    let mut line = CommandLine::new(plan.python().to_string_lossy(), &context.directory)
        .args(args.python.iter().cloned());
    for (name, value) in plan.profile.runtime_env() {
        line = line.env(name, *value);
    }
    let source = line
        .command(context.host.env())
        .stdin(std::process::Stdio::inherit())
        .exec();
    Err(Error::io("run", &plan.python(), &source))
}
