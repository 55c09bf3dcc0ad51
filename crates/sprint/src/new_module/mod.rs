//! `sprint new-module`: a module that is green at once, and the place to put one's own functions.
//!
//! Nothing is written before everything was checked; the crates come first and the workspace's two
//! files last, each whole, so that a run that is killed leaves at most a directory that nobody refers to.

mod manifest;
mod name;
mod stdlib;
mod template;

pub use name::{Names, check};

use std::path::Path;

use crate::atomic;
use crate::error::{Error, IoContext, Result};
use crate::module::{self, DIRECTORY};

/// Makes the module; returns the files that were written, relative to the repository.
pub fn make(root: &Path, names: &Names) -> Result<Vec<String>> {
    let workspace = root.join(DIRECTORY);
    let directory = workspace.join(&names.import);
    if directory.exists() {
        return Err(Error::usage(
            "module-exists",
            format!("`{}` is there already", directory.display()),
        )
        .next(format!(
            "just new-module OTHER-NAME, or: rm -r {}",
            crate::exec::quote(&directory.to_string_lossy())
        )));
    }
    for known in module::of_kit(root)? {
        if known.name == names.name || known.imports.contains(&names.import) {
            return Err(Error::usage(
                "module-exists",
                format!("there is a Rust module called `{}` already", known.name),
            )
            .next(format!("just test-module {}", known.name)));
        }
    }
    let (manifest_file, lock_file) = (workspace.join("Cargo.toml"), workspace.join("Cargo.lock"));
    let read = |path: &Path| std::fs::read_to_string(path).on("read", path);
    let manifest = manifest::with_members(&read(&manifest_file)?, names)?;
    let lock = manifest::with_packages(&read(&lock_file)?, names)?;
    let mut written = Vec::new();
    for (path, content) in template::files(names) {
        atomic::write(&directory.join(&path), content.as_bytes())?;
        written.push(format!("{DIRECTORY}/{}/{path}", names.import));
    }
    atomic::write(&lock_file, lock.as_bytes())?;
    atomic::write(&manifest_file, manifest.as_bytes())?;
    written.push(format!("{DIRECTORY}/Cargo.toml"));
    written.push(format!("{DIRECTORY}/Cargo.lock"));
    Ok(written)
}
