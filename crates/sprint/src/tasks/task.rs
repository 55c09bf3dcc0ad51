//! What a task is.

use std::fmt::{self, Display};

use serde::Serialize;

/// A place in the document. Lines and columns count from one, columns and widths in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Line.
    pub line: usize,
    /// Column of the first character.
    pub column: usize,
    /// How many characters, at least one.
    pub width: usize,
}

/// How much a task asks of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A first pull request.
    First,
    /// Somebody who knows the language, or the tree.
    Comfortable,
    /// Somebody who knows both.
    Deep,
}

impl Level {
    /// All of them, easiest first.
    pub const ALL: [Self; 3] = [Self::First, Self::Comfortable, Self::Deep];

    /// As the document spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first PR",
            Self::Comfortable => "comfortable",
            Self::Deep => "deep",
        }
    }

    /// For a narrow column.
    pub fn short(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Comfortable => "comfy",
            Self::Deep => "deep",
        }
    }
}

/// Whose files a task changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// This repository.
    Kit,
    /// The pinned CPython release.
    Release,
    /// The fork, in `cpython/`.
    Fork,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Kit, Self::Release, Self::Fork];

    /// As the document spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kit => "kit",
            Self::Release => "release",
            Self::Fork => "fork",
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A Markdown link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What is shown: `#40`, `cpython#139314`.
    pub text: String,
    /// Where it goes.
    pub url: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// A word of the document, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// A file that a task is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileRef {
    /// Relative to the root of the task's place.
    pub path: String,
    /// The task makes it.
    pub new: bool,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// A hint, shown one at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// The text that is folded away.
    pub text: String,
}

/// What CPython's NEWS would say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct News {
    /// One of CPython's sections.
    pub section: String,
    /// One sentence.
    pub text: String,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    /// `T03`.
    pub id: String,
    /// One line.
    pub title: String,
    /// How hard.
    pub level: Level,
    /// A word to filter by: `base64`, `ci`.
    pub area: String,
    /// What it is likely to take, in minutes, checks included.
    pub minutes: u32,
    /// Whose files.
    pub place: Place,
    /// Issues and pull requests it belongs to.
    pub upstream: Vec<Link>,
    /// Ids of tasks that come before it.
    pub needs: Vec<Word>,
    /// Why it is worth doing.
    pub why: String,
    /// What it touches.
    pub files: Vec<FileRef>,
    /// The way, in steps.
    pub steps: Vec<String>,
    /// Commands that must all end with 0, in this order.
    pub check: Vec<Word>,
    /// Help, a little at a time.
    pub hints: Vec<Hint>,
    /// When it is finished.
    pub done_when: String,
    /// What Python's users are told, where they would notice.
    pub news: Option<News>,
    /// Line of its heading.
    #[serde(skip)]
    pub line: usize,
}

impl Task {
    /// The number in the id.
    pub fn number(&self) -> Option<u32> {
        self.id.strip_prefix('T')?.parse().ok()
    }

    /// `45 min`, `2 h`.
    pub fn estimate(&self) -> String {
        if self.minutes >= 60 && self.minutes.is_multiple_of(30) {
            let hours = f64::from(self.minutes) / 60.0;
            return format!("{hours} h");
        }
        format!("{} min", self.minutes)
    }
}
