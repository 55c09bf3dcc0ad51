//! `compile_commands.json`: how each C file of the build is compiled, asked of its own Makefile.
//!
//! `make -n` prints commands instead of running them. `-W FILE` for every C file makes it believe that those are new,
//! and nothing else: `-B` would do so for the Makefile too, which make then remakes in earnest, by running configure.
//! For the same reason the Makefile comes in on stdin, where make cannot remake it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, IoContext, Result};
use crate::exec::{CommandLine, quote};

/// Directories of a CPython tree that hold C files of the interpreter and its modules.
const SOURCES: [&str; 5] = ["Modules", "Objects", "Parser", "Programs", "Python"];
/// Programs that only stand before the compiler.
const WRAPPERS: [&str; 2] = ["sccache", "ccache"];

/// One compilation, as the format wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    directory: PathBuf,
    file: PathBuf,
    output: PathBuf,
    arguments: Vec<String>,
}

/// Asks the Makefile of a build directory; `make` is the command that the build runs there.
pub(super) fn ask(
    directory: &Path,
    make: &CommandLine,
    inherited: &BTreeMap<String, String>,
) -> Result<Vec<Entry>> {
    let makefile = directory.join("Makefile");
    let mut line = CommandLine::new(&make.program, directory).args(["-n", "-f", "-"]);
    line.env.clone_from(&make.env);
    for file in c_files(directory, &makefile)? {
        line = line.args(["-W".to_owned(), file]);
    }
    let output = line
        .command(inherited)
        .stdin(File::open(&makefile).on("read", &makefile)?)
        .output()
        .on("run make in", directory)?;
    let entries = parse(&String::from_utf8_lossy(&output.stdout), directory);
    if output.status.success() && !entries.is_empty() {
        return Ok(entries);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = errors.lines().rev().take(3).collect();
    Err(Error::setup(
        "no-compile-commands",
        format!(
            "`make -n` in {} names no compilation ({})",
            directory.display(),
            output.status
        ),
    )
    .detail(
        "seen",
        last.into_iter().rev().collect::<Vec<_>>().join("\n"),
    )
    .next(format!(
        "just build --clean, then look at: make -n -C {}",
        quote(&directory.to_string_lossy())
    )))
}

/// The C files of the tree and those that the build made, spelt as the Makefile does.
fn c_files(directory: &Path, makefile: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(makefile).on("read", makefile)?;
    let srcdir = text
        .lines()
        .find_map(|line| line.strip_prefix("srcdir="))
        .map_or("", str::trim);
    let mut left: Vec<String> = Vec::new();
    for name in SOURCES {
        left.push(name.to_owned());
        left.push(format!("{srcdir}/{name}"));
    }
    let mut found = Vec::new();
    while let Some(below) = left.pop() {
        let path = directory.join(&below);
        if !path.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&path).on("list", &path)? {
            let entry = entry.on("list", &path)?;
            let name = format!("{below}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().on("look at", &entry.path())?.is_dir() {
                left.push(name);
            } else if name.ends_with(".c") {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The compilations among the commands that make printed.
fn parse(printed: &str, directory: &Path) -> Vec<Entry> {
    let mut entries: BTreeMap<PathBuf, Entry> = BTreeMap::new();
    // A command may go over several lines.
    for line in printed.replace("\\\n", " ").lines() {
        if !line.contains(" -c ") {
            continue;
        }
        let Some(entry) = shlex::split(line).and_then(|words| compilation(words, directory)) else {
            continue;
        };
        entries.insert(entry.output.clone(), entry);
    }
    entries.into_values().collect()
}

fn compilation(words: Vec<String>, directory: &Path) -> Option<Entry> {
    let arguments: Vec<String> = words
        .into_iter()
        .skip_while(|word| {
            let name = Path::new(word)
                .file_name()
                .map(|name| name.to_string_lossy());
            name.is_some_and(|name| WRAPPERS.contains(&name.as_ref()))
        })
        .collect();
    let after = |flag: &str| {
        let place = arguments.iter().position(|word| word == flag)?;
        arguments.get(place + 1)
    };
    if !arguments.iter().any(|word| word == "-c") {
        return None;
    }
    let file = arguments
        .iter()
        .rev()
        .find(|word| word.ends_with(".c") && !word.starts_with('-'))?;
    let file = directory.join(file);
    Some(Entry {
        output: PathBuf::from(after("-o")?),
        // Without `..`, since editors compare it with the name of the file that is open.
        file: file.canonicalize().unwrap_or(file),
        directory: directory.to_owned(),
        arguments,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilations_are_told_from_other_commands() {
        let printed = "if test -c x; then \\\n  echo 'no -c here'; \\\nfi\n\
            sccache gcc -c -g -DX='\"a b\"' \\\n\t-o Python/x.o ../src/Python/x.c\n\
            gcc -shared -o m.so m.o\n\
            /usr/bin/ccache clang-22 -I. -c ../src/Modules/m.c -o Modules/m.o\n";
        let entries = parse(printed, Path::new("/b"));
        assert_eq!(entries.len(), 2, "{entries:?}");
        assert_eq!(entries[0].arguments[0], "clang-22");
        assert_eq!(entries[0].file, Path::new("/b/../src/Modules/m.c"));
        assert_eq!(
            entries[1].arguments,
            [
                "gcc",
                "-c",
                "-g",
                "-DX=\"a b\"",
                "-o",
                "Python/x.o",
                "../src/Python/x.c"
            ]
        );
    }

    /// A tree whose Makefile would remake itself, and says so in a file.
    #[test]
    fn the_makefile_is_asked_and_nothing_is_run() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let (source, build) = (root.path().join("src"), root.path().join("build"));
        for directory in [&source.join("Python"), &build] {
            std::fs::create_dir_all(directory).expect("mkdir");
        }
        std::fs::write(source.join("Python/x.c"), "").expect("write");
        std::fs::write(
            build.join("Makefile"),
            format!(
                "srcdir=\t{0}\nx.o: {0}/Python/x.c\n\tcc -c -o $@ {0}/Python/x.c\n\nMakefile: never\n\ttouch remade\nnever:\n",
                source.display()
            ),
        )
        .expect("write");
        std::fs::write(build.join("x.o"), "").expect("write");
        let make = CommandLine::new("make", &build);
        let path = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into();
        let entries = ask(&build, &make, &path).expect("answers");
        assert_eq!(entries.len(), 1);
        assert!(!build.join("remade").exists());
        std::fs::write(build.join("Makefile"), "all:\n").expect("write");
        let error = ask(&build, &make, &path).expect_err("names nothing");
        assert_eq!(error.id(), "no-compile-commands");
    }
}
