//! `sprint reproduce`: do equal keys give equal bytes? Builds a second time in another directory, without any cache, and
//! compares every file.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::prepared::{BuildArgs, bring_up, hold, prepare, typed};
use super::{Answer, Context, to_json};
use crate::build::{Built, Comparison, Record, compare, wipe};
use crate::count::count;
use crate::error::{Error, IoContext, Result};
use crate::exec::{CommandLine, output};
use crate::exit::Exit;

/// Arguments of `sprint reproduce`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint reproduce                   build again elsewhere, compare, remove
  sprint reproduce --with ../kit2    compare with another clone's finished build
Exit code 6 where a byte differs.")]
pub struct Args {
    #[command(flatten)]
    build: BuildArgs,
    /// Another clone whose build is finished, instead of building a second time
    #[arg(long, value_name = "DIR")]
    with: Option<PathBuf>,
    /// Keep the second build
    #[arg(long)]
    keep: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Serialize)]
struct Report {
    key: String,
    first: PathBuf,
    second: PathBuf,
    #[serde(flatten)]
    comparison: Comparison,
}

/// What of the repository a second clone needs.
const NEEDED: [&str; 5] = [
    "pins.toml",
    "rust-toolchain.toml",
    "Cargo.toml",
    "modules",
    "scripts",
];

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    // Before anything is fetched or built: a slip of the finger should not cost minutes.
    let second = match &args.with {
        Some(with) => another(with, context)?,
        // Deeper than this one, so that a path that got into a file shows.
        None => context.root.join("build/state/reproduce/a/second/clone"),
    };
    let plan = prepare(&args.build, context)?.plan;
    let below = |path: &Path| {
        path.strip_prefix(&context.root).map(Path::to_owned).map_err(|_| {
            Error::usage(
                "source-outside",
                "a source outside of the repository has one place only, and is not the same elsewhere",
            )
            .next("just source release")
        })
    };
    let source = below(&plan.source.root)?;
    let directory = below(&plan.directory)?;
    let _lock = hold(&plan, args.build.no_wait, context)?;
    bring_up(&plan, args.build.no_wait, context)?;
    if args.with.is_none() {
        wipe(&second)?;
        copy(&second, &source, context)?;
        context
            .progress
            .say("building a second time, without caches");
        build(&second, args, context)?;
    }
    let other = second.join(&directory);
    let built = Record::of(&other).ok_or_else(|| {
        Error::usage(
            "no-record",
            format!("`{}` is not a finished build", other.display()),
        )
        .next(format!("(cd {} && just build)", second.display()))
    })?;
    if built.key != plan.key() {
        return Err(
            Error::usage("other-key", "the two builds have different keys").next(format!(
                "sprint key --diff {}",
                crate::exec::quote(&other.to_string_lossy())
            )),
        );
    }
    let comparison = compare(
        Built {
            root: &context.root,
            directory: &plan.directory,
        },
        Built {
            root: &second,
            directory: &other,
        },
    )?;
    if args.with.is_none() && !args.keep {
        wipe(&context.root.join("build/state/reproduce"))?;
    }
    let report = Report {
        key: plan.key(),
        first: plan.directory.clone(),
        second: other,
        comparison,
    };
    let exit = match report.comparison.differing.is_empty() {
        true => Exit::Ok,
        false => Exit::Integrity,
    };
    let text = if args.json {
        to_json(&report)?
    } else {
        shown(&report)
    };
    Ok(Answer { text, exit })
}

/// The other clone that the person named.
fn another(with: &Path, context: &Context<'_>) -> Result<PathBuf> {
    let refuse = |why: &str| {
        let what = format!("`{}` {why}", with.display());
        Error::usage("no-clone", what).next("sprint reproduce, which makes a second clone itself")
    };
    let found = fs::canonicalize(context.directory.join(with))
        .ok()
        .filter(|found| found.is_dir())
        .ok_or_else(|| refuse("is no directory"))?;
    if fs::canonicalize(&context.root).is_ok_and(|own| own == found) {
        return Err(refuse("is this clone, which is always equal to itself"));
    }
    Ok(found)
}

fn shown(report: &Report) -> String {
    let found = &report.comparison;
    let mut text = format!("{} equal\n", count(found.equal, "file"));
    for file in &found.but_for_the_root {
        text.push_str(&format!("  {file}: equal but for the repository's path\n"));
    }
    for differing in &found.differing {
        text.push_str(&format!(
            "  {}: differs: {}\n",
            differing.file, differing.reason
        ));
    }
    text.push_str(&match found.differing.len() as u64 {
        0 => "reproduced: equal keys, equal bytes\n".to_owned(),
        number => format!("not reproduced: {} differ\n", count(number, "file")),
    });
    text
}

/// A second clone with the same content. `cp` keeps times, links and modes.
fn copy(second: &Path, source: &Path, context: &Context<'_>) -> Result<()> {
    let needed = NEEDED.iter().map(Path::new);
    let manifest = source.with_file_name(format!(
        "{}.manifest",
        source.file_name().unwrap_or_default().to_string_lossy()
    ));
    for name in needed.chain([source, manifest.as_path()]) {
        let from = context.root.join(name);
        if !from.exists() {
            continue;
        }
        let to = second.join(name);
        let parent = to.parent().unwrap_or(second);
        fs::create_dir_all(parent).on("create directory", parent)?;
        let line = CommandLine::new("cp", second)
            .args(["-Rp"])
            .args([from.to_string_lossy(), to.to_string_lossy()]);
        let done = output(&line, context.host.env())?;
        if !done.status.success() {
            return Err(
                Error::setup("copy-failed", "the second clone cannot be made")
                    .detail("seen", String::from_utf8_lossy(&done.stderr).trim())
                    .next("just clean"),
            );
        }
    }
    Ok(())
}

/// The same program, in the second clone.
fn build(second: &Path, args: &Args, context: &Context<'_>) -> Result<()> {
    let program = std::env::current_exe()
        .map_err(|error| Error::bug(format!("this program cannot be found: {error}")))?;
    let words = shlex::split(&typed(&args.build)).unwrap_or_default();
    let line = CommandLine::new(program.to_string_lossy(), second)
        .args(["build"])
        .args(words)
        .env("SPRINT_CACHE", "off")
        .env("SPRINT_SNAPSHOT", "off");
    let log = second.join("build.log");
    let stop = crate::exec::Stop {
        interrupt: &context.interrupt,
        abandoned: &std::sync::atomic::AtomicBool::new(false),
    };
    let finished = crate::exec::run(&line, context.host.env(), &log, &stop, &|_| {})?;
    if finished.status.success() {
        context.progress.done("second", finished.elapsed, "");
        return Ok(());
    }
    Err(
        Error::new(Exit::BuildFailed, "second-build", "the second build failed")
            .detail("log", log.display())
            .next(format!("less {}", log.display())),
    )
}
