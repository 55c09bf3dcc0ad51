//! The headers that configure looks for and everything they include, by content.

use std::collections::BTreeMap;
use std::path::Path;

use super::memo::{self, Looker};
use super::script::Wanted;
use super::{Question, compiler, rootless};
use crate::error::{IoContext, Result};
use crate::hash;

/// Where the preprocessor got to the end of our file.
const END: &str = "sprint_kit_reached_the_end";

/// One line for each header that is there: its path, and a digest of it and of what it brings in first.
pub(super) fn identify(
    question: &Question<'_>,
    wanted: &Wanted,
    looker: &mut Looker,
) -> Result<String> {
    for directory in search_path(question)? {
        looker.watch(Path::new(&directory));
        // A header may appear in a subdirectory that is there already.
        for header in &wanted.headers {
            if let Some((below, _)) = header.rsplit_once('/') {
                looker.watch(&Path::new(&directory).join(below));
            }
        }
    }
    let names: Vec<&str> = wanted.headers.iter().map(String::as_str).collect();
    let mut seen = Vec::new();
    if !probe(question, &names, &mut seen)? {
        // A header that includes one that is not there ends the preprocessor at once: ask for each alone.
        seen.clear();
        for name in names {
            probe(question, &[name], &mut seen)?;
        }
    }
    let mut digests: BTreeMap<String, hash::Parts> = BTreeMap::new();
    let mut first = String::new();
    for (depth, path) in seen {
        let name = rootless(question.root, &path);
        if depth == 1 {
            first.clone_from(&name);
        }
        if let Some(sha256) = looker.content(Path::new(&path)) {
            let parts = digests.entry(first.clone()).or_default();
            parts.add(&name, sha256.as_bytes());
        }
    }
    Ok(digests
        .into_iter()
        .map(|(name, parts)| format!("{name} {}\n", &parts.finish()[..32]))
        .collect())
}

/// Includes those of the headers that are there. Returns whether the preprocessor got to the end.
fn probe(question: &Question<'_>, names: &[&str], seen: &mut Vec<(usize, String)>) -> Result<bool> {
    let mut text = "#define _GNU_SOURCE 1\n#include <stddef.h>\n#include <stdio.h>\n".to_owned();
    for name in names {
        text.push_str(&format!(
            "#if __has_include(<{name}>)\n#include <{name}>\n#endif\n"
        ));
    }
    text.push_str(END);
    text.push('\n');
    let file = memo::scratch_file(question.host, question.root, "headers.c", &text)?;
    let mut args = compiler::words(question.host, "CPPFLAGS");
    args.extend(compiler::words(question.host, "CFLAGS"));
    args.extend(["-E", "-H", "-w", "-x", "c"].map(str::to_owned));
    args.push(file.to_string_lossy().into_owned());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = compiler::run(question, &args);
    std::fs::remove_file(&file).on("remove", &file)?;
    let output = output?;
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        let depth = line.bytes().take_while(|byte| *byte == b'.').count();
        if let Some(path) = line[depth..].strip_prefix(' ').filter(|_| depth > 0) {
            seen.push((depth, path.to_owned()));
        }
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .any(|line| line == END))
}

/// The directories that `#include <…>` looks in.
fn search_path(question: &Question<'_>) -> Result<Vec<String>> {
    let mut args = compiler::words(question.host, "CPPFLAGS");
    args.extend(["-E", "-v", "-x", "c", "/dev/null"].map(str::to_owned));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = compiler::run(question, &args)?;
    let text = String::from_utf8_lossy(&output.stderr);
    let mut directories: Vec<String> = text
        .lines()
        .skip_while(|line| !line.starts_with("#include <...>"))
        .skip(1)
        .take_while(|line| line.starts_with(' '))
        .map(|line| {
            line.trim()
                .trim_end_matches(" (framework directory)")
                .to_owned()
        })
        .collect();
    // Those that are not there may come to be.
    directories.extend(text.lines().filter_map(|line| {
        let rest = line.strip_prefix("ignoring nonexistent directory ")?;
        Some(rest.trim_matches('"').to_owned())
    }));
    Ok(directories)
}
