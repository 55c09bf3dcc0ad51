//! Are two builds of one key the same bytes? And where not, why?

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use object::{Object, ObjectSection};
use serde::Serialize;

use crate::error::{IoContext, Result};
use crate::system::rootless;

/// A build directory and the repository it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Built<'a> {
    /// The repository.
    pub root: &'a Path,
    /// The build directory.
    pub directory: &'a Path,
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Files with the same bytes.
    pub equal: u64,
    /// Texts that differ only in the path of the repository, which they hold on purpose (Makefile, sysconfig's data).
    pub but_for_the_root: Vec<String>,
    /// Everything else.
    pub differing: Vec<Differing>,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Differing {
    /// Below the build directory.
    pub file: String,
    /// Why, as far as can be seen.
    pub reason: String,
}

/// Compares all files but the kit's own corner, logs and byte code (which holds its source's time).
pub fn compare(one: Built<'_>, other: Built<'_>) -> Result<Comparison> {
    let mut names = BTreeSet::new();
    for built in [one, other] {
        collect(built.directory, Path::new(""), &mut names)?;
    }
    let mut comparison = Comparison::default();
    for name in names {
        let file = name.to_string_lossy().into_owned();
        let (first, second) = (content(one, &name)?, content(other, &name)?);
        match (first, second) {
            (Some(first), Some(second)) if first == second => comparison.equal += 1,
            (Some(first), Some(second)) => match reason(&first, &second, one.root, other.root) {
                Some(reason) => comparison.differing.push(Differing { file, reason }),
                None => comparison.but_for_the_root.push(file),
            },
            (first, _) => {
                let there = if first.is_some() { "first" } else { "second" };
                let reason = format!("only in the {there}");
                comparison.differing.push(Differing { file, reason });
            }
        }
    }
    Ok(comparison)
}

/// `None`: texts that are the same once the root is left out.
fn reason(first: &[u8], second: &[u8], one: &Path, other: &Path) -> Option<String> {
    if let (Ok(first), Ok(second)) = (std::str::from_utf8(first), std::str::from_utf8(second)) {
        if rootless(one, first) == rootless(other, second) {
            return None;
        }
        let lines = first.lines().zip(second.lines());
        let line = lines.take_while(|(first, second)| first == second).count() + 1;
        return Some(format!("the texts differ from line {line} on"));
    }
    for (bytes, root) in [(first, one), (second, other)] {
        let root_bytes = root.as_os_str().as_encoded_bytes();
        if bytes
            .windows(root_bytes.len())
            .any(|window| window == root_bytes)
        {
            return Some(format!("it holds the path {}", root.display()));
        }
    }
    let at = first.iter().zip(second).take_while(|(a, b)| a == b).count();
    let place = section(first, at as u64).map_or(String::new(), |name| format!(", in {name}"));
    Some(format!(
        "{} and {} bytes, the first other byte is number {at}{place}",
        first.len(),
        second.len()
    ))
}

/// The section of an object file that holds this byte.
fn section(bytes: &[u8], at: u64) -> Option<String> {
    let file = object::File::parse(bytes).ok()?;
    let section = file.sections().find(|section| {
        section
            .file_range()
            .is_some_and(|(start, length)| (start..start + length).contains(&at))
    })?;
    section.name().ok().map(str::to_owned)
}

fn content(built: Built<'_>, name: &Path) -> Result<Option<Vec<u8>>> {
    let path = built.directory.join(name);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).on("look at", &path),
        Ok(data) if data.is_symlink() => {
            let to = fs::read_link(&path).on("read link", &path)?;
            Ok(Some(format!("-> {}", to.display()).into_bytes()))
        }
        Ok(_) => fs::read(&path).on("read", &path).map(Some),
    }
}

fn collect(root: &Path, below: &Path, names: &mut BTreeSet<PathBuf>) -> Result<()> {
    let directory = root.join(below);
    for entry in fs::read_dir(&directory).on("list", &directory)? {
        let entry = entry.on("list", &directory)?;
        let name = entry.file_name();
        if name == ".sprint" || name == "__pycache__" || name == "config.log" {
            continue;
        }
        let relative = below.join(&name);
        if entry.file_type().on("look at", &entry.path())?.is_dir() {
            collect(root, &relative, names)?;
        } else {
            names.insert(relative);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_difference_is_named() {
        let (one, other) = (
            tempfile::tempdir().expect("dir"),
            tempfile::tempdir().expect("dir"),
        );
        for root in [one.path(), other.path()] {
            let at = |name: &str| root.join(name);
            let path = root.display();
            fs::create_dir_all(at(".sprint")).expect("mkdir");
            fs::write(at(".sprint/make.log"), format!("{path} log")).expect("write");
            fs::write(at("same.o"), b"\x7fELF same\xff").expect("write");
            fs::write(at("Makefile"), format!("abs_builddir = {path}/b\n")).expect("write");
            fs::write(
                at("path.o"),
                [b"\xff\x00", path.to_string().as_bytes()].concat(),
            )
            .expect("write");
        }
        fs::write(one.path().join("date.o"), b"\xff\x00 10:00").expect("write");
        fs::write(other.path().join("date.o"), b"\xff\x00 10:01").expect("write");
        fs::write(one.path().join("more.o"), b"\xff").expect("write");
        fs::write(one.path().join("text"), "a\nb\n").expect("write");
        fs::write(other.path().join("text"), "a\nc\n").expect("write");
        let comparison = compare(
            Built {
                root: one.path(),
                directory: one.path(),
            },
            Built {
                root: other.path(),
                directory: other.path(),
            },
        )
        .expect("compared");
        assert_eq!(comparison.equal, 1);
        assert_eq!(comparison.but_for_the_root, ["Makefile"]);
        let reasons: Vec<(&str, &str)> = comparison
            .differing
            .iter()
            .map(|differing| (differing.file.as_str(), differing.reason.as_str()))
            .collect();
        let held = format!("it holds the path {}", one.path().display());
        assert_eq!(
            reasons,
            [
                ("date.o", "8 and 8 bytes, the first other byte is number 7"),
                ("more.o", "only in the first"),
                ("path.o", held.as_str()),
                ("text", "the texts differ from line 2 on"),
            ]
        );
    }
}
