//! Optional modules of the standard library that make could not build, and what would bring them.

use std::path::Path;

use serde::Serialize;

/// One optional module that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The module.
    pub module: String,
    /// What it needs, as Debian names the package; `None` where the kit does not know.
    pub package: Option<&'static str>,
}

/// Module, and Debian's package with what it needs.
const PACKAGES: [(&str, &str); 14] = [
    ("_bz2", "libbz2-dev"),
    ("_ctypes", "libffi-dev"),
    ("_ctypes_test", "libffi-dev"),
    ("_curses", "libncurses-dev"),
    ("_curses_panel", "libncurses-dev"),
    ("_dbm", "libgdbm-compat-dev"),
    ("_gdbm", "libgdbm-dev"),
    ("_hashlib", "libssl-dev"),
    ("_lzma", "liblzma-dev"),
    ("_sqlite3", "libsqlite3-dev"),
    ("_ssl", "libssl-dev"),
    ("_tkinter", "tk-dev"),
    ("readline", "libreadline-dev"),
    ("zlib", "zlib1g-dev"),
];

/// Reads make's own list from a build log.
pub(super) fn from_log(log: &Path) -> Vec<Missing> {
    // A log that cannot be read only costs this information.
    let text = std::fs::read_to_string(log).unwrap_or_default();
    from_text(&text)
}

fn from_text(text: &str) -> Vec<Missing> {
    let Some((_, after)) =
        text.rsplit_once("The necessary bits to build these optional modules were not found:")
    else {
        return Vec::new();
    };
    after
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with("To find") && !line.trim().is_empty())
        .flat_map(str::split_whitespace)
        .map(|module| Missing {
            module: module.to_owned(),
            package: PACKAGES
                .iter()
                .find(|(name, _)| *name == module)
                .map(|(_, package)| *package),
        })
        .collect()
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.package {
            Some(package) => write!(f, "{} (needs {package})", self.module),
            None => f.write_str(&self.module),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_own_list_is_read() {
        let text = "gcc …\nThe necessary bits to build these optional modules were not found:\n\
                    _dbm                  _tkinter              odd\n\
                    To find the necessary bits, look in configure.ac and config.log.\n";
        let found: Vec<String> = from_text(text).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "_dbm (needs libgdbm-compat-dev)",
                "_tkinter (needs tk-dev)",
                "odd"
            ]
        );
        assert!(from_text("nothing is missing").is_empty());
    }
}
