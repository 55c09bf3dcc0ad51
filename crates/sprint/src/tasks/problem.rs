//! A mistake in the document, with its place, and the way it is shown.

use super::task::Span;

/// A mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A mistake at a place.
    pub fn at(span: Span, what: impl Into<String>) -> Self {
        Self {
            span,
            what: what.into(),
            help: None,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Longest part of a line that is shown around the mistake, in characters.
const WINDOW: usize = 92;

/// Problems in the order of the document, each with its line and a caret under the place.
pub fn render(file: &str, text: &str, problems: &[Problem]) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut ordered: Vec<&Problem> = problems.iter().collect();
    ordered.sort_by_key(|problem| (problem.span.line, problem.span.column));
    let mut shown = String::new();
    for problem in ordered {
        let Span {
            line,
            column,
            width,
        } = problem.span;
        shown.push_str(&format!("{file}:{line}:{column}: {}\n", problem.what));
        let content = lines.get(line.wrapping_sub(1)).copied().unwrap_or("");
        // A long line is cut to the part that holds the place.
        let skipped = (column.saturating_sub(1) + width)
            .saturating_sub(WINDOW)
            .min(column.saturating_sub(1));
        let part: String = content
            .chars()
            .skip(skipped)
            .take(WINDOW)
            .map(|character| {
                if character.is_control() {
                    ' '
                } else {
                    character
                }
            })
            .collect();
        let number = line.to_string();
        let pad = " ".repeat(number.len());
        let indent = " ".repeat(column.saturating_sub(1) - skipped);
        let room = WINDOW.saturating_sub(column.saturating_sub(1) - skipped);
        let carets = "^".repeat(width.clamp(1, room.max(1)));
        shown.push_str(&format!("  {number} | {}\n", part.trim_end()));
        shown.push_str(&format!("  {pad} | {indent}{carets}\n"));
        if let Some(help) = &problem.help {
            shown.push_str(&format!("  {pad} = {help}\n"));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        let span = Span {
            line: 2,
            column: 5,
            width: 3,
        };
        let problem = Problem::at(span, "no").help("yes");
        assert_eq!(
            render("f.md", "one\nabc def\n", &[problem]),
            "f.md:2:5: no\n  2 | abc def\n    |     ^^^\n    = yes\n"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}bad", "x".repeat(500));
        let span = Span {
            line: 1,
            column: 501,
            width: 3,
        };
        let shown = render("f.md", &text, &[Problem::at(span, "no")]);
        assert!(shown.lines().all(|line| line.len() < 110), "{shown}");
        assert!(shown.contains("bad\n"), "{shown}");
    }
}
