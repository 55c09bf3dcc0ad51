//! `sprint bundle`: everything that a machine without a network needs, in one signed file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::prepared::{BuildArgs, prepare};
use super::{Answer, Context, to_json};
use crate::bundle::{self, Making, Manifest, Opened, Part, Taking};
use crate::count;
use crate::error::{Error, Result};
use crate::pins::Pins;

/// Arguments of `sprint bundle`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint bundle make                       of this machine's finished debug build
  sprint bundle make --dry-run             what would go in, and how large
  sprint bundle make --with-system         with Debian's packages, for a bare machine
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
    Use(UseArgs),
    /// Write parts of it to a directory
    Extract(ExtractArgs),
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
    /// With the packages that a build wants (Debian and Ubuntu)
    #[arg(long)]
    with_system: bool,
    /// With this image (of `sprint image save`)
    #[arg(long, value_name = "FILE")]
    with_image: Option<PathBuf>,
    /// Leave this out: `rust`, `clone` or `fork`; may be repeated
    #[arg(long, value_name = "PART")]
    without: Vec<Part>,
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

#[derive(Debug, clap::Args)]
struct UseArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Hand the image that is in it to docker or podman
    #[arg(long)]
    load_image: bool,
}

#[derive(Debug, clap::Args)]
struct ExtractArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Which; may be repeated
    #[arg(long, value_name = "PART", required = true)]
    part: Vec<Part>,
    /// The directory
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

impl Args {
    /// Should errors be printed as JSON too?
    pub(super) fn wants_json(&self) -> bool {
        match &self.command {
            Command::Make(args) => args.json,
            Command::Verify(args) | Command::List(args) => args.json,
            Command::Use(args) => args.file.json,
            Command::Extract(args) => args.file.json,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    match &args.command {
        Command::Make(args) => make(args, context),
        Command::Verify(args) | Command::List(args) => look(args, context),
        Command::Use(args) => take(args, context),
        Command::Extract(args) => extract(args, context),
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
    for part in &args.without {
        if ![Part::Rust, Part::Clone, Part::Fork].contains(part) {
            return Err(Error::usage(
                "always-in-it",
                "only `rust`, `clone` and `fork` can be left out",
            )
            .next("sprint bundle make --help"));
        }
    }
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
    let pins = Pins::load(&context.root)?;
    let image = args
        .with_image
        .as_ref()
        .map(|file| context.directory.join(file));
    let making = Making {
        root: &context.root,
        host: context.host,
        pins: &pins,
        plans: &plans,
        without: &args.without,
        system: args.with_system,
        image: image.as_deref(),
        to: &to,
    };
    if args.dry_run {
        return preview(args, &making);
    }
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
        describe(&made.manifest, &args.to.to_string_lossy()),
        to.display(),
        count::bytes(made.size),
        made.sha256,
        args.to.display(),
        made.sha256
    )))
}

fn preview(args: &MakeArgs, making: &Making<'_>) -> Result<Answer> {
    #[derive(Serialize)]
    struct Line<'a> {
        what: &'a str,
        bytes: Option<u64>,
        estimated: bool,
    }
    let contents = bundle::preview(making)?;
    let total: u64 = contents
        .parts
        .iter()
        .filter_map(|(_, bytes, _)| *bytes)
        .sum();
    if args.json {
        let parts: Vec<Line<'_>> = contents
            .parts
            .iter()
            .map(|(what, bytes, estimated)| Line {
                what,
                bytes: *bytes,
                estimated: *estimated,
            })
            .collect();
        return Ok(Answer::ok(to_json(&serde_json::json!({
            "file": making.to.display().to_string(),
            "parts": parts,
            "bytes": total,
            "missing": contents.missing,
        }))?));
    }
    let mut text = format!("would write {}\n", making.to.display());
    for (title, bytes, guess) in &contents.parts {
        let size = match (bytes, guess) {
            (None, _) => "size known when it is collected".to_owned(),
            (Some(bytes), true) => format!("about {}", count::bytes(*bytes)),
            (Some(bytes), false) => count::bytes(*bytes),
        };
        text.push_str(&format!("  {title}: {size}\n"));
    }
    text.push_str(&format!(
        "at least about {} in all\nnot in it:\n",
        count::bytes(total)
    ));
    for missing in &contents.missing {
        text.push_str(&format!("  {missing}\n"));
    }
    Ok(Answer::ok(text))
}

