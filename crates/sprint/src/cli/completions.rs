//! `sprint completions`: a completion script for a shell.

use clap_complete::{Shell, generate};

use super::{Answer, command};

/// Arguments of `sprint completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  sprint completions bash > ~/.local/share/bash-completion/completions/sprint")]
pub struct Args {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Answer {
    let mut script = Vec::new();
    generate(args.shell, &mut command(), "sprint", &mut script);
    Answer::ok(String::from_utf8_lossy(&script).into_owned())
}
