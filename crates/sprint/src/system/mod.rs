//! What of this machine can change a build's bytes, told by content: the compilers, the headers, libraries,
//! pkg-config files and programs that the source's own configure script looks for, and the settings that
//! configure, the compilers and cargo read.
//!
//! What to look for is read from the configure script ([`script`]), so a library that a later CPython
//! wants is covered without a line here. Looking costs a second, so answers are kept together with what
//! they were seen in ([`memo`]): the next run only asks whether those files are still the same.
//!
//! Values name the repository `<root>`; nothing depends on where it is.

mod compiler;
mod headers;
mod libraries;
mod memo;
mod programs;
mod rust;
mod script;
mod settings;

use std::path::{Path, PathBuf};

use crate::build::Inputs;
use crate::error::{IoContext, Result};
use crate::exec::CommandLine;
use crate::hash;
use crate::host::Host;

pub use rust::identify as identify_rust;
pub(crate) use rust::sysroot;

/// What is to be identified: a C compiler, and all that a configure script will find with it.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The repository.
    pub root: &'a Path,
    /// The machine.
    pub host: &'a Host,
    /// The C compiler with the options that it always needs.
    pub cc: &'a [String],
    /// The configure script.
    pub script: &'a Path,
    /// For a cross compiler: where its pkg-config files are. Otherwise pkg-config is asked.
    pub pkg_config: Option<&'a [&'a str]>,
    /// Directories of libraries that the compiler does not list itself.
    pub libraries: Vec<PathBuf>,
}

/// Identifies the C side of a machine. Runs the compiler only where something has changed since the last time.
pub fn identify(question: &Question<'_>) -> Result<Inputs> {
    let text = std::fs::read_to_string(question.script)
        .or_else(|_| {
            std::fs::read(question.script).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        })
        .on("read", question.script)?;
    let variables = script::variables(&text);
    let environment = settings::environment(question.host, question.root, &variables);
    let mut asked = hash::Parts::new();
    asked.add("what", b"c 2");
    asked.add("root", question.root.as_os_str().as_encoded_bytes());
    asked.add("cc", question.cc.join("\0").as_bytes());
    asked.add("script", hash::of_bytes(text.as_bytes()).as_bytes());
    asked.add("environment", environment.digest().as_bytes());
    for name in ["PATH", "HOME", "PYTHON_FOR_REGEN"] {
        asked.add(name, question.host.var(name).unwrap_or("").as_bytes());
    }
    asked.add(
        "pkg-config",
        question.pkg_config.unwrap_or_default().join(":").as_bytes(),
    );
    for directory in &question.libraries {
        asked.add("library", directory.as_os_str().as_encoded_bytes());
    }
    let mut inputs = memo::remembered(question.host, question.root, &asked.finish(), |looker| {
        let mut wanted = script::Wanted::read(&text);
        if !is_told_more(question.host) {
            wanted.leave_out_what_is_not_asked_for(is_gcc(question));
        }
        let mut inputs = compiler::identify(question, looker)?;
        let machine = machine(question.host, looker)?;
        inputs.absorb("machine", &machine);
        let headers = headers::identify(question, &wanted, looker)?;
        let (libraries, packages) = libraries::identify(question, &wanted, looker)?;
        let programs = programs::identify(question, &wanted, looker);
        let inputs = inputs
            .with("headers", headers)
            .with("libraries", libraries)
            .with("packages", packages)
            .with("programs", programs);
        Ok(match programs::python(question.host, &wanted, looker) {
            Some(name) => inputs.with(PYTHON, name),
            None => inputs,
        })
    })?;
    inputs.absorb("env", &environment);
    Ok(inputs)
}

/// The input that names the Python for `make regen-all`.
const PYTHON: &str = "regen-python";

/// The name of the Python that configure is to write into the Makefile, from what was identified.
pub fn python(identified: &Inputs) -> Option<&str> {
    let is_it = |name: &str| name.rsplit('.').next() == Some(PYTHON);
    identified
        .iter()
        .find_map(|(name, value)| is_it(name).then_some(value))
}

/// Could the script be told to look for more than it does by itself? The kit tells it nothing of that kind, but a person's
/// own answers may.
fn is_told_more(host: &Host) -> bool {
    ["CONFIG_SITE", "ac_sys_system"]
        .iter()
        .any(|name| host.var(name).is_some_and(|value| !value.is_empty()))
}

fn is_gcc(question: &Question<'_>) -> bool {
    let program = question.cc.first().map(Path::new);
    program
        .and_then(Path::file_name)
        .is_some_and(|name| name.to_string_lossy().contains("gcc"))
}

/// The operating system, the processor's architecture, the C library. Which of the processor's features the
/// compiler uses is in its predefined macros, `-march=native` included.
fn machine(host: &Host, looker: &mut memo::Looker) -> Result<Inputs> {
    let release = Path::new("/etc/os-release");
    looker.watch(release);
    let text = std::fs::read_to_string(release).unwrap_or_default();
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map(|value| value.trim_matches('"').to_owned())
    };
    let distribution = [field("ID"), field("VERSION_ID")];
    let distribution: Vec<String> = distribution.into_iter().flatten().collect();
    let mut inputs = Inputs::new().with(
        "os",
        format!("{} {}", host.os, distribution.join(" ")).trim_end(),
    );
    inputs = inputs.with("arch", host.arch);
    if let Some(program) = host.find("getconf") {
        let line =
            CommandLine::new(program.to_string_lossy(), Path::new("/")).args(["GNU_LIBC_VERSION"]);
        let output = crate::exec::output(&line, host.env())?;
        let libc = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() && !libc.is_empty() {
            inputs = inputs.with("libc", libc);
        }
    }
    Ok(inputs)
}

/// The same text wherever the repository is.
pub(crate) fn rootless(root: &Path, text: &str) -> String {
    let root = root.to_string_lossy();
    if root.len() < 2 {
        return text.to_owned();
    }
    text.replace(&*root, "<root>")
}

#[cfg(test)]
mod tests;
