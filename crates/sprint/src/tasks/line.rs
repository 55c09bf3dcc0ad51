//! Lines of the document, and places on them.

use super::task::{Span, Word};

/// A line with its number, counted from one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) number: usize,
    pub(super) text: &'a str,
}

impl<'a> Line<'a> {
    /// The place of a part of this line.
    pub(super) fn span(&self, part: &str) -> Span {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let before = self.text.get(..offset).unwrap_or("");
        Span {
            line: self.number,
            column: before.chars().count() + 1,
            width: part.chars().count().max(1),
        }
    }

    pub(super) fn all(&self) -> Span {
        self.span(self.text.trim())
    }

    pub(super) fn word(&self, part: &'a str) -> Word {
        Word {
            text: part.to_owned(),
            span: self.span(part),
        }
    }
}

/// The cells of a table row, trimmed.
pub(super) fn cells<'a>(line: Line<'a>) -> Vec<(Line<'a>, &'a str)> {
    let inner = line.text.trim().trim_start_matches('|');
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    inner.split('|').map(|cell| (line, cell.trim())).collect()
}

/// Paragraphs as they would be read aloud: lines joined, empty lines kept as breaks.
pub(super) fn paragraph<'a>(lines: impl Iterator<Item = &'a Line<'a>>) -> String {
    let mut text = String::new();
    for line in lines {
        let line = line.text.trim();
        if line.is_empty() {
            if !text.is_empty() && !text.ends_with("\n\n") {
                text.push_str("\n\n");
            }
        } else {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push(' ');
            }
            text.push_str(line);
        }
    }
    text.trim().to_owned()
}
