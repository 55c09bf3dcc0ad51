//! The C compiler: what it says of itself, the programs and files it is made of, and what it takes the
//! processor to be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::memo::Looker;
use super::{Question, rootless};
use crate::build::Inputs;
use crate::error::{Error, Result};
use crate::exec::{self, CommandLine};
use crate::hash;
use crate::host::Host;

/// Programs behind the driver.
const PROGRAMS: [&str; 6] = ["cc1", "collect2", "as", "ld", "ar", "lto-wrapper"];

/// Files that every program is linked with.
const FILES: [&str; 9] = [
    "crt1.o",
    "Scrt1.o",
    "crti.o",
    "crtn.o",
    "crtbegin.o",
    "crtbeginS.o",
    "crtendS.o",
    "libgcc.a",
    "libgcc_s.so.1",
];

pub(super) fn identify(question: &Question<'_>, looker: &mut Looker) -> Result<Inputs> {
    let described = run(question, &["-v"])?;
    if !described.status.success() {
        return Err(Error::setup(
            "compiler-broken",
            format!(
                "the C compiler does not answer: {} -v",
                question.cc.join(" ")
            ),
        )
        .detail("seen", String::from_utf8_lossy(&described.stderr).trim())
        .next(question.host.install_hint("cc")));
    }
    // gcc and clang write the description to stderr.
    let described = String::from_utf8_lossy(&described.stderr).trim().to_owned();
    let mut files = BTreeSet::new();
    let driver = driver(question);
    files.extend(driver.clone());
    for name in PROGRAMS {
        files.extend(asked(question, &format!("-print-prog-name={name}"))?);
    }
    let programs: Vec<PathBuf> = files.iter().cloned().collect();
    files.extend(shared_libraries(question.host, &programs)?);
    for name in FILES {
        files.extend(asked(question, &format!("-print-file-name={name}"))?);
    }
    let mut text = String::new();
    for file in &files {
        if let Some(sha256) = looker.content(file) {
            let name = rootless(question.root, &file.to_string_lossy());
            text.push_str(&format!("{name} {}\n", &sha256[..32]));
        }
    }
    Ok(Inputs::new()
        .with("compiler", rootless(question.root, &described))
        .with("files", text)
        .with("macros", macros(question)?))
}

/// The words of a flag variable.
pub(super) fn words(host: &Host, name: &str) -> Vec<String> {
    let value = host.var(name).unwrap_or("");
    shlex::split(value).unwrap_or_else(|| value.split_whitespace().map(str::to_owned).collect())
}

/// Runs the compiler with its own and these options, saying everything in English.
pub(super) fn run(question: &Question<'_>, args: &[&str]) -> Result<std::process::Output> {
    let mut words = question.cc.iter().cloned();
    let line = CommandLine::new(words.next().unwrap_or_default(), question.root)
        .args(words)
        .args(args.iter().copied())
        .env("LC_ALL", "C");
    exec::output(&line, question.host.env())
}

/// What the compiler defines by itself, with the person's flags: architecture, processor features, word sizes.
fn macros(question: &Question<'_>) -> Result<String> {
    let mut args: Vec<String> = words(question.host, "CFLAGS");
    args.extend(words(question.host, "CPPFLAGS"));
    args.extend(["-dM", "-E", "-x", "c", "/dev/null"].map(str::to_owned));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = run(question, &args)?;
    Ok(hash::of_bytes(&output.stdout)[..32].to_owned())
}

fn driver(question: &Question<'_>) -> Option<PathBuf> {
    located(question.host, Path::new(question.cc.first()?))
}

/// An absolute path as it is, a name as PATH has it.
fn located(host: &Host, path: &Path) -> Option<PathBuf> {
    if path.is_absolute() {
        return path.is_file().then(|| path.to_owned());
    }
    host.find(&path.to_string_lossy())
}

/// The file that the compiler names. One that it does not have it repeats as it was asked.
fn asked(question: &Question<'_>, option: &str) -> Result<Option<PathBuf>> {
    let output = run(question, &[option])?;
    let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let found = (output.status.success() && !name.is_empty())
        .then(|| located(question.host, Path::new(&name)))
        .flatten();
    // `…/12/../../../x` is the same as `…/x`, whoever says it.
    Ok(found.map(|path| path.canonicalize().unwrap_or(path)))
}

/// What the dynamic loader would load for these programs; nothing where there is no `ldd`.
pub(super) fn shared_libraries(host: &Host, programs: &[PathBuf]) -> Result<BTreeSet<PathBuf>> {
    let Some(ldd) = host.find("ldd") else {
        return Ok(BTreeSet::new());
    };
    let line = CommandLine::new(ldd.to_string_lossy(), Path::new("/"))
        .args(programs.iter().map(|path| path.to_string_lossy()));
    // It complains about scripts and static programs, which have none.
    let output = exec::output(&line, host.env())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let paths = text.lines().filter_map(|line| {
        let (_, path) = line.split_once("=> ")?;
        let path = path.split(" (").next()?.trim();
        path.starts_with('/').then(|| PathBuf::from(path))
    });
    Ok(paths.collect())
}
