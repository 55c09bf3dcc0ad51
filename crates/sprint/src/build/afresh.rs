//! What of an earlier build must not stay: all of it where configure would see something else, cargo's part where Rust
//! itself is another.

use std::fs;

use super::inputs::Inputs;
use super::plan::{BuildPlan, StepId};
use super::record::Record;
use super::state::State;
use crate::atomic;
use crate::error::{IoContext, Result};

/// configure's inputs differ: objects of another compiler or other flags must not stay.
pub(super) fn must(plan: &BuildPlan, state: &State) -> Option<String> {
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

/// Removes everything but cargo's target directory, which cargo keeps right by itself.
pub(super) fn start(plan: &BuildPlan) -> Result<()> {
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
    for directory in [plan.corner().join("rust"), plan.directory.join("target")] {
        if directory.is_dir() {
            fs::remove_dir_all(&directory).on("remove", &directory)?;
        }
    }
    atomic::write(&file, identity.as_bytes())
}
