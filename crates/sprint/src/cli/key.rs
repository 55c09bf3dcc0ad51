//! `sprint key`: the key of a build, what goes into it, and why two differ.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::prepared::{BuildArgs, prepare};
use super::{Answer, Context, to_json};
use crate::build::{Difference, Inputs, Record};
use crate::count::count;
use crate::error::{Error, Result};

/// Lines of one input that are shown; `--json` has them all.
const SHOWN: usize = 8;

/// Arguments of `sprint key`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint key                         the key of the build you would get
  sprint key --explain               every input
  sprint key --diff 3f2a             why is that build not this one? (a key's first letters)
  sprint key --diff a.json b.json    two keys, as `sprint key --json` printed them")]
pub struct Args {
    #[command(flatten)]
    build: BuildArgs,
    /// List every input
    #[arg(long)]
    explain: bool,
    /// Say in what one or two recorded keys differ: from each other, or from the build you would get. A key's
    /// first letters, a build directory, or a JSON file
    #[arg(long, value_name = "KEY", num_args = 1..=2, conflicts_with = "explain")]
    diff: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Serialize)]
struct Diff {
    first: String,
    second: String,
    differences: Vec<Difference>,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    if !args.diff.is_empty() {
        return diff(args, context);
    }
    let record = prepare(&args.build, context)?.plan.record();
    if args.json {
        return Ok(Answer::ok(to_json(&record)?));
    }
    let mut text = format!("{}\n", record.key);
    if args.explain {
        text.push_str(&format!("  {:<28} {}\n", "(base key)", record.base));
        text.push_str(&explained(&record.inputs));
    }
    Ok(Answer::ok(text))
}

fn explained(inputs: &Inputs) -> String {
    let mut text = String::new();
    for (name, value) in inputs.iter() {
        let first = value.lines().next().unwrap_or("");
        let more = value.lines().count().saturating_sub(1);
        let more = if more > 0 {
            format!(" (+{})", count(more as u64, "line"))
        } else {
            String::new()
        };
        text.push_str(&format!("  {name:<28} {first}{more}\n"));
    }
    text
}

fn diff(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let first = find(&args.diff[0], context)?;
    let second = match args.diff.get(1) {
        Some(name) => find(name, context)?,
        None => prepare(&args.build, context)?.plan.record(),
    };
    let diff = Diff {
        differences: first.inputs.differences(&second.inputs),
        first: first.key,
        second: second.key,
    };
    if args.json {
        return Ok(Answer::ok(to_json(&diff)?));
    }
    if diff.differences.is_empty() {
        return Ok(Answer::ok(format!("the same key: {}\n", diff.first)));
    }
    let mut text = format!("- {}\n+ {}\n", diff.first, diff.second);
    for difference in &diff.differences {
        text.push_str(&format!("{}\n", difference.name));
        for (sign, lines) in [('-', &difference.first), ('+', &difference.second)] {
            for line in lines.iter().take(SHOWN) {
                text.push_str(&format!("  {sign} {line}\n"));
            }
            if lines.len() > SHOWN {
                let more = count((lines.len() - SHOWN) as u64, "more line");
                text.push_str(&format!("  {sign} … {more} (--json lists them)\n"));
            }
        }
    }
    Ok(Answer::ok(text))
}

/// A record by file, by build directory, or by the first letters of its key.
fn find(name: &str, context: &Context<'_>) -> Result<Record> {
    let path = context.directory.join(name);
    if path.is_dir() {
        return Record::of(&path).ok_or_else(|| {
            Error::usage(
                "no-record",
                format!("`{name}` is not a finished build directory"),
            )
            .next("just build, then the same command again")
        });
    }
    if path.is_file() {
        return read(&path).ok_or_else(|| {
            Error::usage(
                "no-record",
                format!("`{name}` holds no key and inputs, as `sprint key --json` prints them"),
            )
            .next("sprint key --json > FILE")
        });
    }
    let mut found: Vec<Record> = candidates(context)
        .into_iter()
        .filter(|record| name.len() >= 4 && record.key.starts_with(name))
        .collect();
    found.dedup_by(|a, b| a.key == b.key);
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Error::usage(
            "no-such-key",
            format!("no build directory and no snapshot here has a key that begins with `{name}`"),
        )
        .next("sprint key --diff FILE, with what `sprint key --json` printed there")),
        number => Err(Error::usage(
            "many-keys",
            format!("{} begin with `{name}`", count(number as u64, "key")),
        )
        .next("sprint key --diff, with more letters")),
    }
}

fn read(path: &Path) -> Option<Record> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// What is recorded in this repository's build directories and in the local store of snapshots.
fn candidates(context: &Context<'_>) -> Vec<Record> {
    let entries = |directory: PathBuf| {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        entries.map(|entry| entry.path())
    };
    let builds = entries(context.root.join("build")).flat_map(entries);
    let mut records: Vec<Record> = builds.filter_map(|path| Record::of(&path)).collect();
    if let Some(cache) = context.host.user_cache() {
        let manifests = entries(cache.join("snapshots/v1"));
        records.extend(manifests.filter_map(|path| read(&path)));
    }
    records.sort_by(|a, b| a.key.cmp(&b.key));
    records
}
