//! The Python side: a small program that runs CPython's regrtest in its own process, counts the calls
//! into the module while it does, and writes down what happened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::atomic;
use crate::build::BuildPlan;
use crate::error::{Error, IoContext, Result};
use crate::exec::CommandLine;

/// The program itself, kept beside the crate so that it can be tested by Python too.
const PROGRAM: &str = include_str!("../../python/driver.py");

/// An installed driver for one interpreter.
#[derive(Clone, Debug)]
pub struct Driver {
    python: PathBuf,
    program: PathBuf,
    directory: PathBuf,
    env: BTreeMap<String, String>,
}

/// Where Python found a module.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Loaded {
    /// `__spec__.origin`.
    pub origin: Option<String>,
    /// The loader's type.
    pub loader: Option<String>,
}

/// What a run of one test file left.
#[derive(Clone, Debug, Deserialize)]
pub struct RunResult {
    /// regrtest's own exit code.
    pub exit_code: i32,
    /// Tests that ran.
    pub run: u64,
    /// Failures and errors.
    pub failed: u64,
    /// Skipped ones.
    pub skipped: u64,
    /// Names of those that failed.
    pub failures: Vec<String>,
    /// What was loaded when it ended.
    pub loaded: BTreeMap<String, Option<Loaded>>,
    /// Calls by import name; `None` where they could not be counted.
    pub rust_calls: Option<BTreeMap<String, u64>>,
    /// Why they could not.
    pub rust_calls_note: Option<String>,
    /// Names that the bind file rebound.
    pub bound: Vec<String>,
}

/// What a probe found.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ProbeResult {
    /// Where each module was found.
    pub loaded: BTreeMap<String, Option<Loaded>>,
    /// Why it could not be imported.
    pub errors: BTreeMap<String, String>,
}

impl Driver {
    /// Writes the driver into the build's corner, for the interpreter `python`.
    pub fn install(plan: &BuildPlan, python: &Path) -> Result<Self> {
        let driver = Self::new(plan, python);
        atomic::write_if_changed(&driver.program, PROGRAM.as_bytes())?;
        Ok(driver)
    }

    /// The driver as it will be; writes nothing.
    pub fn new(plan: &BuildPlan, python: &Path) -> Self {
        let program = plan.corner().join("driver.py");
        let env = plan
            .profile
            .runtime_env()
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let directory = python.parent().unwrap_or(&plan.directory).to_owned();
        Self {
            python: python.to_owned(),
            program,
            directory,
            env: env.collect(),
        }
    }

    /// The command that imports `modules` and writes what it found to `result`.
    pub fn probe(&self, modules: &[String], result: &Path) -> CommandLine {
        // -I and -S: neither the person's environment nor site-packages may decide what is proven.
        self.line(&["-I", "-S"])
            .args(["--probe".to_owned(), path(result)])
            .args(module_args(modules))
    }

    /// The command that runs regrtest with `args`.
    pub fn regrtest(
        &self,
        modules: &[String],
        bind: Option<&Path>,
        result: &Path,
        args: &[String],
    ) -> CommandLine {
        let mut line = self
            .line(&[])
            .args(["--result".to_owned(), path(result)])
            .args(module_args(modules));
        if let Some(bind) = bind {
            line = line.args(["--bind".to_owned(), path(bind)]);
        }
        line.args(["--"]).args(args.iter().cloned())
    }

    fn line(&self, options: &[&str]) -> CommandLine {
        let mut line = CommandLine::new(path(&self.python), &self.directory);
        line = line
            .args(options.iter().copied())
            .args([path(&self.program)]);
        line.env = self.env.clone();
        line
    }
}

/// Reads and removes a result file. `None` if the process ended without writing one: it crashed.
pub(super) fn read<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<Option<T>> {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", file, &error)),
    };
    std::fs::remove_file(file).on("remove", file)?;
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|error| {
        Error::bug(format!(
            "the test driver wrote what the kit cannot read: {error}"
        ))
    })
}

fn module_args(modules: &[String]) -> impl Iterator<Item = String> {
    modules
        .iter()
        .flat_map(|module| ["--module".to_owned(), module.clone()])
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
