//! From the document to tasks, line by line, without giving up at the first mistake.
//!
//! Written by hand rather than on a Markdown library: the shape is small and fixed, every mistake needs
//! its line and column, and the CLI must compile in half a minute.

use super::line::{Line, cells, paragraph};
use super::problem::Problem;
use super::section::Section;
use super::task::{Level, Link, Place, Span, Task, Word};
use crate::suggest;

/// The columns of a task's table.
const COLUMNS: [&str; 6] = ["level", "area", "estimate", "where", "upstream", "needs"];
/// A cell that says "none".
const NONE: [&str; 3] = ["–", "-", "none"];

/// Reads the document. Tasks with a problem are left out.
pub fn parse(text: &str) -> (Vec<Task>, Vec<Problem>) {
    let mut problems = Vec::new();
    let lines: Vec<Line<'_>> = text
        .lines()
        .enumerate()
        .map(|(index, text)| Line {
            number: index + 1,
            text,
        })
        .collect();
    let headings = headings(&lines, &mut problems);
    if headings.is_empty() && problems.is_empty() {
        let span = Span {
            line: 1,
            column: 1,
            width: 1,
        };
        problems.push(
            Problem::at(span, "there is no task").help("a task begins with: ## T01 · its title"),
        );
    }
    let mut tasks = Vec::new();
    for (position, &start) in headings.iter().enumerate() {
        let end = headings.get(position + 1).copied().unwrap_or(lines.len());
        let before = problems.len();
        let task = TaskReader::new(&lines[start..end], &mut problems).read();
        if problems.len() == before {
            tasks.extend(task);
        }
    }
    (tasks, problems)
}

/// Indices of second-level headings that are not inside a code block.
fn headings(lines: &[Line<'_>], problems: &mut Vec<Problem>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut fence: Option<Line<'_>> = None;
    for (index, line) in lines.iter().enumerate() {
        if line.text.starts_with("```") {
            fence = match fence {
                None => Some(*line),
                Some(_) => None,
            };
        } else if fence.is_none() && line.text.starts_with("## ") {
            found.push(index);
        }
    }
    if let Some(line) = fence {
        problems.push(
            Problem::at(line.all(), "this code block never ends").help("close it with a line ```"),
        );
    }
    found
}

/// Reads one task's lines.
pub(super) struct TaskReader<'a, 'p> {
    lines: &'a [Line<'a>],
    problems: &'p mut Vec<Problem>,
    seen: Vec<Section>,
}

/// What the table says.
struct Facts {
    level: Level,
    area: String,
    minutes: u32,
    place: Place,
    upstream: Vec<Link>,
    needs: Vec<Word>,
}

impl<'a, 'p> TaskReader<'a, 'p> {
    fn new(lines: &'a [Line<'a>], problems: &'p mut Vec<Problem>) -> Self {
        Self {
            lines,
            problems,
            seen: Vec::new(),
        }
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn read(mut self) -> Option<Task> {
        let (heading, body) = self.lines.split_first()?;
        let (id, title) = self.heading(*heading)?;
        let parts = self.parts(body);
        let intro = parts.first().map_or(body, |(_, _, lines)| {
            // Everything before the first part.
            let count = lines
                .first()
                .map_or(body.len(), |line| line.number - heading.number - 1);
            body.get(..count).unwrap_or(body)
        });
        let facts = self.facts(*heading, intro);
        let why = paragraph(intro.iter().filter(|line| !line.text.starts_with('|')));
        if why.is_empty() {
            self.problem(
                Problem::at(
                    heading.all(),
                    format!("{id} does not say why it is worth doing"),
                )
                .help("write a sentence or two below the table"),
            );
        }
        for wanted in Section::REQUIRED {
            if !parts.iter().any(|(part, _, _)| *part == wanted) {
                self.problem(
                    Problem::at(
                        heading.all(),
                        format!("{id} has no part `{}`", wanted.name()),
                    )
                    .help(format!("add a line that begins with **{}**", wanted.name())),
                );
            }
        }
        let (mut files, mut steps, mut check, mut hints) = (vec![], vec![], vec![], vec![]);
        let (mut done_when, mut news) = (String::new(), None);
        for (part, rest, lines) in parts {
            let (&first, following) = lines.split_first()?;
            match part {
                Section::Files => files = self.files(first, following),
                Section::Steps => steps = self.steps(first, following),
                Section::Check => check = self.check(first, following),
                Section::Hints => hints = self.hints(first, following),
                Section::DoneWhen => done_when = self.sentence(first, rest, following),
                Section::News => news = self.news(first, rest, following),
            }
        }
        let facts = facts?;
        Some(Task {
            id,
            title,
            level: facts.level,
            area: facts.area,
            minutes: facts.minutes,
            place: facts.place,
            upstream: facts.upstream,
            needs: facts.needs,
            why,
            files,
            steps,
            check,
            hints,
            done_when,
            news,
            line: heading.number,
        })
    }

