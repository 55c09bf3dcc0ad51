//! Which test files a module's test run consists of.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, IoContext, Result};
use crate::module::Module;
use crate::source::Source;

/// Why a file is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The module's own tests.
    Conformance,
    /// CPython's, with the standard library's functions bound to the Rust ones.
    Bound,
    /// CPython's, as they are.
    Area,
}

/// One run of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFile {
    /// `test_base64`.
    pub name: String,
    /// Why it is run.
    pub role: Role,
    /// Where it is, if not in CPython's own Lib/test.
    pub directory: Option<PathBuf>,
    /// The file that binds the standard library to Rust.
    pub bind: Option<PathBuf>,
}

/// The files of a module, in the order they are reported. `baseline` leaves only CPython's own.
pub fn select(module: &Module, source: &Source, baseline: bool) -> Result<Vec<TestFile>> {
    let mut files = Vec::new();
    if let Some(directory) = module.conformance.as_ref().filter(|_| !baseline) {
        for name in test_files(directory)? {
            files.push(TestFile {
                name,
                role: Role::Conformance,
                directory: Some(directory.clone()),
                bind: None,
            });
        }
        if files.is_empty() {
            return Err(Error::usage(
                "no-conformance",
                format!("`{}` holds no test_*.py", directory.display()),
            )
            .next("see modules/README.md"));
        }
    }
    if let Some(bind) = module.bind.as_ref().filter(|_| !baseline) {
        for name in &module.bound_tests {
            files.push(TestFile {
                name: name.clone(),
                role: Role::Bound,
                directory: None,
                bind: Some(bind.clone()),
            });
        }
    }
    for name in &module.tests {
        let there = source.root.join("Lib/test");
        if !there.join(format!("{name}.py")).is_file() && !there.join(name).is_dir() {
            return Err(Error::usage(
                "no-test-file",
                format!("CPython {} has no {name}", source.version_text),
            )
            .detail("wanted by", module.directory.join("Cargo.toml").display())
            .next(format!("ls {}", there.display())));
        }
        files.push(TestFile {
            name: name.clone(),
            role: Role::Area,
            directory: None,
            bind: None,
        });
    }
    Ok(files)
}

fn test_files(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).on("list", directory)? {
        let name = entry
            .on("list", directory)?
            .file_name()
            .to_string_lossy()
            .into_owned();
        if let Some(stem) = name
            .strip_suffix(".py")
            .filter(|stem| stem.starts_with("test_"))
        {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    Ok(names)
}
