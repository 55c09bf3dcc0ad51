//! The C side of a build: the same interpreter, with the C modules where the Rust ones replace them
//! and without those that only exist in Rust.
//!
//! An interpreter finds its modules through `pybuilddir.txt` beside it, so a second directory at the
//! same depth, with a hard link to the interpreter and links to everything else, is a whole build of its own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::configured::Configured;
use super::plan::BuildPlan;
use crate::error::{Error, IoContext, Result};
use crate::target::Linkage;

/// Makes the directory and returns its interpreter.
pub fn prepare(plan: &BuildPlan) -> Result<PathBuf> {
    if plan.target.linkage == Linkage::Static {
        return Err(Error::setup(
            "no-static-baseline",
            format!(
                "the interpreter for {} carries the Rust modules: there is no C side beside it",
                plan.target.triple
            ),
        )
        .next("just test-module MODULE --baseline, on this machine itself"));
    }
    let configured = Configured::read(&plan.directory)?;
    let library = configured.library(&plan.directory)?;
    let name = format!("{}-{}-baseline", plan.target.triple, plan.profile);
    let baseline = plan.directory.with_file_name(name);
    super::wipe(&baseline)?;
    fs::create_dir_all(&baseline).on("create directory", &baseline)?;
    for entry in fs::read_dir(&plan.directory).on("list", &plan.directory)? {
        let entry = entry.on("list", &plan.directory)?;
        let name = entry.file_name();
        if name != plan.target.python
            && name != "pybuilddir.txt"
            && name != "build"
            && name != ".sprint"
        {
            let at = baseline.join(&name);
            symlink(entry.path(), &at).on("link", &at)?;
        }
    }
    let python = baseline.join(plan.target.python);
    if fs::hard_link(plan.python(), &python).is_err() {
        // Another file system, or one without hard links.
        fs::copy(plan.python(), &python).on("copy to", &python)?;
    }
    let own = baseline.join("pybuilddir.txt");
    fs::copy(plan.directory.join("pybuilddir.txt"), &own).on("copy to", &own)?;
    link_modules(plan, &configured, &library, &configured.library(&baseline)?)?;
    Ok(python)
}

fn link_modules(
    plan: &BuildPlan,
    configured: &Configured,
    library: &Path,
    baseline: &Path,
) -> Result<()> {
    fs::create_dir_all(baseline).on("create directory", baseline)?;
    let ours: Vec<String> = plan
        .modules
        .iter()
        .flat_map(|module| {
            module
                .imports
                .iter()
                .map(|import| format!("{import}{}", configured.ext_suffix))
        })
        .collect();
    for entry in fs::read_dir(library).on("list", library)? {
        let entry = entry.on("list", library)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let to = if ours.contains(&name) {
            // What make itself built, if it built one of that name.
            let original = plan.directory.join("Modules").join(&name);
            if !original.exists() || plan.source.lane == crate::source::Lane::InTree {
                continue;
            }
            original
        } else {
            entry.path()
        };
        let at = baseline.join(&name);
        symlink(&to, &at).on("link", &at)?;
    }
    Ok(())
}
