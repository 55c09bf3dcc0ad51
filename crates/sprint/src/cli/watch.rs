//! `sprint watch`: the same as `sprint test`, again after each change.

use std::path::PathBuf;

use super::{Answer, Context, test};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::module::{self, DIRECTORY, Module};
use crate::pins::Pins;
use crate::room::Member;
use crate::source::{self, Kind};
use crate::tasks::State;
use crate::watch::{EVERY, Snapshot};

/// What `sprint watch --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  sprint watch base64                    until Ctrl-C
  sprint watch base64 -- -m test_decode  only some tests";

/// Runs the command. Ends with Ctrl-C, which is the way to end it, so with exit code 0.
pub(super) fn run(args: &test::Args, context: &Context<'_>) -> Result<Answer> {
    let directories = watched(args.name(), context)?;
    loop {
        // Taken before the run, so that an edit during the run is not lost.
        let before = Snapshot::take(&directories);
        match test::run(args, context) {
            Ok(answer) => crate::print(&answer.text),
            Err(error) if error.exit() == Exit::Interrupted => return Err(error),
            Err(error) => crate::print_error(&error, context.progress.palette()),
        }
        renew(context);
        context.progress.say(&format!(
            "watching {} (Ctrl-C ends it)",
            shown(&directories, context)
        ));
        let Some(changed) = wait(&directories, before, context) else {
            return Ok(Answer::ok(""));
        };
        context
            .progress
            .say(&format!("changed: {}", shown(&changed, context)));
    }
}

/// Whoever changes files is at the task that was begun last. A state that cannot be read is the task commands' affair.
fn renew(context: &Context<'_>) {
    let Ok(state) = State::load(&context.root) else {
        return;
    };
    if let Some(id) = state.current()
        && state.get(id).is_some_and(|entry| entry.claimed)
    {
        Member::of(context.host, &context.progress).renew(id);
    }
}

/// The next change, when it has come to rest; `None` where the person ended it.
fn wait(directories: &[PathBuf], before: Snapshot, context: &Context<'_>) -> Option<Vec<PathBuf>> {
    let mut last = before.clone();
    loop {
        if context.interrupt.requested() {
            return None;
        }
        let now = last.again(directories);
        let changed = before.changed(&now);
        // Two looks that agree: an editor or git that writes many files is done.
        if !changed.is_empty() && now == last {
            return Some(changed);
        }
        last = now;
        std::thread::sleep(EVERY);
    }
}

/// The modules' workspace (a module depends on `support` and on the lock file), and a tree's own crates.
fn watched(name: &str, context: &Context<'_>) -> Result<Vec<PathBuf>> {
    let mut directories = vec![context.root.join(DIRECTORY)];
    let pins = Pins::load(&context.root)?;
    let glance = source::glance(&context.root, &pins)?;
    if glance.kind != Kind::Release {
        directories.push(glance.root.join("Modules"));
    } else {
        let kit: Vec<Module> = module::of_kit(&context.root)?;
        module::find(&kit, name)?;
    }
    if directories.iter().all(|directory| !directory.is_dir()) {
        return Err(Error::bug("there is nothing to watch"));
    }
    Ok(directories)
}

fn shown(paths: &[PathBuf], context: &Context<'_>) -> String {
    let mut names: Vec<String> = paths
        .iter()
        .take(3)
        .map(|path| {
            path.strip_prefix(&context.root)
                .unwrap_or(path)
                .display()
                .to_string()
        })
        .collect();
    if paths.len() > names.len() {
        names.push(format!("and {} more", paths.len() - names.len()));
    }
    names.join(", ")
}
