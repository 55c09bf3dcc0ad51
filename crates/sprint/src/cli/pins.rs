//! `sprint pins`: check or rewrite what repeats pins.toml.

use super::{Answer, Context, to_json};
use crate::count::count;
use crate::error::Result;
use crate::exit::Exit;
use crate::pins::nix::Wish;
use crate::pins::{self, Finding, Pins, Version};

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
    #[command(after_help = "Examples:
  sprint pins check            needs neither network nor Nix
  sprint pins check --online   asks rust-overlay and nixpkgs themselves")]
    Check {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Ask the flake inputs themselves too
        #[arg(long)]
        online: bool,
    },
    /// Rewrite what is generated from pins.toml
    Sync,
    /// Move the flake inputs, with all that follows from them (needs Nix and the network)
    #[command(after_help = "Examples:
  sprint pins bump                     both inputs to the newest
  sprint pins bump --stable 1.98.0     and another Rust for `nix develop .#stable`")]
    Bump {
        /// A branch or a commit of nixpkgs [default: the pinned branch]
        #[arg(long, value_name = "REV")]
        nixpkgs: Option<String>,
        /// A branch or a commit of rust-overlay [default: its default branch]
        #[arg(long, value_name = "REV")]
        rust_overlay: Option<String>,
        /// Move rust.msrv too
        #[arg(long, value_name = "VERSION")]
        msrv: Option<Version>,
        /// Move rust.stable too
        #[arg(long, value_name = "VERSION")]
        stable: Option<Version>,
    },
}

impl Args {
    pub(super) fn wants_json(&self) -> bool {
        matches!(self.action, Action::Check { json: true, .. })
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let pins = Pins::load(&context.root)?;
    let changed = match &args.action {
        Action::Check { json, online } => return check(&pins, *json, *online, context),
        Action::Sync => pins::sync(&context.root, &pins)?,
        Action::Bump {
            nixpkgs,
            rust_overlay,
            msrv,
            stable,
        } => {
            let wish = Wish {
                nixpkgs: nixpkgs.clone(),
                rust_overlay: rust_overlay.clone(),
                msrv: *msrv,
                stable: *stable,
            };
            pins::nix::bump(&context.root, context.host, &wish)?
        }
    };
    Ok(Answer::ok(if changed.is_empty() {
        "everything agrees already\n".to_owned()
    } else {
        changed
            .iter()
            .map(|file| format!("rewrote {file}\n"))
            .collect()
    }))
}

fn check(pins: &Pins, json: bool, online: bool, context: &Context<'_>) -> Result<Answer> {
    let mut findings = pins::check(&context.root, pins)?;
    if online {
        findings.extend(pins::nix::ask(&context.root, context.host, pins)?);
    }
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
        .map(|finding| {
            let remedy = finding
                .remedy()
                .map_or_else(String::new, |remedy| format!("  fix: {remedy}\n"));
            format!("{}\n{remedy}", line(finding))
        })
        .collect();
    if problems == 0 {
        text.push_str("every file agrees with pins.toml\n");
    } else {
        // What sync mends does not name a command of its own.
        let sync = findings
            .iter()
            .any(|finding| finding.is_problem() && finding.remedy().is_none());
        let mend = if sync {
            " (mend: sprint pins sync)"
        } else {
            ""
        };
        text.push_str(&format!("{}{mend}\n", count(problems as u64, "problem")));
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
        Finding::NotInRustOverlay {
            pin,
            version,
            rev,
            nearest,
        } => format!(
            "pins.toml: {pin} is {version}, which rust-overlay at {rev:.12} does not carry (nearest: {})",
            nearest.join(", ")
        ),
        Finding::StaleRecord { file, seen, wanted } => {
            format!("{file}: recorded for {seen:.12}, pinned is {wanted:.12}")
        }
        Finding::InputDiffers {
            entry,
            seen,
            wanted,
        } => format!("{entry}: here it says {wanted}, the input itself says {seen}"),
        Finding::Unpinned { file, line, seen } => {
            format!("{file}:{line}: `{seen}` is not pinned to a commit that pins.toml names")
        }
        Finding::NotPublished { repository } => {
            format!("note: no {repository} has been published yet: .devcontainer/prebuilt says so")
        }
        Finding::NotAsked { what, why } => format!("note: {what} was not asked: {why}"),
    }
}
