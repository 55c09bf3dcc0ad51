//! `sprint clean`: remove build directories, never sources or downloads.

use std::fs;
use std::path::PathBuf;

use super::{Answer, Context};
use crate::build::wipe;
use crate::error::{IoContext, Result};
use crate::lock;

/// Arguments of `sprint clean`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print what would be removed, remove nothing
    #[arg(long)]
    dry_run: bool,
}

/// Directories under `build/` that hold no builds.
const KEPT: [&str; 3] = ["sources", "downloads", "state"];

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let mut text = String::new();
    for directory in builds(context)? {
        let shown = directory
            .strip_prefix(&context.root)
            .unwrap_or(&directory)
            .display()
            .to_string();
        if args.dry_run {
            text.push_str(&format!("would remove {shown}\n"));
            continue;
        }
        let _lock = lock::exclusive(
            &directory.with_extension("lock"),
            &context.progress,
            &context.interrupt,
        )?;
        wipe(&directory)?;
        text.push_str(&format!("removed {shown}\n"));
    }
    if text.is_empty() {
        text.push_str("there are no build directories\n");
    }
    Ok(Answer::ok(text))
}

fn builds(context: &Context<'_>) -> Result<Vec<PathBuf>> {
    let top = context.root.join("build");
    let mut builds = Vec::new();
    if !top.is_dir() {
        return Ok(builds);
    }
    for source in fs::read_dir(&top).on("list", &top)? {
        let source = source.on("list", &top)?;
        if !source.path().is_dir() || KEPT.iter().any(|kept| source.file_name() == *kept) {
            continue;
        }
        for build in fs::read_dir(source.path()).on("list", &source.path())? {
            let path = build.on("list", &source.path())?.path();
            if path.is_dir() {
                builds.push(path);
            }
        }
    }
    builds.sort();
    Ok(builds)
}
