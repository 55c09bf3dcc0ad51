//! Which files of a build directory a snapshot holds, and in which order.
//!
//! Left out: the kit's own notes and logs; what tests left; and everything that cargo made of *our* crates except the
//! libraries themselves. cargo compares times of sources to decide what is fresh, and a restored directory would make
//! an edit look older than it is: without those files it compiles our crates anew, if it is asked to. What it made of
//! the registry's crates is kept, since their sources never change.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{IoContext, Result};

/// One file or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Relative to the build directory.
    pub(super) path: PathBuf,
    /// What tells whether it changed while it was read.
    pub(super) stamp: Stamp,
}

/// Size, time, number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp(u64, i64, i64, u64);

impl Stamp {
    pub(super) fn of(data: &Metadata) -> Self {
        Self(data.len(), data.mtime(), data.mtime_nsec(), data.ino())
    }
}

/// Everything that a snapshot of `build` holds, in the order in which it compresses best. `foreign` are the names of
/// the crates that come from a registry, `outputs` what cargo made that later steps want.
pub(super) fn list(
    build: &Path,
    foreign: &BTreeSet<String>,
    outputs: &[PathBuf],
) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    collect(build, Path::new(""), &mut |path, data| {
        if is_wanted(path, foreign, outputs) {
            items.push(Item {
                path: path.to_owned(),
                stamp: Stamp::of(data),
            });
        }
    })?;
    items.sort_by_cached_key(|item| (rank(&item.path), item.path.clone()));
    Ok(items)
}

/// The static library and both interpreters are made of the core's objects: side by side, they cost nothing.
fn rank(path: &Path) -> u8 {
    let top = path.components().next().map(|part| part.as_os_str());
    let extension = path.extension().and_then(|extension| extension.to_str());
    let core = ["Objects", "Parser", "Python", "Programs"];
    match extension {
        Some("o") if core.iter().any(|name| top == Some(name.as_ref())) => 0,
        Some("o") if path.components().count() == 2 => 1,
        Some("a") if path.components().count() == 1 => 2,
        _ if path.components().count() == 1 => 3,
        Some("o") => 4,
        _ if path.starts_with(".sprint") => 6,
        _ => 5,
    }
}

fn is_wanted(path: &Path, foreign: &BTreeSet<String>, outputs: &[PathBuf]) -> bool {
    if outputs.iter().any(|output| output == path) {
        return true;
    }
    let parts: Vec<String> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [".sprint", "rust", inside @ ..] => is_foreign(inside, foreign),
        // The in-tree lane's make lets cargo work here.
        ["target", inside @ ..] => is_foreign(inside, foreign),
        [".sprint", "placed" | "rust-identity"] => true,
        [".sprint", ..] => false,
        ["build", name, ..] if name.starts_with("test_python_") => false,
        _ => !parts.contains(&"__pycache__") && !parts.contains(&"incremental"),
    }
}

/// A file in cargo's target directory that is of a registry's crate, or of nobody.
fn is_foreign(inside: &[&str], foreign: &BTreeSet<String>) -> bool {
    let Some(at) = inside.iter().position(|part| {
        ["deps", "build", ".fingerprint", "incremental", "examples"].contains(part)
    }) else {
        return inside.len() == 1
            && (inside[0] == ".rustc_info.json" || inside[0] == "CACHEDIR.TAG");
    };
    let Some(name) = inside.get(at + 1).filter(|_| inside[at] != "incremental") else {
        return false;
    };
    // `libfoo_bar-0123456789abcdef.rlib`, `foo-bar-0123456789abcdef/…`
    let Some((stem, _)) = name.rsplit_once('-') else {
        return false;
    };
    let same = |stem: &str| {
        foreign
            .iter()
            .any(|name| name.replace('-', "_") == stem.replace('-', "_"))
    };
    same(stem) || (inside[at] == "deps" && stem.strip_prefix("lib").is_some_and(same))
}

/// Calls `visit` with every file and link below `build`.
pub(super) fn collect(
    build: &Path,
    below: &Path,
    visit: &mut dyn FnMut(&Path, &Metadata),
) -> Result<()> {
    let directory = build.join(below);
    for entry in fs::read_dir(&directory).on("list", &directory)? {
        let entry = entry.on("list", &directory)?;
        let path = below.join(entry.file_name());
        let data = entry.metadata().on("look at", &entry.path())?;
        if data.is_dir() {
            collect(build, &path, visit)?;
        } else if data.is_file() || data.is_symlink() {
            visit(&path, &data);
        }
    }
    Ok(())
}

/// Names of the packages in a lock file that come from a registry.
pub(super) fn foreign_crates(lock: &Path) -> BTreeSet<String> {
    #[derive(serde::Deserialize)]
    struct Lock {
        #[serde(default)]
        package: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        source: Option<String>,
    }
    // Without a lock file nothing is known to be foreign; cargo then makes more than it had to.
    let lock = fs::read_to_string(lock)
        .ok()
        .and_then(|text| toml::from_str::<Lock>(&text).ok());
    lock.into_iter()
        .flat_map(|lock| lock.package)
        .filter(|package| package.source.is_some())
        .map(|package| package.name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_left_out_of_cargos_directory() {
        let foreign: BTreeSet<String> = ["pyo3-ffi".to_owned(), "libc".to_owned()].into();
        let outputs = [PathBuf::from(".sprint/rust/debug/lib_base64.so")];
        let wanted = |path: &str| is_wanted(Path::new(path), &foreign, &outputs);
        for path in [
            ".sprint/rust/debug/lib_base64.so",
            ".sprint/rust/debug/deps/libpyo3_ffi-849b443fad80c6bc.rlib",
            ".sprint/rust/debug/.fingerprint/pyo3-ffi-849b443fad80c6bc/invoked.timestamp",
            ".sprint/rust/x/debug/build/libc-67228cd19e374ab2/build-script-build",
            ".sprint/placed",
            "target/debug/deps/libc-67228cd19e374ab2.d",
            "Objects/object.o",
            "build/lib.linux/_x.so",
        ] {
            assert!(wanted(path), "{path}");
        }
        for path in [
            ".sprint/state.json",
            ".sprint/make.log",
            ".sprint/cargo-home/credentials.toml",
            ".sprint/rust/debug/deps/lib_base64.so",
            ".sprint/rust/debug/.fingerprint/_base64-1cf1ab3a6356453a/invoked.timestamp",
            ".sprint/rust/debug/incremental/libc-3sn/s/x.o",
            "target/debug/.fingerprint/cpython-sys-1cf1ab3a6356453a/dep",
            "build/test_python_1/x",
            "build/lib.linux/__pycache__/x.pyc",
        ] {
            assert!(!wanted(path), "{path}");
        }
    }

    #[test]
    fn registry_crates_are_known_by_their_source() {
        let directory = tempfile::tempdir().expect("dir");
        let lock = directory.path().join("Cargo.lock");
        let text =
            "[[package]]\nname = \"a\"\n[[package]]\nname = \"b\"\nsource = \"registry+x\"\n";
        fs::write(&lock, text).expect("write");
        assert_eq!(foreign_crates(&lock), ["b".to_owned()].into());
        assert!(foreign_crates(&directory.path().join("none")).is_empty());
    }
}
