//! Text that knows which of its parts may leave this machine.
//!
//! A report is pasted into a public channel, so nothing may get into it by accident: a piece is
//! public only if its type cannot hold a name, a path or a token (a literal of this program, a
//! number, a version). Everything read from the machine as text is private, and a report shows `…`
//! in its place.

use serde::{Serialize, Serializer};

use crate::pins::Version;

/// What stands in a report where a private piece was.
const HIDDEN: &str = "…";

/// A text made of public and private pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Public(String),
    Private(String),
}

impl Text {
    /// Starts with words of this program.
    pub fn new(words: &'static str) -> Self {
        Self::default().say(words)
    }

    /// Adds words of this program.
    #[must_use]
    pub fn say(mut self, words: &'static str) -> Self {
        self.0.push(Piece::Public(words.to_owned()));
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn number(mut self, number: u64) -> Self {
        self.0.push(Piece::Public(number.to_string()));
        self
    }

    /// Adds the permission bits of a file, in octal.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.0.push(Piece::Public(format!("{mode:03o}")));
        self
    }

    /// Adds a version: three numbers.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.0.push(Piece::Public(version.to_string()));
        self
    }

    /// Adds what was read from the machine: a path, a program's output, a variable's value.
    #[must_use]
    pub fn private(mut self, text: impl Into<String>) -> Self {
        self.0.push(Piece::Private(text.into()));
        self
    }

    /// All of it, for the person at this machine.
    pub fn full(&self) -> String {
        self.0
            .iter()
            .map(|(Piece::Public(text) | Piece::Private(text))| text.as_str())
            .collect()
    }

    /// What may be pasted in public.
    pub fn public(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Public(text) => text.as_str(),
                Piece::Private(_) => HIDDEN,
            })
            .collect()
    }
}

impl From<&'static str> for Text {
    fn from(words: &'static str) -> Self {
        Self::new(words)
    }
}

impl Serialize for Text {
    /// JSON stays on this machine, so it has all of it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.full())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_stays_here() {
        let text = Text::new("rustc ")
            .version("1.95.0".parse().expect("version"))
            .say(" at ")
            .private("/home/ana/.cargo/bin/rustc")
            .say(", mode ")
            .mode(0o700);
        assert_eq!(
            text.full(),
            "rustc 1.95.0 at /home/ana/.cargo/bin/rustc, mode 700"
        );
        assert_eq!(text.public(), "rustc 1.95.0 at …, mode 700");
    }
}
