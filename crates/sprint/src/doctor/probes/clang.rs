//! libclang, which bindgen loads to read CPython's headers. Only the fork needs it, so elsewhere it is a note.

use std::fs;
use std::path::{Path, PathBuf};

use super::compiler;
use crate::build::chosen_compiler;
use crate::doctor::bench::{Bench, Child};
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::pins::Version;
use crate::remedy::Part;
use crate::source::{self, Kind};

/// Two lines that need the compiler's own headers: a libclang without them is what breaks bindgen.
const HEADER: &str = "#include <stddef.h>\nstruct probe { size_t size; };\n";

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let is_fork = bench
        .pins
        .and_then(|pins| source::glance(bench.root, pins).ok())
        .is_some_and(|glance| glance.kind == Kind::Fork);
    let severity = if is_fork {
        Severity::Problem
    } else {
        Severity::Note
    };
    let libraries = candidates(bench);
    several(&mut seen, &libraries, is_fork);
    let Some(library) = libraries.first() else {
        seen.fact("libclang", "none (only the fork needs it)");
        seen.finding(
            Finding::new(
                "libclang-missing",
                severity,
                "no libclang where LLVM packages put it",
                "libclang, for bindgen in the fork's build",
            )
            .fix(Part::System.remedy(bench.host)),
        );
        return seen;
    };
    match parse(bench, library) {
        Child::Ended(true, out, _) => {
            let line = match version_in(&out) {
                Some(version) => Text::default()
                    .version(version)
                    .say(" parsed a header (only the fork needs it)"),
                None => Text::new("parsed a header; says it is ").private(out.trim()),
            };
            seen.fact("libclang", line);
        }
        other => {
            seen.fact("libclang", "does not work (only the fork needs it)");
            seen.finding(
                Finding::new(
                    "libclang-broken",
                    severity,
                    Text::new("")
                        .private(library.to_string_lossy())
                        .say(" cannot parse a header: ")
                        .private(other.words()),
                    "a libclang with its own headers",
                )
                .fix("set LIBCLANG_PATH to the lib directory of a whole LLVM (libclang-dev, clang-devel)"),
            );
        }
    }
    seen
}

fn parse(bench: &Bench<'_>, library: &Path) -> Child {
    let scratch = bench.scratch.path();
    let Some(chosen) = chosen_compiler(bench.host) else {
        return Child::Absent("there is no C compiler to try it with".to_owned());
    };
    let written = fs::write(scratch.join("libclang.c"), include_str!("libclang.c"))
        .and_then(|()| fs::write(scratch.join("probe.h"), HEADER));
    if let Err(error) = written {
        return Child::Absent(error.to_string());
    }
    let line = compiler::line(bench, &chosen).args(["-w", "libclang.c", "-o", "libclang", "-ldl"]);
    let compiled = bench.run(&line);
    if compiled.good().is_none() {
        return compiled;
    }
    let program = scratch.join("libclang").to_string_lossy().into_owned();
    bench.run(
        &bench
            .line(program)
            .args([library.to_string_lossy().into_owned(), "probe.h".to_owned()]),
    )
}

/// Several LLVMs: bindgen may load one and read the headers of another.
fn several(seen: &mut Seen, libraries: &[PathBuf], is_fork: bool) {
    let mut roots: Vec<PathBuf> = libraries
        .iter()
        .filter_map(|library| fs::canonicalize(library).ok())
        .collect();
    roots.sort();
    roots.dedup();
    if roots.len() > 1 {
        let severity = if is_fork {
            Severity::Warning
        } else {
            Severity::Note
        };
        seen.finding(
            Finding::new(
                "several-llvms",
                severity,
                Text::default()
                    .number(roots.len() as u64)
                    .say(" libclang libraries are installed"),
                "one, or LIBCLANG_PATH that says which",
            )
            .fix(
                Text::new("export LIBCLANG_PATH=").private(
                    libraries
                        .first()
                        .and_then(|library| library.parent())
                        .map(|path| path.to_string_lossy().into_owned())
                        .unwrap_or_default(),
                ),
            ),
        );
    }
}

/// Every libclang, the one that bindgen would take first.
fn candidates(bench: &Bench<'_>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Some(path) = bench.host.var("LIBCLANG_PATH").map(PathBuf::from) {
        if path.is_file() {
            found.push(path);
        } else {
            found.extend(libraries_in(&path));
        }
        // It says which: the others do not count.
        return found;
    }
    let mut directories: Vec<PathBuf> = Vec::new();
    let mut versioned = list(Path::new("/usr/lib"), "llvm-");
    versioned.extend(list(Path::new("/usr/local/opt"), "llvm"));
    versioned.extend(list(Path::new("/opt/homebrew/opt"), "llvm"));
    // The newest first.
    versioned.sort_by_key(|path| std::cmp::Reverse(number_of(path)));
    directories.extend(versioned.into_iter().map(|path| path.join("lib")));
    for fixed in ["/usr/lib64", "/usr/lib", "/usr/local/lib"] {
        directories.push(fixed.into());
    }
    directories.push(format!("/usr/lib/{}-linux-gnu", bench.host.arch).into());
    directories.push("/Library/Developer/CommandLineTools/usr/lib".into());
    for directory in directories {
        found.extend(libraries_in(&directory));
    }
    found
}

/// At most one per directory: the others are links to it.
fn libraries_in(directory: &Path) -> Option<PathBuf> {
    let mut names: Vec<PathBuf> = list(directory, "libclang")
        .into_iter()
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let rest = name.trim_start_matches("libclang");
            rest.starts_with(".so")
                || rest.starts_with(".dylib")
                || rest.starts_with("-1")
                || rest.starts_with("-2")
        })
        .collect();
    names.sort();
    names.into_iter().next_back()
}

fn list(directory: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(prefix))
        })
        .collect()
}

/// 14 of `/usr/lib/llvm-14`.
fn number_of(path: &Path) -> u32 {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// Distributions add suffixes (`14.0.6-1`, `(Fedora 19.1.0-2.fc41)`): the first word that is a version counts.
fn version_in(text: &str) -> Option<Version> {
    text.split_whitespace().find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_distributions_print() {
        let found = |text| version_in(text).map(|version| version.to_string());
        assert_eq!(
            found("Debian clang version 14.0.6").as_deref(),
            Some("14.0.6")
        );
        assert_eq!(
            found("Ubuntu clang version 18.1.3 (1ubuntu1)").as_deref(),
            Some("18.1.3")
        );
        assert_eq!(
            found("clang version 19.1.0 (Fedora 19.1.0-1.fc41)").as_deref(),
            Some("19.1.0")
        );
        assert_eq!(found(""), None);
    }

    #[test]
    fn the_newest_llvm_is_first() {
        assert!(number_of(Path::new("/usr/lib/llvm-21")) > number_of(Path::new("/usr/lib/llvm-9")));
    }
}
