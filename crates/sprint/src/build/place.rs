//! Puts the built modules where Python finds them, and keeps stale ones away.

use std::fs;
use std::path::{Path, PathBuf};

use super::configured::Configured;
use super::plan::corner;
use crate::atomic;
use crate::error::{Error, IoContext, Result};
use crate::hash;

/// What the modules were built for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// `3.13`.
    pub version: String,
    /// `Py_DEBUG`.
    pub debug: bool,
    /// `Py_GIL_DISABLED`.
    pub free_threaded: bool,
    /// Bits.
    pub pointer_width: u8,
}

/// Which libraries go to Python under which import name.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Import name and library.
    pub modules: Vec<(String, PathBuf)>,
    /// What they were built for.
    pub expected: Expected,
}

impl Expected {
    /// The same as a PyO3 configuration file (keys as in pyo3-build-config's `InterpreterConfig`).
    pub fn pyo3_config(&self) -> String {
        let mut flags = Vec::new();
        if self.debug {
            flags.extend(["Py_DEBUG", "Py_REF_DEBUG"]);
        }
        if self.free_threaded {
            flags.push("Py_GIL_DISABLED");
        }
        format!(
            "implementation=CPython\nversion={}\nshared=false\npointer_width={}\nbuild_flags={}\n\
             suppress_build_script_link_lines=true\n",
            self.version,
            self.pointer_width,
            flags.join(",")
        )
    }

    pub(super) fn compare(&self, configured: &Configured) -> Result<()> {
        let seen = Self {
            version: configured.version.clone(),
            debug: configured.debug,
            free_threaded: configured.free_threaded,
            pointer_width: configured.pointer_width,
        };
        if seen == *self {
            return Ok(());
        }
        Err(Error::setup(
            "other-interpreter",
            "configure made another interpreter than the modules were built for",
        )
        .detail("built for", self.pyo3_config().replace('\n', " "))
        .detail("seen", seen.pyo3_config().replace('\n', " "))
        .detail(
            "likely",
            "a CONFIG_SITE file or CFLAGS in your environment change what configure decides",
        )
        .next("unset CONFIG_SITE CFLAGS CPPFLAGS, then run the same command again"))
    }
}

/// Removes modules of former runs that are no longer built. Returns whether there were any.
pub(super) fn retire(directory: &Path, placement: &Placement) -> Result<bool> {
    let record = corner(directory).join("placed");
    let former = match fs::read_to_string(&record) {
        Ok(former) => former,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Error::io("read", &record, &error)),
    };
    let gone: Vec<&str> = former
        .lines()
        .filter(|former| !placement.modules.iter().any(|(import, _)| import == former))
        .collect();
    if gone.is_empty() || !directory.join("pybuilddir.txt").is_file() {
        return Ok(false);
    }
    let configured = Configured::read(directory)?;
    let library = configured.library(directory)?;
    for import in &gone {
        let file = library.join(format!("{import}{}", configured.ext_suffix));
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &file, &error));
            }
            _ => {}
        }
    }
    Ok(true)
}

/// Copies every module whose file differs from the one that was built.
pub(super) fn place(directory: &Path, placement: &Placement) -> Result<()> {
    let configured = Configured::read(directory)?;
    placement.expected.compare(&configured)?;
    let library = configured.library(directory)?;
    let record = corner(directory).join("placed");
    let names: Vec<&str> = placement
        .modules
        .iter()
        .map(|(import, _)| import.as_str())
        .collect();
    // Recorded before copying: a run that is killed in between must not forget what it placed.
    atomic::write_if_changed(&record, (names.join("\n") + "\n").as_bytes())?;
    for (import, from) in &placement.modules {
        let to = library.join(format!("{import}{}", configured.ext_suffix));
        if !is_same_file(from, &to)? {
            atomic::copy(from, &to)?;
            copy_line_tables(from, &to)?;
        }
    }
    Ok(())
}

/// On macOS the line tables of a linked file are in a bundle beside it (`X.dylib.dSYM`), and the proof reads
/// `Y.so.dSYM` beside the module. Elsewhere there is no such bundle, and nothing to do.
fn copy_line_tables(from: &Path, to: &Path) -> Result<()> {
    let inside = |file: &Path| {
        let mut name = file.as_os_str().to_owned();
        name.push(".dSYM/Contents/Resources/DWARF");
        PathBuf::from(name)
    };
    let (from, to) = (inside(from), inside(to));
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(&to).on("create directory", &to)?;
    for entry in fs::read_dir(&from).on("list", &from)? {
        let entry = entry.on("list", &from)?;
        atomic::copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Is `to` a regular file with the content of `from`? A link (make's own, to the C module) is not.
fn is_same_file(from: &Path, to: &Path) -> Result<bool> {
    match fs::symlink_metadata(to) {
        Ok(data) if data.is_file() && data.len() == from.metadata().on("look at", from)?.len() => {
            Ok(hash::of_file(from).on("read", from)? == hash::of_file(to).on("read", to)?)
        }
        Ok(_) => Ok(false),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("look at", to, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_of_line_tables_goes_with_its_library() {
        let directory = tempfile::tempdir().expect("dir");
        let (from, to) = (
            directory.path().join("lib_x.dylib"),
            directory.path().join("_x.so"),
        );
        copy_line_tables(&from, &to).expect("none is fine");
        let bundle = directory
            .path()
            .join("lib_x.dylib.dSYM/Contents/Resources/DWARF");
        fs::create_dir_all(&bundle).expect("mkdir");
        fs::write(bundle.join("lib_x.dylib"), "lines").expect("write");
        copy_line_tables(&from, &to).expect("copy");
        let copied = directory
            .path()
            .join("_x.so.dSYM/Contents/Resources/DWARF/lib_x.dylib");
        assert_eq!(fs::read(copied).expect("read"), b"lines");
    }

    #[test]
    fn a_debug_build_is_described_to_pyo3() {
        let expected = Expected {
            version: "3.13".into(),
            debug: true,
            free_threaded: true,
            pointer_width: 64,
        };
        let text = expected.pyo3_config();
        assert!(
            text.contains("build_flags=Py_DEBUG,Py_REF_DEBUG,Py_GIL_DISABLED\n"),
            "{text}"
        );
    }
}
