//! The programs that build and run a target which is not this machine's own: looked for, never
//! assumed, and tried on a small program before anything is built with them.
//!
//! [`look`] returns what it found together with [`Finding`]s; a build needs the former, `doctor` shows
//! the latter.

mod gnu;
mod runner;
mod rust_std;
mod tested;
mod trial;
mod wasi;

use std::path::{Path, PathBuf};

use crate::build::Inputs;
use crate::error::{Error, Result};
use crate::finding::{self, Finding, Severity};
use crate::host::Host;
use crate::progress::Progress;
use crate::target::{Compiler, Cross, Target};

/// Programs for one target.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// What compiles C.
    pub compilers: Compilers,
    /// What runs the target's programs: qemu or wasmtime.
    pub runner: PathBuf,
    /// All that can change what they make, as they describe it themselves.
    pub inputs: Inputs,
}

/// What compiles and links for one target.
#[derive(Clone, Debug)]
pub struct Compilers {
    /// The C compiler with the options that it always needs.
    pub cc: Vec<String>,
    /// The C++ compiler, which configure looks for too.
    pub cxx: Vec<String>,
    /// The archiver.
    pub ar: String,
    /// Its index writer.
    pub ranlib: String,
    /// What reads ELF files; configure asks for it.
    pub readelf: String,
    /// Where the target's headers and libraries are.
    pub sysroot: PathBuf,
    /// The WASI SDK, if there is one.
    pub sdk: Option<PathBuf>,
    /// As people read it.
    pub name: String,
}

/// What was found for a target.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// The programs, if nothing is missing.
    pub toolchain: Option<Toolchain>,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
}

/// Where and for whom is looked.
#[derive(Clone, Copy, Debug)]
struct Search<'a> {
    host: &'a Host,
    root: &'a Path,
    target: &'static Target,
    cross: &'static Cross,
}

/// Looks for everything that `target` needs. A machine's own target needs nothing of this.
pub fn look(target: &'static Target, host: &Host, root: &Path) -> Result<Looked> {
    let Some(cross) = target.cross.as_ref().filter(|_| !target.is_native(host)) else {
        return Ok(Looked::default());
    };
    let search = Search {
        host,
        root,
        target,
        cross,
    };
    let mut findings = rust_std::look(&search)?;
    let compilers = match cross.compiler {
        Compiler::Gnu => gnu::look(&search, &mut findings),
        Compiler::WasiSdk => wasi::look(&search, &mut findings)?,
    };
    let runner = runner::look(&search, &mut findings);
    let (Some(compilers), Some(runner)) = (compilers, runner) else {
        return Ok(Looked {
            toolchain: None,
            findings,
        });
    };
    // A trial would only fail for a reason that is known by now.
    if !works(&findings) {
        return Ok(Looked {
            toolchain: None,
            findings,
        });
    }
    let inputs = Inputs::new().with("name", &compilers.name).with(
        "sysroot",
        crate::system::rootless(root, &compilers.sysroot.to_string_lossy()),
    );
    let toolchain = Toolchain {
        compilers,
        runner,
        inputs,
    };
    findings.extend(trial::compile_and_run(&search, &toolchain)?);
    Ok(Looked {
        toolchain: works(&findings).then_some(toolchain),
        findings,
    })
}

fn works(findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.severity != Severity::Problem)
}

/// The findings alone, for `doctor`.
pub fn findings(target: &'static Target, host: &Host, root: &Path) -> Result<Vec<Finding>> {
    look(target, host, root).map(|looked| looked.findings)
}

/// The programs, or the error with every fix (exit code 3). Warnings are said.
pub fn require(
    target: &'static Target,
    host: &Host,
    root: &Path,
    progress: &Progress,
) -> Result<Toolchain> {
    let looked = look(target, host, root)?;
    let what = format!(
        "this machine lacks what building for {} needs",
        target.triple
    );
    if let Some(error) = finding::refuse(&what, &looked.findings) {
        return Err(error);
    }
    for finding in &looked.findings {
        progress.warn(&format!("{} ({} wanted)", finding.seen, finding.wanted));
        progress.say(&format!("fix: {}", finding.fix));
    }
    looked
        .toolchain
        .ok_or_else(|| Error::bug("no toolchain, and no finding that says why"))
}

impl Search<'_> {
    /// `sudo apt-get install …` for those of the row's packages that `wanted` picks.
    fn apt(&self, wanted: impl Fn(&str) -> bool) -> String {
        let packages: Vec<&str> = self
            .cross
            .packages
            .iter()
            .copied()
            .filter(|package| wanted(package))
            .collect();
        let foreign = packages.iter().find_map(|package| package.split_once(':'));
        let architecture = foreign.map_or_else(String::new, |(_, name)| {
            format!("sudo dpkg --add-architecture {name} && sudo apt-get update && ")
        });
        format!("{architecture}sudo apt-get install {}", packages.join(" "))
    }
}
