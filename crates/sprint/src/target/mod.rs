//! The target table: for which machines CPython is built. One row a target; everything that differs
//! between targets is a field of its row.

mod cross;
mod invariants;
mod table;

pub use cross::{Compiler, Cross, Linkage, Runner};
pub use table::TABLE;

use crate::error::{Error, Result};
use crate::host::Host;
use crate::suggest;

/// The word that means every target that can be built here.
pub const ALL: &str = "all";

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// Rust's triple, also the name that is printed.
    pub triple: &'static str,
    /// Other names that people type.
    pub aliases: &'static [&'static str],
    /// Names it once had; accepted, and the new one is said.
    pub old_names: &'static [OldName],
    /// `std::env::consts::{OS, ARCH}` of a machine that runs it natively, where there is one.
    pub native: Option<(&'static str, &'static str)>,
    /// The GNU triplet: configure's `--host` and `--build`.
    pub gnu: &'static str,
    /// clang's triple (`--target`).
    pub clang: &'static str,
    /// Bits of a pointer.
    pub pointer_width: u8,
    /// The suffix that cargo gives a cdylib.
    pub dylib_suffix: &'static str,
    /// The interpreter's file name in the build directory (case-insensitive file systems need `.exe`).
    /// On another machine than its own it is a script that starts [`Cross::program`].
    pub python: &'static str,
    /// How the modules get in.
    pub linkage: Linkage,
    /// How it is built and run elsewhere; `None` where only a machine of its kind can.
    pub cross: Option<Cross>,
}

/// A name that a target once had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldName(pub &'static str);

impl Target {
    /// The row of the machine itself.
    pub fn native(host: &Host) -> Result<&'static Self> {
        TABLE.iter().find(|row| row.is_native(host)).ok_or_else(|| {
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

    /// Does this machine run it by itself?
    pub fn is_native(&self, host: &Host) -> bool {
        self.native == Some((host.os, host.arch))
    }

    /// How it is built here: `None` on its own kind of machine.
    pub fn cross(&self, host: &Host) -> Option<&Cross> {
        self.cross.as_ref().filter(|_| !self.is_native(host))
    }

    /// The row a person named; `native` and no name at all mean this machine's.
    pub fn named(name: Option<&str>, host: &Host) -> Result<&'static Self> {
        let Some(name) = name.filter(|name| *name != "native") else {
            return Self::native(host);
        };
        if let Some(row) = TABLE
            .iter()
            .find(|row| row.names().any(|known| known == name))
        {
            return row.buildable_on(host);
        }
        let near = suggest::nearest(name, TABLE.iter().flat_map(Self::names));
        let error = Error::usage("unknown-target", format!("no target is called `{name}`"));
        Err(match near {
            Some(near) => error.next(format!("did you mean `{near}`?")),
            None => error.next("sprint targets"),
        })
    }

    /// Every target that can be built on this machine, its own first.
    pub fn all_on(host: &Host) -> Result<Vec<&'static Self>> {
        let native = Self::native(host)?;
        let others = TABLE.iter().filter(|row| row.cross(host).is_some());
        Ok(std::iter::once(native)
            .chain(others.filter(|_| host.os == "linux"))
            .collect())
    }

    /// The name that a person typed, if it is one of former times.
    pub fn former_name<'a>(&self, name: Option<&'a str>) -> Option<&'a str> {
        name.filter(|name| self.old_names.iter().any(|old| old.0 == *name))
    }

    fn names(&'static self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.triple)
            .chain(self.aliases.iter().copied())
            .chain(self.old_names.iter().map(|old| old.0))
    }

    fn buildable_on(&'static self, host: &Host) -> Result<&'static Self> {
        if self.is_native(host) || (self.cross.is_some() && host.os == "linux") {
            return Ok(self);
        }
        Err(Error::setup(
            "not-buildable-here",
            format!("{} cannot be built on this machine", self.triple),
        )
        .detail("seen", format!("{} {}", host.arch, host.os))
        .next(match self.cross {
            Some(_) => "use the devcontainer, whose system is Linux",
            None => "use a machine of that kind",
        }))
    }
}
