//! `sprint cache`: what the caches hold, and how to be rid of it.

use serde::Serialize;

use super::{Answer, Context, to_json};
use crate::cache::{self, Part};
use crate::count::{bytes, count};
use crate::error::Result;

/// Arguments of `sprint cache`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint cache stats            what is kept, and where
  sprint cache clean            say what would be removed
  sprint cache clean --yes      remove it; the next build is slower, and the same")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// What is kept, and where
    Stats {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what would be removed, or remove it
    Clean {
        /// Remove it
        #[arg(long)]
        yes: bool,
        /// Downloaded sources too
        #[arg(long)]
        all: bool,
    },
}

impl Args {
    /// Errors as JSON too?
    pub(super) fn wants_json(&self) -> bool {
        matches!(self.verb, Verb::Stats { json: true })
    }
}

#[derive(Serialize)]
struct Stats {
    parts: Vec<Part>,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let mut parts = cache::parts(context.host)?;
    match args.verb {
        Verb::Stats { json: true } => Ok(Answer::ok(to_json(&Stats { parts })?)),
        Verb::Stats { json: false } => {
            let lines = parts.iter().map(|part| {
                let size = format!(
                    "{:>9}  {:<12}",
                    bytes(part.bytes),
                    count(part.files, "file")
                );
                format!(
                    "{:<10} {size} {:<42} {}\n",
                    part.name,
                    part.saves,
                    part.path.display()
                )
            });
            Ok(Answer::ok(lines.collect::<String>()))
        }
        Verb::Clean { yes, all } => {
            parts.retain(|part| part.files > 0 && (all || part.name != "downloads"));
            if parts.is_empty() {
                return Ok(Answer::ok("there is nothing to remove\n"));
            }
            if yes {
                cache::clean(&parts)?;
            }
            let verb = if yes { "removed" } else { "would remove" };
            let lines = parts.iter().map(|part| {
                format!(
                    "{verb} {:<10} {:>9}  {}\n",
                    part.name,
                    bytes(part.bytes),
                    part.path.display()
                )
            });
            let mut text: String = lines.collect();
            if !yes {
                text.push_str("to do it: just cache clean --yes\n");
            }
            Ok(Answer::ok(text))
        }
    }
}
