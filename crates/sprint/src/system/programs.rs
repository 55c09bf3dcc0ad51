//! The programs that configure looks for: where they are, since their paths end up in the Makefile.

use std::path::Path;

use super::memo::Looker;
use super::script::Wanted;
use crate::host::Host;

/// Of these configure only keeps the name, and what they do never reaches a built file.
const NAME_ONLY: [&str; 2] = ["python", "git"];

/// One line for each that is there.
pub(super) fn identify(host: &Host, wanted: &Wanted, looker: &mut Looker) -> String {
    for directory in host.var("PATH").unwrap_or("").split(':') {
        looker.watch(Path::new(directory));
    }
    let mut text = String::new();
    for name in &wanted.programs {
        let Some(path) = host.find(name) else {
            continue;
        };
        if NAME_ONLY.iter().any(|start| name.starts_with(start)) {
            text.push_str(&format!("{name}\n"));
        } else {
            text.push_str(&format!("{name} {}\n", path.display()));
        }
    }
    text
}
