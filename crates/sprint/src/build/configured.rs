//! What configure and make decided, read from the files they left.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};

/// A configured build directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// `3.13`.
    pub version: String,
    /// `Py_DEBUG`.
    pub debug: bool,
    /// `Py_GIL_DISABLED`.
    pub free_threaded: bool,
    /// Bits of a pointer.
    pub pointer_width: u8,
    /// `.cpython-313d-x86_64-linux-gnu.so`.
    pub ext_suffix: String,
}

impl Configured {
    /// Reads `Makefile` and `pyconfig.h` of a build directory.
    pub fn read(directory: &Path) -> Result<Self> {
        let makefile = directory.join("Makefile");
        let header = directory.join("pyconfig.h");
        let make_text = fs::read_to_string(&makefile).on("read", &makefile)?;
        let header_text = fs::read_to_string(&header).on("read", &header)?;
        let variable = |name: &str| {
            make_variable(&make_text, name).ok_or_else(|| {
                Error::setup(
                    "odd-makefile",
                    format!("`{}` does not set {name}", makefile.display()),
                )
                .next("just build --clean")
            })
        };
        let width =
            definition(&header_text, "SIZEOF_VOID_P").and_then(|bytes| bytes.parse::<u8>().ok());
        Ok(Self {
            version: variable("VERSION")?.to_owned(),
            ext_suffix: variable("EXT_SUFFIX")?.to_owned(),
            debug: definition(&header_text, "Py_DEBUG") == Some("1"),
            free_threaded: definition(&header_text, "Py_GIL_DISABLED") == Some("1"),
            pointer_width: width.unwrap_or(0) * 8,
        })
    }

    /// The directory of extension modules that the interpreter in `directory` imports from.
    pub fn library(&self, directory: &Path) -> Result<PathBuf> {
        let file = directory.join("pybuilddir.txt");
        let text = fs::read_to_string(&file).on("read", &file)?;
        Ok(directory.join(text.trim()))
    }
}

fn make_variable<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        line.strip_prefix(name)?
            .trim_start()
            .strip_prefix('=')
            .map(str::trim)
    })
}

fn definition<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        line.strip_prefix("#define ")?
            .strip_prefix(name)?
            .strip_prefix(' ')
            .map(str::trim)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_whole() {
        assert_eq!(
            make_variable("VERSION_X=1\nVERSION=\t3.13\n", "VERSION"),
            Some("3.13")
        );
        let header = "/* #undef Py_DEBUG */\n#define Py_DEBUGGER 1\n#define SIZEOF_VOID_P 8\n";
        assert_eq!(definition(header, "Py_DEBUG"), None);
        assert_eq!(definition(header, "SIZEOF_VOID_P"), Some("8"));
    }
}
