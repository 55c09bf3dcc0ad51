//! What stands in the parts of a task: files, steps, check, hints, the end, the news.

use super::line::Line;
use super::parse::TaskReader;
use super::problem::Problem;
use super::task::{FileRef, Hint, News, Word};

impl<'a> TaskReader<'a, '_> {
    pub(super) fn files(&mut self, first: Line<'a>, lines: &'a [Line<'a>]) -> Vec<FileRef> {
        let mut files = Vec::new();
        for line in lines.iter().filter(|line| !line.text.trim().is_empty()) {
            let item = line
                .text
                .strip_prefix("- `")
                .and_then(|rest| rest.split_once('`'));
            let Some((path, rest)) = item else {
                let help = "- `path/of/a/file`, or with (new) after it";
                self.problem(Problem::at(line.all(), "here a file is expected").help(help));
                continue;
            };
            let escapes = path.starts_with('/') || path.split('/').any(|part| part == "..");
            if path.is_empty() || escapes {
                let what = "a file is named from the root of the tree that holds it";
                self.problem(Problem::at(line.span(path), what));
                continue;
            }
            files.push(FileRef {
                path: path.to_owned(),
                new: rest.trim_start().starts_with("(new)"),
                span: line.span(path),
            });
        }
        self.not_empty(first, files.is_empty(), "a file: - `path`");
        files
    }

    pub(super) fn steps(&mut self, first: Line<'a>, lines: &'a [Line<'a>]) -> Vec<String> {
        let mut steps: Vec<String> = Vec::new();
        for line in lines.iter().filter(|line| !line.text.trim().is_empty()) {
            let wanted = format!("{}. ", steps.len() + 1);
            if let Some(text) = line.text.strip_prefix(&wanted) {
                steps.push(text.trim().to_owned());
            } else if let Some(last) = steps.last_mut().filter(|_| line.text.starts_with("   ")) {
                last.push(' ');
                last.push_str(line.text.trim());
            } else {
                let what = format!("here step {} is expected", steps.len() + 1);
                let help =
                    format!("{wanted}what to do; a longer step goes on indented by three spaces");
                self.problem(Problem::at(line.all(), what).help(help));
                break;
            }
        }
        self.not_empty(first, steps.is_empty(), "a step: 1. what to do");
        steps
    }

    pub(super) fn check(&mut self, first: Line<'a>, lines: &'a [Line<'a>]) -> Vec<Word> {
        let mut commands = Vec::new();
        let mut fenced = false;
        for line in lines.iter().filter(|line| !line.text.trim().is_empty()) {
            if line.text.starts_with("```") {
                fenced = !fenced;
            } else if fenced {
                commands.push(line.word(line.text.trim()));
            } else {
                let help = "commands stand in a block that begins with ```sh";
                self.problem(Problem::at(line.all(), "this is not in a code block").help(help));
            }
        }
        self.not_empty(first, commands.is_empty(), "a command in a code block");
        commands
    }

    pub(super) fn hints(&mut self, first: Line<'a>, lines: &'a [Line<'a>]) -> Vec<Hint> {
        let mut hints = Vec::new();
        let mut open: Option<(Line<'a>, Vec<&'a str>)> = None;
        for line in lines {
            let text = line.text.trim();
            if text.starts_with("<details>") {
                if let Some((start, _)) = open.replace((*line, Vec::new())) {
                    let what = "this hint is not closed";
                    self.problem(Problem::at(start.all(), what).help("</details>"));
                }
                if !text.ends_with("</summary>") || !text.contains("<summary>") {
                    let help = "<details><summary>Hint 1</summary>";
                    self.problem(Problem::at(line.all(), "a hint begins otherwise").help(help));
                }
            } else if text == "</details>" {
                match open.take() {
                    Some((start, words)) => {
                        let text = words.join("\n").trim().to_owned();
                        if text.is_empty() {
                            self.problem(Problem::at(start.all(), "this hint is empty"));
                        }
                        hints.push(Hint { text });
                    }
                    None => self.problem(Problem::at(line.all(), "no hint is open here")),
                }
            } else if let Some((_, words)) = &mut open {
                words.push(line.text.trim_end());
            } else if !text.is_empty() {
                let help = "<details><summary>Hint 1</summary> … </details>";
                self.problem(Problem::at(line.all(), "this is in no hint").help(help));
            }
        }
        if let Some((start, _)) = open {
            self.problem(Problem::at(start.all(), "this hint is not closed").help("</details>"));
        }
        self.not_empty(first, hints.is_empty(), "a hint");
        hints
    }

    pub(super) fn sentence(
        &mut self,
        first: Line<'a>,
        rest: &str,
        lines: &'a [Line<'a>],
    ) -> String {
        let mut text = rest.to_owned();
        for line in lines.iter().filter(|line| !line.text.trim().is_empty()) {
            text.push(' ');
            text.push_str(line.text.trim());
        }
        let text = text.trim().to_owned();
        self.not_empty(first, text.is_empty(), "a sentence");
        text
    }

    pub(super) fn news(
        &mut self,
        first: Line<'a>,
        rest: &str,
        lines: &'a [Line<'a>],
    ) -> Option<News> {
        let text = self.sentence(first, rest, lines);
        match text.split_once(": ") {
            Some((section, text)) => Some(News {
                section: section.trim().to_owned(),
                text: text.trim().to_owned(),
            }),
            None => {
                let help = "**News** Library: One sentence.";
                self.problem(Problem::at(first.all(), "the NEWS section is missing").help(help));
                None
            }
        }
    }

    pub(super) fn not_empty(&mut self, line: Line<'a>, is_empty: bool, wanted: &str) {
        if is_empty {
            let problem = Problem::at(line.all(), "this part is empty");
            self.problem(problem.help(format!("it needs {wanted}")));
        }
    }
}
