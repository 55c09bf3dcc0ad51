//! What an editor has to know of a build, taken from the build itself: which crates there are and with which
//! environment they compile, how each C file is compiled, how one debugger sees Python, C and Rust at once.

mod database;
mod edit;
mod files;
mod jsonc;
mod tools;
mod vscode;

pub use files::{Plan, Planned, Wanted, plan};
pub use tools::Tools;

use std::path::{Path, PathBuf};

use crate::build::{Action, BuildPlan, StepId};
use crate::error::{Error, Result};
use crate::exec::{CommandLine, quote};
use crate::host::Host;

/// The name that editors look for.
pub const DATABASE: &str = "compile_commands.json";

/// What the VS Code files should hold for this build.
pub fn wanted(root: &Path, plan: &BuildPlan, tools: &Tools) -> Result<Wanted> {
    let cargo = command(plan, StepId::Cargo)?;
    Ok(Wanted {
        settings: vscode::settings(root, plan, cargo, tools),
        launch: vscode::launch(root, plan, tools),
        tasks: vscode::tasks(root, plan),
    })
}

/// The build's `compile_commands.json`. The caller holds the build's lock, and the build is up to date.
pub fn database(root: &Path, plan: &BuildPlan, host: &Host) -> Result<Planned> {
    let make = command(plan, StepId::Make)?;
    let entries = database::ask(&plan.directory, make, host.env())?;
    let text =
        serde_json::to_string_pretty(&entries).map_err(|error| Error::bug(error.to_string()))?;
    let path = plan.directory.join(DATABASE);
    Ok(Planned {
        before: std::fs::read_to_string(&path).ok(),
        after: text + "\n",
        path: path.strip_prefix(root).map_or(path.clone(), PathBuf::from),
    })
}

/// Settings describe a build that is there.
pub fn need_build(plan: &BuildPlan) -> Result<()> {
    if plan.directory.join("Makefile").is_file() && plan.program().is_file() {
        return Ok(());
    }
    Err(Error::setup(
        "not-built",
        format!(
            "there is no build in `{}` to describe",
            plan.directory.display()
        ),
    )
    .next(format!(
        "just settings (it builds first), or just build --profile {}",
        quote(plan.profile.name())
    )))
}

fn command(plan: &BuildPlan, id: StepId) -> Result<&CommandLine> {
    let line = plan.steps.iter().find_map(|step| match &step.action {
        Action::Run(line) if step.id == id => Some(line),
        _ => None,
    });
    line.ok_or_else(|| Error::bug(format!("this build has no {} step", id.name())))
}