/// The bundle, believed.
fn opened(args: &FileArgs, context: &Context<'_>) -> Result<(PathBuf, Opened)> {
    let file = context.directory.join(&args.file);
    let opened = bundle::open(context.host, &file, args.sha256.as_deref())?;
    Ok((file, opened))
}

fn look(args: &FileArgs, context: &Context<'_>) -> Result<Answer> {
    let (file, opened) = opened(args, context)?;
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
        describe(&opened.manifest, &args.file.to_string_lossy()),
        opened.vouched_by
    )))
}

fn taking<'a>(file: &'a Path, opened: &'a Opened, context: &'a Context<'_>) -> Taking<'a> {
    Taking {
        root: &context.root,
        host: context.host,
        file,
        opened,
        interrupt: &context.interrupt,
    }
}

fn take(args: &UseArgs, context: &Context<'_>) -> Result<Answer> {
    let (file, opened) = opened(&args.file, context)?;
    let taking = taking(&file, &opened, context);
    // The checksum came from the maker by another way, and covers the key.
    let accept = args.file.sha256.as_ref().map(|_| "the bundle's maker");
    let used = bundle::take(&taking, accept)?;
    let loaded = match args.load_image {
        true => Some(bundle::load_image(&taking)?),
        false => None,
    };
    if args.file.json {
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
    match loaded {
        Some(said) => text.push_str(&format!("{said}\n")),
        None => text.push_str(&image_line(
            &opened.manifest,
            &args.file.file.to_string_lossy(),
        )),
    }
    Ok(Answer::ok(text))
}

fn extract(args: &ExtractArgs, context: &Context<'_>) -> Result<Answer> {
    let (file, opened) = opened(&args.file, context)?;
    let taking = taking(&file, &opened, context);
    let placed = bundle::extract(&taking, &args.part, &context.directory.join(&args.to))?;
    if args.file.json {
        return Ok(Answer::ok(to_json(&placed)?));
    }
    let lines: Vec<String> = placed
        .iter()
        .map(|path| format!("{}\n", path.display()))
        .collect();
    Ok(Answer::ok(lines.concat()))
}

/// How to get at the image, if there is one.
fn image_line(manifest: &Manifest, file: &str) -> String {
    let image = manifest
        .files
        .iter()
        .find(|entry| entry.part == Part::Image);
    image.map_or_else(String::new, |entry| {
        format!(
            "the image in it: tar -xOf {file} {} | docker load      (or: sprint bundle use --load-image)\n",
            entry.path
        )
    })
}

fn describe(manifest: &Manifest, file: &str) -> String {
    let mut text = format!("for {}\n", manifest.host);
    for line in &manifest.about {
        text.push_str(&format!("  {line}\n"));
    }
    // A repository of packages is one thing to people.
    let mut shown: Vec<(String, u64)> = Vec::new();
    let mut directories: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &manifest.files {
        let title = match (entry.part, entry.path.split_once('/')) {
            (Part::System, Some((directory, _))) => {
                *directories.entry(directory).or_default() += 1;
                format!("{directory}/")
            }
            _ => entry.path.clone(),
        };
        match shown.last_mut().filter(|(last, _)| *last == title) {
            Some((_, bytes)) => *bytes += entry.size,
            None => shown.push((title, entry.size)),
        }
    }
    text.push_str("files:\n");
    for (title, bytes) in shown {
        let number = directories.get(title.trim_end_matches('/'));
        let title = match number {
            Some(number) => format!("{title} ({number} files)"),
            None => title,
        };
        let title: String = title.chars().take(40).collect();
        text.push_str(&format!("  {title:<40}  {}\n", count::bytes(bytes)));
    }
    let clone = manifest
        .files
        .iter()
        .find(|entry| entry.part == Part::Clone);
    if let Some(clone) = clone {
        text.push_str(&format!(
            "to have the kit itself: tar -xOf {file} {} | tar -xz      (once its checksum is right)\n",
            clone.path
        ));
    }
    text.push_str(&image_line(manifest, file));
    text.push_str("not in it:\n");
    for missing in &manifest.missing {
        text.push_str(&format!("  {missing}\n"));
    }
    text
}
