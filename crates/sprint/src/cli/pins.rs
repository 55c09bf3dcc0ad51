//! `sprint pins`: check or rewrite what repeats pins.toml.

use super::{Answer, Context, to_json};
use crate::count::count;
use crate::error::Result;
use crate::exit::Exit;
use crate::pins::{self, Finding, Pins};

/// Arguments of `sprint pins`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do with the pins.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Name every file and line that disagrees with pins.toml
    Check {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Rewrite what is generated from pins.toml
    Sync,
}

impl Args {
    pub(super) fn wants_json(&self) -> bool {
        matches!(self.action, Action::Check { json: true })
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let pins = Pins::load(&context.root)?;
    match args.action {
        Action::Check { json } => check(&pins, json, context),
        Action::Sync => {
            let changed = pins::sync(&context.root, &pins)?;
            let text = if changed.is_empty() {
                "everything agrees already\n".to_owned()
            } else {
                changed
                    .iter()
                    .map(|file| format!("rewrote {file}\n"))
                    .collect()
            };
            Ok(Answer::ok(text))
        }
    }
}

fn check(pins: &Pins, json: bool, context: &Context<'_>) -> Result<Answer> {
    let findings = pins::check(&context.root, pins)?;
    let problems = findings
        .iter()
        .filter(|finding| finding.is_problem())
        .count();
    let exit = if problems == 0 { Exit::Ok } else { Exit::Usage };
    if json {
        return Ok(Answer {
            text: to_json(&findings)?,
            exit,
        });
    }
    let mut text: String = findings
        .iter()
        .map(|finding| line(finding) + "\n")
        .collect();
    if problems == 0 {
        text.push_str("every file agrees with pins.toml\n");
    } else {
        text.push_str(&format!(
            "{} (mend: sprint pins sync)\n",
            count(problems as u64, "problem")
        ));
    }
    Ok(Answer { text, exit })
}

fn line(finding: &Finding) -> String {
    match finding {
        Finding::Disagrees {
            file,
            line: 0,
            seen,
            wanted,
        } => format!("{file}: {seen}, pinned is {wanted}"),
        Finding::Disagrees {
            file,
            line,
            seen,
            wanted,
        } => format!("{file}:{line}: `{seen}`, pinned is `{wanted}`"),
        Finding::Lacks { file, wanted } => format!("{file}: lacks {wanted}"),
        Finding::Unverified { tool, platform } => {
            format!("note: {tool} for {platform} has no verified hash: never downloaded")
        }
        Finding::Malformed { entry, seen } => format!("pins.toml: {entry}: {seen}"),
    }
}
