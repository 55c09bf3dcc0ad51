//! The target table: for whom a CPython is built. One row a target; everything that differs
//! between targets is a field of its row.

use crate::error::{Error, Result};
use crate::host::Host;
use crate::suggest;

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// Rust's triple, also the name that is printed.
    pub triple: &'static str,
    /// Other names that people type.
    pub aliases: &'static [&'static str],
    /// `std::env::consts::{OS, ARCH}` of a machine that runs it natively.
    pub native: (&'static str, &'static str),
    /// Bits of a pointer.
    pub pointer_width: u8,
    /// The suffix that cargo gives a cdylib.
    pub dylib_suffix: &'static str,
    /// The interpreter's file name in the build directory (case-insensitive file systems need `.exe`).
    pub python: &'static str,
}

/// Every target.
pub static TABLE: [Target; 4] = [
    Target {
        triple: "x86_64-unknown-linux-gnu",
        aliases: &["x86_64", "x86-64", "amd64"],
        native: ("linux", "x86_64"),
        pointer_width: 64,
        dylib_suffix: ".so",
        python: "python",
    },
    Target {
        triple: "aarch64-unknown-linux-gnu",
        aliases: &["aarch64", "arm64"],
        native: ("linux", "aarch64"),
        pointer_width: 64,
        dylib_suffix: ".so",
        python: "python",
    },
    Target {
        triple: "aarch64-apple-darwin",
        aliases: &[],
        native: ("macos", "aarch64"),
        pointer_width: 64,
        dylib_suffix: ".dylib",
        python: "python.exe",
    },
    Target {
        triple: "x86_64-apple-darwin",
        aliases: &[],
        native: ("macos", "x86_64"),
        pointer_width: 64,
        dylib_suffix: ".dylib",
        python: "python.exe",
    },
];

impl Target {
    /// The row of the machine itself.
    pub fn native(host: &Host) -> Result<&'static Self> {
        TABLE
            .iter()
            .find(|row| row.native == (host.os, host.arch))
            .ok_or_else(|| {
                Error::setup(
                    "unknown-host",
                    format!(
                        "this machine ({} {}) is not in the target table",
                        host.arch, host.os
                    ),
                )
                .next("use the devcontainer, or WSL on Windows")
            })
    }

    /// The row a person named; `native` and no name at all mean this machine's.
    pub fn named(name: Option<&str>, host: &Host) -> Result<&'static Self> {
        let Some(name) = name.filter(|name| *name != "native") else {
            return Self::native(host);
        };
        let names =
            |row: &'static Self| std::iter::once(row.triple).chain(row.aliases.iter().copied());
        if let Some(row) = TABLE
            .iter()
            .find(|row| names(row).any(|known| known == name))
        {
            return row.runnable_on(host);
        }
        let near = suggest::nearest(name, TABLE.iter().flat_map(names));
        let error = Error::usage("unknown-target", format!("no target is called `{name}`"));
        Err(match near {
            Some(near) => error.next(format!("did you mean `{near}`?")),
            None => error.next("sprint targets"),
        })
    }

    fn runnable_on(&'static self, host: &Host) -> Result<&'static Self> {
        if self.native == (host.os, host.arch) {
            return Ok(self);
        }
        Err(Error::setup(
            "not-native",
            format!("{} cannot be built on this machine yet", self.triple),
        )
        .detail("seen", format!("{} {}", host.arch, host.os))
        .next("use a machine of that kind"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = TABLE
            .iter()
            .flat_map(|row| std::iter::once(row.triple).chain(row.aliases.iter().copied()))
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn a_misspelt_target_is_suggested() {
        let host = Host::with_env(std::collections::BTreeMap::new());
        let error = Target::named(Some("arm46"), &host).expect_err("no such target");
        assert!(
            error
                .render(crate::term::Palette::plain())
                .contains("did you mean `arm64`")
        );
    }
}
