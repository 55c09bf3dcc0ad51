//! What a step's result depends on, by name, and the digest of it.
//!
//! A build's key is the digest of the inputs of all its steps. **Covered**:
//! - the source, by content: the pinned tarball or git tree, and every file that differs from it;
//! - the pins, through what they pin: the source, and the rustc that is found;
//! - the C compiler by content (driver, cc1, assembler, linker, archiver, their shared libraries, libgcc, start
//!   files), what it says of itself, and its predefined macros under the person's flags, which name the
//!   processor and its features (`-march=native` included);
//! - the headers, libraries and pkg-config files that the configure script names, by content, with all headers that
//!   those include; the programs it looks for, by place ([`crate::system`]);
//! - the C library, the distribution, the operating system, the architecture;
//! - rustc and its standard library by content, cargo's settings (files and variables), the lock file;
//! - configure's arguments, and every variable that configure, compilers, linkers, pkg-config or make read;
//! - the modules' sources, the target, the profile, the native build that a cross build runs;
//! - a number for what the kit's own steps do.
//!
//! **Not covered**: headers that only a C file of CPython names and configure does not (they come with the C
//! library, which is covered); files that a person's own flags lead to (`-include /x.h`); what `make` and the
//! shell are; the running kernel, and what configure finds in `/dev` and `/proc`; the libclang by which the fork's
//! bindgen reads headers. Names of branches and commits are kept out of the build instead ([`super::pathless`]).
//!
//! **Not counted**, since it cannot change a byte, and two machines with the same packages often differ in it: further
//! Pythons on PATH (the name that the Makefile says is `python3` on all of them, if that is new enough), git where
//! the source is no clone, clang where gcc compiles, programs that configure asks for only under options that the kit
//! never gives (`system/script.rs` lists them), cargo's configured `rustc-wrapper` (the kit sets its own).
//! Unsure, and so counted: `llvm-profdata`, a compiler reached through ccache's links on PATH, and libraries by
//! content, although most updates of a shared library change no byte of what is linked with it.
//!
//! The root path is never an input, and is written `<root>` where a value contains it. The exception is a source
//! outside the root: the way to it is in the Makefile, so it is in the key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hash;

/// Named values, in the order they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs(Vec<(String, String)>);

impl Inputs {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// Adds all of another list, its names prefixed.
    pub fn absorb(&mut self, prefix: &str, other: &Self) {
        self.0.extend(
            other
                .0
                .iter()
                .map(|(name, value)| (format!("{prefix}.{name}"), value.clone())),
        );
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Each input's name, and enough of a digest of its value to tell whether another has the same.
    pub fn digests(&self) -> BTreeMap<String, String> {
        let mut all: BTreeMap<&str, hash::Parts> = BTreeMap::new();
        for (name, value) in &self.0 {
            all.entry(name).or_default().add("value", value.as_bytes());
        }
        all.into_iter()
            .map(|(name, parts)| (name.to_owned(), parts.finish()[..16].to_owned()))
            .collect()
    }

    /// SHA-256 over names and values.
    pub fn digest(&self) -> String {
        let mut parts = hash::Parts::new();
        for (name, value) in &self.0 {
            parts.add(name, value.as_bytes());
        }
        parts.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_counts() {
        let one = Inputs::new().with("cc", "gcc 12").with("profile", "debug");
        let other = Inputs::new().with("cc", "gcc 13").with("profile", "debug");
        assert_ne!(one.digest(), other.digest());
        assert_eq!(one.digest(), one.clone().digest());
    }
}
