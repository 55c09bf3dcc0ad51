//! What of an earlier build must not stay: all of it where configure would see something else or where its times are yet
//! to come, cargo's part where Rust itself is another.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::inputs::Inputs;
use super::plan::{Action, BuildPlan, Step, StepId};
use super::record::Record;
use super::state::State;
use crate::atomic;
use crate::error::{IoContext, Result};
use crate::progress::Progress;

/// Removes what must not stay, if anything, and says why. Returns whether it did.
pub(super) fn start_if_needed(
    plan: &BuildPlan,
    state: &State,
    progress: &Progress,
) -> Result<bool> {
    if let Some(changed) = must(plan, state) {
        progress.say(&format!(
            "{changed} changed since this directory was configured: starting it afresh"
        ));
    } else if is_ahead(plan, state)? {
        progress.say("the clock was ahead when this directory was built: starting it afresh");
        drop_rust(plan)?;
    } else {
        return Ok(false);
    }
    start(plan).map(|()| true)
}

/// configure's inputs differ: objects of another compiler or other flags must not stay.
fn must(plan: &BuildPlan, state: &State) -> Option<String> {
    let step = plan
        .steps
        .iter()
        .find(|step| step.id == StepId::Configure)?;
    let former = state.inputs_of(StepId::Configure)?;
    if former == step.inputs.digest() {
        return None;
    }
    let unknown = "configure, its arguments, the compiler, the flags or the libraries";
    let Some(built) = Record::of(&plan.directory) else {
        return Some(unknown.to_owned());
    };
    let differences = built.inputs.differences(&plan.inputs);
    let names: Vec<&str> = differences
        .iter()
        .filter_map(|difference| difference.name.strip_prefix("configure."))
        .map(|name| name.strip_prefix("cc.").unwrap_or(name))
        .collect();
    Some(match names.is_empty() {
        true => unknown.to_owned(),
        false => names.join(", "),
    })
}

/// Is there work to do, in a directory with files that a clock wrote which was ahead? To make and cargo those are newer
/// than every edit until that time has come, and what is made of them now is older than what it goes into.
fn is_ahead(plan: &BuildPlan, state: &State) -> Result<bool> {
    let is_work = |step: &Step| matches!(step.action, Action::Run(_)) && !state.is_done(step);
    if !plan.steps.iter().any(is_work) {
        return Ok(false);
    }
    // Some file systems keep even seconds only, and those of other machines have clocks of their own.
    let time = SystemTime::now() + Duration::from_secs(60);
    let rust = plan.corner().join("rust");
    Ok(any_after(&plan.directory, time)? || (rust.is_dir() && any_after(&rust, time)?))
}

fn any_after(directory: &Path, time: SystemTime) -> Result<bool> {
    for entry in fs::read_dir(directory).on("list", directory)? {
        let entry = entry.on("list", directory)?;
        let (path, name) = (entry.path(), entry.file_name());
        // The kit's own corner, and what CPython's tests left, which play with times.
        if name == ".sprint" || name.to_string_lossy().starts_with("test_python_") {
            continue;
        }
        let data = entry.metadata().on("look at", &path)?;
        let is_after = if data.is_dir() {
            any_after(&path, time)?
        } else {
            data.is_file() && data.modified().on("look at", &path)? > time
        };
        if is_after {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes cargo's target directories.
fn drop_rust(plan: &BuildPlan) -> Result<()> {
    for directory in [plan.corner().join("rust"), plan.directory.join("target")] {
        if directory.is_dir() {
            fs::remove_dir_all(&directory).on("remove", &directory)?;
        }
    }
    Ok(())
}

/// Removes everything but cargo's target directory, which cargo keeps right by itself.
fn start(plan: &BuildPlan) -> Result<()> {
    for entry in fs::read_dir(&plan.directory).on("list", &plan.directory)? {
        let path = entry.on("list", &plan.directory)?.path();
        let is_corner = path == plan.corner();
        if is_corner {
            let state = path.join("state.json");
            if state.exists() {
                fs::remove_file(&state).on("remove", &state)?;
            }
        } else if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(&path).on("remove", &path)?;
        } else {
            fs::remove_file(&path).on("remove", &path)?;
        }
    }
    Ok(())
}

/// cargo knows a compiler by what it says of itself. One that says the same and is another, or other work of
/// the kit's scripts around it, must not meet its predecessor's crates.
pub(super) fn drop_foreign_rust(plan: &BuildPlan) -> Result<()> {
    let counts = |name: &str| name.contains(".rust.") || name == "configure.steps";
    let inputs = plan.inputs.iter().filter(|(name, _)| counts(name));
    let identity = inputs
        .fold(Inputs::new(), |all, (name, value)| all.with(name, value))
        .digest();
    let file = plan.corner().join("rust-identity");
    if fs::read_to_string(&file).is_ok_and(|former| former == identity) {
        return Ok(());
    }
    drop_rust(plan)?;
    atomic::write(&file, identity.as_bytes())
}
