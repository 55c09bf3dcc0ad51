//! `sprint source`: which CPython, and the way to another.

use std::path::PathBuf;

use super::{Answer, Context};
use crate::error::Result;
use crate::pins::Pins;
use crate::source::{self, Choice, Wanted};

/// Arguments of `sprint source`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint source                which one it is
  sprint source fork           fetch the fork and work on it from now on
  sprint source release        back to the pinned release
  sprint source path ~/cpython any checkout of yours")]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

/// What to do with the source.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Say which tree is used (and fetch it if it is not there)
    Show,
    /// Use the pinned upstream release
    Release {
        /// Throw the unpacked tree away and unpack it again (local edits in it are lost)
        #[arg(long)]
        again: bool,
    },
    /// Use the fork: initialises the submodule, or fetches the pinned archive
    Fork,
    /// Use any checkout
    Path {
        /// The checkout
        directory: PathBuf,
    },
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let pins = Pins::load(&context.root)?;
    let resolve = |wanted: &Wanted| {
        source::resolve(
            &context.root,
            context.host,
            &pins,
            wanted,
            &context.progress,
            &context.interrupt,
        )
    };
    let choice = match args.action.as_ref().unwrap_or(&Action::Show) {
        Action::Show => None,
        Action::Release { again } => {
            if *again {
                source::discard_release(&context.root, &pins)?;
            }
            Some(Choice::Release)
        }
        Action::Fork => {
            source::fetch_fork(
                &context.root,
                context.host,
                &pins,
                &context.progress,
                &context.interrupt,
            )?;
            Some(Choice::Fork)
        }
        Action::Path { directory } => Some(Choice::Path(context.directory.join(directory))),
    };
    let source = match &choice {
        None => resolve(&Wanted::default())?,
        // Looked at before it is kept: a choice that cannot work must not stay.
        Some(choice) => {
            let found = resolve(&Wanted::from(choice.clone()))?;
            source::save_choice(&context.root, choice)?;
            found
        }
    };
    Ok(Answer::ok(format!(
        "{}\n{}\nidentity {}\n",
        source.line(),
        source.root.display(),
        source.identity
    )))
}
