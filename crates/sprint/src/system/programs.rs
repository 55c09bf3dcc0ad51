//! The programs that configure looks for: where they are, since their paths end up in the Makefile.
//!
//! Of Pythons only one name ends up there, for work that no build does (`make regen-all`, clinic). configure takes the
//! newest that it finds, so that a Python of pyenv's or uv's would make another build of the same bytes. It is told
//! `python3` instead, on all machines where that is new enough for this source or where there is no Python at all.

use std::path::Path;
use std::time::Duration;

use super::Question;
use super::memo::Looker;
use super::script::Wanted;
use crate::exec::{self, CommandLine};
use crate::host::Host;

/// The name that nearly every machine has.
const USUAL: &str = "python3";

/// A Python that says nothing for so long is none that regenerates anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// One line for each that is there.
pub(super) fn identify(question: &Question<'_>, wanted: &Wanted, looker: &mut Looker) -> String {
    let host = question.host;
    for directory in host.var("PATH").unwrap_or("").split(':') {
        looker.watch(Path::new(directory));
    }
    let mut text = String::new();
    for name in &wanted.programs {
        let Some(path) = host.find(name) else {
            continue;
        };
        // The script asks for git in a clone only, and keeps no more than that it is there.
        if name == "git" {
            let clone = question.script.with_file_name(".git");
            looker.watch(&clone);
            if clone.exists() {
                text.push_str("git\n");
            }
        } else {
            text.push_str(&format!("{name} {}\n", path.display()));
        }
    }
    text
}

/// The name of the Python that the Makefile is to say; `None` where the script wants none.
pub(super) fn python(host: &Host, wanted: &Wanted, looker: &mut Looker) -> Option<String> {
    let first = wanted.pythons.first()?;
    if let Some(own) = host.var("PYTHON_FOR_REGEN").filter(|own| !own.is_empty()) {
        return Some(own.to_owned());
    }
    let oldest = wanted
        .pythons
        .iter()
        .filter_map(|name| name.strip_prefix("python3.")?.parse::<u32>().ok())
        .min();
    let usual = host.find(USUAL);
    let is_new_enough = usual.is_some_and(|path| {
        // Another Python may be put there.
        looker.content(&path);
        oldest.is_none_or(|oldest| minor(host, &path).is_some_and(|minor| minor >= oldest))
    });
    if is_new_enough {
        return Some(USUAL.to_owned());
    }
    let found = wanted.pythons.iter().find(|name| host.find(name).is_some());
    // What the script says where it finds none.
    let none = || {
        let is_named = wanted.pythons.iter().any(|name| name == USUAL);
        if is_named { USUAL } else { first }.to_owned()
    };
    Some(found.cloned().unwrap_or_else(none))
}

/// The second part of a Python's version, as it says itself.
fn minor(host: &Host, python: &Path) -> Option<u32> {
    let line = CommandLine::new(python.to_string_lossy(), Path::new("/")).args([
        "-ES",
        "-c",
        "import sys; print(sys.version_info[1])",
    ]);
    let output = exec::output_within(&line, host.env(), PATIENCE).ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}
