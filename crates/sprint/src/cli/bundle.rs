//! `sprint bundle`: everything that a machine without a network needs, in one signed file.

use std::path::PathBuf;

use serde::Serialize;

use super::prepared::{BuildArgs, prepare};
use super::{Answer, Context, to_json};
use crate::bundle::{self, Making, Manifest};
use crate::count;
use crate::error::Result;
use crate::pins::Pins;

/// Arguments of `sprint bundle`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint bundle make                       of this machine's finished debug build
  sprint bundle make --to /media/stick/kit.bundle --with-target aarch64
  sprint bundle list kit.bundle            what it carries, and what not
  scripts/bootstrap.sh --bundle kit.bundle --bundle-sha256 HEX     on a machine without a network")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make one
    Make(MakeArgs),
    /// Check its signature and every byte
    Verify(FileArgs),
    /// Say what it carries, and what it does not
    List(FileArgs),
    /// Put what it carries where the kit looks for it
    Use(FileArgs),
}

#[derive(Debug, clap::Args)]
struct MakeArgs {
    #[command(flatten)]
    build: BuildArgs,
    /// The file (default: sprint-kit.bundle)
    #[arg(long, value_name = "FILE", default_value = "sprint-kit.bundle")]
    to: PathBuf,
    /// Another target whose finished build goes in; may be repeated
    #[arg(long, value_name = "TARGET")]
    with_target: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print what would be bundled, write nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
struct FileArgs {
    /// The bundle
    file: PathBuf,
    /// Its checksum, as its maker read it out; instead of a key that was accepted
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Should errors be printed as JSON too?
    pub(super) fn wants_json(&self) -> bool {
        match &self.command {
            Command::Make(args) => args.json,
            Command::Verify(args) | Command::List(args) | Command::Use(args) => args.json,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    match &args.command {
        Command::Make(args) => make(args, context),
        Command::Verify(args) | Command::List(args) => look(args, context),
        Command::Use(args) => take(args, context),
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    file: String,
    sha256: Option<&'a str>,
    size: u64,
    manifest: &'a Manifest,
}

fn make(args: &MakeArgs, context: &Context<'_>) -> Result<Answer> {
    let mut plans = vec![prepare(&args.build, context)?.plan];
    for target in &args.with_target {
        let build = BuildArgs {
            profile: args.build.profile,
            source: args.build.source.clone(),
            target: Some(target.clone()),
            no_wait: args.build.no_wait,
        };
        plans.push(prepare(&build, context)?.plan);
    }
    let to = context.directory.join(&args.to);
    if args.dry_run {
        let mut text = format!("would write {}\n", to.display());
        for plan in &plans {
            text.push_str(&format!("  snapshot of {}\n", plan.directory.display()));
        }
        return Ok(Answer::ok(text));
    }
    let pins = Pins::load(&context.root)?;
    let tarball = bundle::tarball(&context.root, context.host, &pins);
    let making = Making {
        root: &context.root,
        host: context.host,
        plans: &plans,
        tarball: tarball.as_deref(),
        to: &to,
    };
    let made = bundle::make(&making, &context.progress, &context.interrupt)?;
    if args.json {
        return Ok(Answer::ok(to_json(&Shown {
            file: to.display().to_string(),
            sha256: Some(&made.sha256),
            size: made.size,
            manifest: &made.manifest,
        })?));
    }
    Ok(Answer::ok(format!(
        "{}{}, {}\n\nread this out to those who take it:\n  sha256 {}\n  scripts/bootstrap.sh --bundle {} --bundle-sha256 {}\n",
        describe(&made.manifest),
        to.display(),
        count::bytes(made.size),
        made.sha256,
        args.to.display(),
        made.sha256
    )))
}

fn look(args: &FileArgs, context: &Context<'_>) -> Result<Answer> {
    let file = context.directory.join(&args.file);
    let opened = bundle::open(context.host, &file, args.sha256.as_deref())?;
    if args.json {
        return Ok(Answer::ok(to_json(&Shown {
            file: file.display().to_string(),
            sha256: args.sha256.as_deref(),
            size: file.metadata().map_or(0, |data| data.len()),
            manifest: &opened.manifest,
        })?));
    }
    Ok(Answer::ok(format!(
        "{}every byte is right; vouched for by {}\n",
        describe(&opened.manifest),
        opened.vouched_by
    )))
}

fn take(args: &FileArgs, context: &Context<'_>) -> Result<Answer> {
    let file = context.directory.join(&args.file);
    let sha256 = args.sha256.as_deref();
    let opened = bundle::open(context.host, &file, sha256)?;
    // The checksum came from the maker by another way, and covers the key.
    let accept = sha256.map(|_| "the bundle's maker");
    let used = bundle::take(context.host, &context.root, &file, &opened, accept)?;
    if args.json {
        return Ok(Answer::ok(to_json(&used)?));
    }
    let mut text = format!(
        "{} placed\n",
        count::count(used.placed.len() as u64, "file")
    );
    if let Some(key) = used.accepted {
        text.push_str(&format!(
            "its maker's snapshots are taken from now on: {key}\n  to take that back: sprint snapshot trust --revoke {key}\n"
        ));
    }
    Ok(Answer::ok(text))
}

fn describe(manifest: &Manifest) -> String {
    let mut text = format!("for {}\n", manifest.host);
    for file in &manifest.files {
        let shown = file.path.get(..40).unwrap_or(&file.path);
        text.push_str(&format!("  {shown:<40}  {}\n", count::bytes(file.size)));
    }
    text.push_str("not in it:\n");
    for missing in &manifest.missing {
        text.push_str(&format!("  {missing}\n"));
    }
    text
}
