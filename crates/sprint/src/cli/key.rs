//! `sprint key`: the key of a build, what goes into it, and why two differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::prepared::{BuildArgs, prepare};
use super::{Answer, Context, to_json};
use crate::build::{Difference, Inputs, Record};
use crate::count::count;
use crate::error::{Error, Result};
use crate::snapshot::{self, Manifest, Place};

/// Lines of one input that are shown; `--json` has them all.
const SHOWN: usize = 8;

/// Inputs that are digests of other inputs.
const SUMS: [&str; 4] = ["cargo.linker", "make.archive", "make.configure", "builder"];

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

/// What is known of a key.
enum Known {
    /// Everything: a build, or what `--json` printed.
    Record(Record),
    /// A snapshot's: of each input only whether it is the same.
    Digests(String, BTreeMap<String, String>),
}

impl Known {
    fn key(&self) -> &str {
        match self {
            Self::Record(record) => &record.key,
            Self::Digests(key, _) => key,
        }
    }

    fn digests(&self) -> BTreeMap<String, String> {
        match self {
            Self::Record(record) => record.inputs.digests(),
            Self::Digests(_, inputs) => inputs.clone(),
        }
    }

    fn differences(&self, second: &Self) -> Vec<Difference> {
        if let (Self::Record(first), Self::Record(second)) = (self, second) {
            return first.inputs.differences(&second.inputs);
        }
        let (first, second) = (self.digests(), second.digests());
        let names: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
        let told = |digests: &BTreeMap<String, String>, name: &str| {
            let told = digests.get(name).map(|digest| format!("({digest})"));
            told.into_iter().collect()
        };
        names
            .into_iter()
            .filter(|name| first.get(*name) != second.get(*name))
            .map(|name| Difference {
                name: name.clone(),
                first: told(&first, name),
                second: told(&second, name),
            })
            .collect()
    }
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
        None => Known::Record(prepare(&args.build, context)?.plan.record()),
    };
    let is_told = matches!((&first, &second), (Known::Record(_), Known::Record(_)));
    let diff = Diff {
        differences: first.differences(&second),
        first: first.key().to_owned(),
        second: second.key().to_owned(),
    };
    if args.json {
        return Ok(Answer::ok(to_json(&diff)?));
    }
    if diff.differences.is_empty() {
        return Ok(Answer::ok(format!("the same key: {}\n", diff.first)));
    }
    let mut text = format!("- {}\n+ {}\n", plain(&diff.first), plain(&diff.second));
    // Where their parts differ too, digests of several inputs say nothing more.
    let all = diff.differences.iter();
    let (sums, parts): (Vec<_>, Vec<_>) = all.partition(|one| SUMS.contains(&one.name.as_str()));
    let shown = if parts.is_empty() { sums } else { parts };
    for difference in shown {
        text.push_str(&format!("{}\n", plain(&difference.name)));
        for (sign, lines) in [('-', &difference.first), ('+', &difference.second)] {
            for line in lines.iter().take(SHOWN) {
                text.push_str(&format!("  {sign} {}\n", plain(line)));
            }
            if lines.len() > SHOWN {
                let more = count((lines.len() - SHOWN) as u64, "more line");
                text.push_str(&format!("  {sign} … {more} (--json lists them)\n"));
            }
        }
    }
    if !is_told {
        text.push_str(
            "a snapshot tells only which inputs differ; for their lines, there: sprint key --json > theirs.json\n",
        );
    }
    Ok(Answer::ok(text))
}

/// What another machine wrote must not move this terminal's cursor.
fn plain(text: &str) -> String {
    let visible = |letter: char| {
        if letter.is_control() {
            '\u{fffd}'
        } else {
            letter
        }
    };
    text.chars().map(visible).collect()
}

/// A record by file, by build directory, or by the first letters of its key.
fn find(name: &str, context: &Context<'_>) -> Result<Known> {
    let path = context.directory.join(name);
    if path.is_dir() {
        return Record::of(&path).map(Known::Record).ok_or_else(|| {
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
    let mut found: Vec<Known> = candidates(context)
        .into_iter()
        .filter(|known| name.len() >= 4 && known.key().starts_with(name))
        .collect();
    found.dedup_by(|a, b| a.key() == b.key());
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

fn read(path: &Path) -> Option<Known> {
    let bytes = std::fs::read(path).ok()?;
    if let Ok(record) = serde_json::from_slice(&bytes) {
        return Some(Known::Record(record));
    }
    // Whoever signed it: nothing of it is used, it is only shown. Older ones do not tell their inputs.
    let manifest: Manifest = serde_json::from_slice(&bytes).ok()?;
    (!manifest.inputs.is_empty()).then_some(Known::Digests(manifest.key, manifest.inputs))
}

/// What is recorded in this repository's build directories, and in the directories that hold snapshots.
fn candidates(context: &Context<'_>) -> Vec<Known> {
    let entries = |directory: PathBuf| {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        entries.map(|entry| entry.path())
    };
    let builds = entries(context.root.join("build")).flat_map(entries);
    let records = builds.filter_map(|path| Record::of(&path));
    let mut known: Vec<Known> = records.map(Known::Record).collect();
    for place in snapshot::places(context.host, None).unwrap_or_default() {
        if let Place::Directory(store) = place {
            let files = entries(store.join("v1"));
            let files = files.filter(|path| path.extension().is_some_and(|ext| ext == "json"));
            known.extend(files.filter_map(|path| read(&path)));
        }
    }
    // Stable: what tells more comes first.
    known.sort_by(|a, b| a.key().cmp(b.key()));
    known
}