    fn heading(&mut self, line: Line<'a>) -> Option<(String, String)> {
        let text = line.text.trim_start_matches('#').trim();
        let help = "a task begins with: ## T01 · its title";
        let Some((id, title)) = text.split_once(" · ") else {
            self.problem(Problem::at(line.all(), "this heading is not a task's").help(help));
            return None;
        };
        let (id, title) = (id.trim(), title.trim());
        let digits = id.strip_prefix('T').unwrap_or("");
        let is_id = (2..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_id {
            self.problem(Problem::at(line.span(id), format!("`{id}` is no task id")).help(help));
            return None;
        }
        if title.is_empty() {
            self.problem(Problem::at(line.all(), "a task needs a title").help(help));
            return None;
        }
        Some((id.to_owned(), title.to_owned()))
    }

    /// The parts of the body: which, what follows its name on the same line, and its lines.
    fn parts(&mut self, body: &'a [Line<'a>]) -> Vec<(Section, &'a str, &'a [Line<'a>])> {
        let mut starts: Vec<(usize, Section, &'a str)> = Vec::new();
        let mut fenced = false;
        for (index, line) in body.iter().enumerate() {
            if line.text.starts_with("```") {
                fenced = !fenced;
            }
            let bold = line.text.strip_prefix("**").filter(|_| !fenced);
            let Some((name, rest)) = bold.and_then(|text| text.split_once("**")) else {
                continue;
            };
            match Section::named(name) {
                Some(part) if self.seen.contains(&part) => {
                    let what = format!("a second part `{name}`");
                    self.problem(
                        Problem::at(line.span(name), what).help("a task has each part once"),
                    );
                }
                Some(part) => {
                    self.seen.push(part);
                    starts.push((index, part, rest.trim()));
                }
                None => {
                    let known = Section::ALL.map(Section::name);
                    let near = suggest::nearest(name, known);
                    let help = near.map_or_else(
                        || format!("the parts are {}", known.join(", ")),
                        |near| format!("did you mean **{near}**?"),
                    );
                    let what = format!("there is no part called `{name}`");
                    self.problem(Problem::at(line.span(name), what).help(help));
                }
            }
        }
        starts
            .iter()
            .enumerate()
            .map(|(position, &(start, part, rest))| {
                let end = starts.get(position + 1).map_or(body.len(), |next| next.0);
                (part, rest, &body[start..end])
            })
            .collect()
    }

    fn facts(&mut self, heading: Line<'a>, intro: &'a [Line<'a>]) -> Option<Facts> {
        let table: Vec<Line<'a>> = intro
            .iter()
            .copied()
            .filter(|line| line.text.starts_with('|'))
            .collect();
        let [head, rule, row] = table[..] else {
            let place = table.first().copied().unwrap_or(heading);
            self.problem(
                Problem::at(
                    place.all(),
                    "a task has a table of three lines below its heading",
                )
                .help(format!("| {} |", COLUMNS.join(" | "))),
            );
            return None;
        };
        let names = cells(head);
        if names.iter().map(|cell| cell.1).ne(COLUMNS) {
            let wrong = names
                .iter()
                .zip(COLUMNS)
                .find(|(cell, wanted)| cell.1 != *wanted);
            let span = wrong.map_or(head.all(), |(cell, _)| cell.0.span(cell.1));
            let help = format!("| {} |", COLUMNS.join(" | "));
            self.problem(Problem::at(span, "the table has other columns").help(help));
            return None;
        }
        if !rule.text.bytes().all(|byte| b"|-: ".contains(&byte)) {
            self.problem(
                Problem::at(rule.all(), "here the table's rule is expected").help("| --- |"),
            );
            return None;
        }
        let values = cells(row);
        let [level, area, estimate, place, upstream, needs] = values[..] else {
            let what = format!("{} cells, but {} columns", values.len(), COLUMNS.len());
            self.problem(Problem::at(row.all(), what));
            return None;
        };
        let level = self.one_of(
            level,
            &Level::ALL.map(|level| (level.name(), level)),
            "level",
        );
        let place = self.one_of(
            place,
            &Place::ALL.map(|place| (place.name(), place)),
            "place",
        );
        let minutes = self.minutes(estimate);
        if area.1.is_empty() || area.1.contains(' ') {
            let span = row.span(area.1);
            self.problem(Problem::at(span, "the area is one word").help("for example: base64"));
        }
        let upstream = self.links(upstream);
        let needs = if NONE.contains(&needs.1) {
            Vec::new()
        } else {
            needs.1.split(',').map(|id| row.word(id.trim())).collect()
        };
        Some(Facts {
            level: level?,
            area: area.1.to_owned(),
            minutes: minutes?,
            place: place?,
            upstream,
            needs,
        })
    }

    pub(super) fn one_of<T: Copy>(
        &mut self,
        (line, typed): (Line<'a>, &'a str),
        known: &[(&str, T)],
        noun: &str,
    ) -> Option<T> {
        if let Some((_, value)) = known.iter().find(|(name, _)| *name == typed) {
            return Some(*value);
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let what = format!("there is no {noun} `{typed}`");
        let help = format!("one of: {}", names.join(", "));
        self.problem(Problem::at(line.span(typed), what).help(help));
        None
    }

    fn minutes(&mut self, (line, typed): (Line<'a>, &'a str)) -> Option<u32> {
        let words: Vec<&str> = typed.split_whitespace().collect();
        let minutes = match words[..] {
            [number, "min"] => number.parse().ok(),
            [number, "h"] => number
                .parse()
                .ok()
                .and_then(|hours: u32| hours.checked_mul(60)),
            _ => None,
        };
        let minutes = minutes.filter(|minutes| (5..=16 * 60).contains(minutes));
        if minutes.is_none() {
            let what = format!("`{typed}` is no estimate");
            let help = "for example: 45 min, or 2 h (5 min to 16 h)";
            self.problem(Problem::at(line.span(typed), what).help(help));
        }
        minutes
    }

    fn links(&mut self, (line, cell): (Line<'a>, &'a str)) -> Vec<Link> {
        if NONE.contains(&cell) {
            return Vec::new();
        }
        let mut links = Vec::new();
        for part in cell.split(',').map(str::trim) {
            let inner = part
                .strip_prefix('[')
                .and_then(|part| part.strip_suffix(')'))
                .and_then(|part| part.split_once("]("));
            match inner {
                Some((text, url)) if !text.is_empty() && !url.is_empty() => links.push(Link {
                    text: text.to_owned(),
                    url: url.to_owned(),
                    span: line.span(part),
                }),
                _ => {
                    let help = "for example: [#40](https://github.com/Rust-for-CPython/cpython/issues/40), or –";
                    self.problem(Problem::at(line.span(part), "this is no link").help(help));
                }
            }
        }
        links
    }
}
