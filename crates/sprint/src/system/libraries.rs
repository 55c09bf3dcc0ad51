//! The libraries and pkg-config files that configure looks for, by content.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::memo::Looker;
use super::script::Wanted;
use super::{Question, compiler, rootless};
use crate::error::Result;
use crate::exec::{self, CommandLine};

/// What a linker takes for `-lNAME`, in its order.
const SUFFIXES: [&str; 4] = ["so", "tbd", "dylib", "a"];

/// One line for each library, and one for each pkg-config file: its path and a digest.
pub(super) fn identify(
    question: &Question<'_>,
    wanted: &Wanted,
    looker: &mut Looker,
) -> Result<(String, String)> {
    let mut text = String::new();
    let directories = search_path(question)?;
    for directory in &directories {
        looker.watch(directory);
    }
    // Python itself is linked with what these bring, whether configure names them or not.
    let always = ["c", "m", "dl", "pthread", "util", "rt"];
    let names = wanted.libraries.iter().map(String::as_str).chain(always);
    let mut lines = BTreeMap::new();
    for name in names {
        let candidates = directories.iter().flat_map(|directory| {
            SUFFIXES.map(|suffix| directory.join(format!("lib{name}.{suffix}")))
        });
        let Some(file) = candidates.into_iter().find(|path| path.is_file()) else {
            continue;
        };
        let Some(sha256) = looker.content(&file) else {
            continue;
        };
        let mut digest = sha256[..32].to_owned();
        for file in behind_script(&file) {
            digest.push_str(
                &looker
                    .content(&file)
                    .map_or(String::new(), |sha| format!(" {}", &sha[..32])),
            );
        }
        lines.insert(rootless(question.root, &file.to_string_lossy()), digest);
    }
    for (name, digest) in lines {
        text.push_str(&format!("{name} {digest}\n"));
    }
    Ok((text, packages(question, wanted, looker)?))
}

/// `libc.so` and its like are texts that name the real files.
fn behind_script(file: &Path) -> Vec<PathBuf> {
    let is_text = std::fs::metadata(file).is_ok_and(|data| data.len() < 4096);
    let text = is_text
        .then(|| std::fs::read_to_string(file).ok())
        .flatten()
        .unwrap_or_default();
    text.split_whitespace()
        .filter(|word| word.starts_with('/') && !word.starts_with("/*"))
        .map(PathBuf::from)
        .filter(|path| path.is_file())
        .collect()
}

fn search_path(question: &Question<'_>) -> Result<Vec<PathBuf>> {
    let output = compiler::run(question, &["-print-search-dirs"])?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let listed = text
        .lines()
        .find_map(|line| line.strip_prefix("libraries: ="))
        .unwrap_or("");
    // What the person's linker flags name comes first, the linker's own places last.
    let own = compiler::words(question.host, "LDFLAGS");
    let own = own
        .iter()
        .filter_map(|word| word.strip_prefix("-L"))
        .map(PathBuf::from);
    let listed = listed.split(':').map(PathBuf::from);
    let last = ["/usr/local/lib", "/lib", "/usr/lib"].map(PathBuf::from);
    let all = own.chain(question.libraries.iter().cloned()).chain(listed);
    let all: Vec<PathBuf> = match question.pkg_config {
        Some(_) => all.collect(),
        None => all.chain(last).collect(),
    };
    let mut directories: Vec<PathBuf> = Vec::new();
    for directory in all {
        let real = directory.canonicalize().unwrap_or(directory);
        if !directories.contains(&real) {
            directories.push(real);
        }
    }
    Ok(directories)
}

fn packages(question: &Question<'_>, wanted: &Wanted, looker: &mut Looker) -> Result<String> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for directory in package_path(question)? {
        looker.watch(&directory);
        let Ok(entries) = std::fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(stem) = name.strip_suffix(".pc") else {
                continue;
            };
            if wanted.words.contains(stem) {
                // The first on the path wins.
                found.entry(name).or_insert_with(|| entry.path());
            }
        }
    }
    let mut text = String::new();
    for (_, path) in found {
        if let Some(sha256) = looker.content(&path) {
            let name = rootless(question.root, &path.to_string_lossy());
            text.push_str(&format!("{name} {}\n", &sha256[..32]));
        }
    }
    Ok(text)
}

fn package_path(question: &Question<'_>) -> Result<Vec<PathBuf>> {
    let split = |text: &str| -> Vec<PathBuf> {
        let parts = text.split(':').filter(|part| !part.is_empty());
        parts.map(PathBuf::from).collect()
    };
    if let Some(given) = question.pkg_config {
        return Ok(given.iter().map(PathBuf::from).collect());
    }
    let host = question.host;
    let mut directories = split(host.var("PKG_CONFIG_PATH").unwrap_or(""));
    if let Some(replaced) = host.var("PKG_CONFIG_LIBDIR") {
        directories.extend(split(replaced));
    } else if let Some(program) = host.find("pkg-config") {
        let line = CommandLine::new(program.to_string_lossy(), question.root).args([
            "--variable",
            "pc_path",
            "pkg-config",
        ]);
        let output = exec::output(&line, host.env())?;
        directories.extend(split(String::from_utf8_lossy(&output.stdout).trim()));
    }
    Ok(directories)
}
