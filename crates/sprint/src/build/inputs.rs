//! What a step's result depends on, by name, and the digest of it.
//!
//! A build's key is the digest of the inputs of all its steps. Covered: the source's content, the
//! configure arguments, the C compiler's and rustc's own description of themselves, the flags from the
//! environment, the modules' sources and lock file, the target, the profile. Not covered yet: the
//! content of the system's libraries and headers, the processor, the C library's version. The root
//! path is never an input.

use serde::Serialize;

use crate::hash;

/// Named values, in the order they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
