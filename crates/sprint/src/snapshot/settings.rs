//! The lists that a person keeps: in files of lines in the user's settings directory.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::host::Host;

/// A file of the user's settings.
pub(super) fn file(host: &Host, name: &str) -> Result<PathBuf> {
    let config = host.user_config().ok_or_else(|| {
        Error::setup("no-home", "there is no place for settings: HOME is not set")
            .next("export HOME=/your/home")
    })?;
    Ok(config.join(name))
}

/// What is in it; nothing if it is not there.
pub(super) fn read(file: &Path) -> Result<String> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Error::io("read", file, &error)),
    }
}
