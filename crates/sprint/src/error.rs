//! One error shape for the whole kit: what was attempted, on what, why it failed, what to type next.

use std::fmt::{self, Display, Write as _};
use std::io;
use std::path::Path;

use crate::exit::Exit;
use crate::term::Palette;

/// The result of everything that can fail in a way a person must read about.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure that a person reads. Boxed, so that `Result` stays one word wide.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    exit: Exit,
    /// Stable kebab-case name, for scripts and for searching.
    id: &'static str,
    what: String,
    details: Vec<(String, String)>,
    block: Option<String>,
    next: Option<String>,
}

impl Error {
    /// A failure named `id` that ends the process with `exit`; `what` says what was attempted and why it failed.
    pub fn new(exit: Exit, id: &'static str, what: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            exit,
            id,
            what: what.into(),
            details: Vec::new(),
            block: None,
            next: None,
        }))
    }

    /// Something this machine lacks.
    pub fn setup(id: &'static str, what: impl Into<String>) -> Self {
        Self::new(Exit::Setup, id, what)
    }

    /// Something the person typed or wrote.
    pub fn usage(id: &'static str, what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, id, what)
    }

    /// A state the code believes impossible.
    pub fn bug(what: impl Into<String>) -> Self {
        Self::new(Exit::Bug, "bug", what).next("report this, with the output of: sprint --version")
    }

    /// The person or the system asked us to stop.
    pub fn interrupted(during: &str) -> Self {
        Self::new(
            Exit::Interrupted,
            "interrupted",
            format!("stopped during {during}; nothing is lost"),
        )
        .next("run the same command again: it carries on from here")
    }

    /// A file operation that failed: `action` is a verb ("read", "rename").
    pub fn io(action: &str, path: &Path, source: &io::Error) -> Self {
        let what = format!("cannot {action} `{}`: {source}", path.display());
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::setup("disk-full", what)
                .next("free some space (`just clean` removes build directories), then run the same command again"),
            io::ErrorKind::PermissionDenied => Self::setup("not-permitted", what)
                .detail("likely", "the directory belongs to another user, or is mounted read-only")
                .next(look_at(path)),
            io::ErrorKind::ReadOnlyFilesystem => Self::setup("read-only", what)
                .next("use a checkout on a writable file system"),
            _ => Self::setup("io", what).next(look_at(path)),
        }
    }

    /// Adds a labelled line below the message.
    #[must_use]
    pub fn detail(mut self, label: &str, text: impl Display) -> Self {
        self.0.details.push((label.to_owned(), text.to_string()));
        self
    }

    /// Adds a block of text (the surroundings of an error in a log), printed before the message.
    #[must_use]
    pub fn block(mut self, text: impl Into<String>) -> Self {
        self.0.block = Some(text.into());
        self
    }

    /// The exact next command, or the one thing to do.
    #[must_use]
    pub fn next(mut self, text: impl Into<String>) -> Self {
        self.0.next = Some(text.into());
        self
    }

    /// The exit code this error ends the process with.
    pub fn exit(&self) -> Exit {
        self.0.exit
    }

    /// The stable name.
    pub fn id(&self) -> &'static str {
        self.0.id
    }

    /// The exact next command, if there is one.
    pub fn next_command(&self) -> Option<&str> {
        self.0.next.as_deref()
    }

    /// The same as one JSON object, for those who asked for JSON.
    pub fn to_json(&self) -> String {
        let inner = &self.0;
        let details: serde_json::Map<String, serde_json::Value> = inner
            .details
            .iter()
            .map(|(label, text)| (label.clone(), text.clone().into()))
            .collect();
        let value = serde_json::json!({
            "outcome": "error",
            "error": { "id": inner.id, "exit": inner.exit as u8, "what": inner.what, "details": details, "next": inner.next },
        });
        format!("{value}\n")
    }

    /// The whole message as a person sees it on stderr.
    pub fn render(&self, palette: Palette) -> String {
        let inner = &self.0;
        let mut text = String::new();
        if let Some(block) = &inner.block {
            let _ = writeln!(text, "{}", block.trim_end());
            text.push('\n');
        }
        let _ = writeln!(
            text,
            "{} {}",
            palette.problem(&format!("error[{}]:", inner.id)),
            inner.what
        );
        let next = inner.next.as_ref().map(|next| ("try", next.as_str()));
        let rows = inner
            .details
            .iter()
            .map(|(label, text)| (label.as_str(), text.as_str()))
            .chain(next);
        let rows: Vec<_> = rows.collect();
        let width = rows
            .iter()
            .map(|(label, _)| label.len() + 1)
            .max()
            .unwrap_or(0)
            .max(8);
        for (label, text_of) in rows {
            let mut lines = text_of.lines();
            let label = format!("{label}:");
            let _ = writeln!(text, "  {label:width$} {}", lines.next().unwrap_or(""));
            for line in lines {
                let _ = writeln!(text, "  {:width$} {line}", "");
            }
        }
        let _ = writeln!(
            text,
            "  {}",
            palette.faint(&format!("(exit {})", inner.exit as u8))
        );
        text
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)
    }
}

impl std::error::Error for Error {}

/// Names the action and the path of a failed file operation.
pub trait IoContext<T> {
    /// `action` is a verb: "read", "create", "rename".
    fn on(self, action: &str, path: &Path) -> Result<T>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn on(self, action: &str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::io(action, path, &source))
    }
}

/// What shows who owns a path, and what stands in its way: the deepest part of it that is there.
fn look_at(path: &Path) -> String {
    let there = path.ancestors().find(|at| at.symlink_metadata().is_ok());
    let there = there.unwrap_or(path).to_string_lossy();
    format!("ls -ld {}", crate::exec::quote(&there))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_why_and_what_next() {
        let text = Error::new(Exit::NotRust, "not-rust", "tests passed, but")
            .detail("seen", "a C unit")
            .next("just build --clean base64")
            .render(Palette::plain());
        assert_eq!(
            text,
            "error[not-rust]: tests passed, but\n  seen:    a C unit\n  try:     just build --clean base64\n  (exit 5)\n"
        );
    }

    #[test]
    fn a_full_disk_is_a_setup_problem_with_a_way_out() {
        let error = Error::io(
            "write",
            Path::new("/x"),
            &io::Error::from(io::ErrorKind::StorageFull),
        );
        assert_eq!((error.exit(), error.id()), (Exit::Setup, "disk-full"));
        assert!(error.render(Palette::plain()).contains("try:"));
    }
}
