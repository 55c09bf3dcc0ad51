//! `sprint image`: the container image.

use super::{Answer, Context};
use crate::container::ready;
use crate::error::Result;

/// Arguments of `sprint image`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do with the image.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Inside a new container: make the caches writable, say what is in the way
    #[command(after_help = "Examples:
  sprint image ready    what devcontainer.json and compose.yaml run first")]
    Ready,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    match &args.action {
        Action::Ready => {
            let said = ready::ready(&context.root, context.host)?;
            Ok(Answer::ok(said.join("\n") + "\n"))
        }
    }
}
