//! The sprint's tasks: `sprint/tasks.md` is the one list, written for people and read by this module.
//!
//! `parse` turns the document into typed tasks and problems with a place; `lint` says whether what
//! they promise is there; `state` keeps what this clone's person is doing; `verify` runs a task's check;
//! `pull_request` and `news` write what goes upstream.

mod command;
mod filter;
mod justfile;
mod line;
mod lint;
mod list;
mod news;
mod parse;
mod parts;
mod problem;
mod pull_request;
mod repository;
mod section;
mod state;
mod task;
#[cfg(test)]
mod tests;
mod verify;

pub use command::{CheckCommand, ParseSprint, Program};
pub use filter::Filter;
pub use justfile::Justfile;
pub use lint::{Findings, Lint, lint};
pub use list::{Others, Row, rows, table};
pub use news::NewsEntry;
pub use parse::parse;
pub use problem::{Problem, render};
pub use pull_request::PullRequest;
pub use repository::{Repository, branch_name};
pub use state::{Entry, Progress, State};
pub use task::{Level, Link, News, Place, Span, Task};
pub use verify::{CommandOutcome, Verdict, verify};

use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};
use crate::suggest;

/// The list, below the repository's root.
pub const FILE: &str = "sprint/tasks.md";
/// Where reference solutions are, below the repository's root.
pub const SOLUTIONS: &str = "sprint/solutions";

/// The tasks of the repository, in the order of the document; an error shows every problem.
pub fn load(root: &Path) -> Result<Vec<Task>> {
    let path = root.join(FILE);
    let text = std::fs::read_to_string(&path).on("read", &path)?;
    let (tasks, problems) = parse(&text);
    if problems.is_empty() {
        return Ok(tasks);
    }
    Err(unreadable(FILE, &text, &problems))
}

/// The error of a list that cannot be read, with each problem and the place it is at.
pub fn unreadable(file: &str, text: &str, problems: &[Problem]) -> Error {
    Error::usage(
        "task-list",
        format!(
            "{file} has {}",
            crate::count::count(problems.len() as u64, "problem")
        ),
    )
    .block(render(file, text, problems))
    .next("see sprint/README.md for the format, then: just tasks lint")
}

/// The task with this id (`t3` and `3` mean `T03`), or an error that suggests one.
pub fn find<'a>(tasks: &'a [Task], typed: &str) -> Result<&'a Task> {
    let digits = typed.trim_start_matches(['T', 't']);
    let number: Option<u32> = digits.parse().ok();
    let same = |task: &&Task| {
        task.id.eq_ignore_ascii_case(typed) || (number.is_some() && task.number() == number)
    };
    tasks.iter().find(same).ok_or_else(|| {
        let error = Error::usage("unknown-task", format!("there is no task `{typed}`"));
        match suggest::nearest(typed, tasks.iter().map(|task| task.id.as_str())) {
            Some(near) => error.next(format!("just task show {near}")),
            None => error.next("just tasks"),
        }
    })
}

/// The reference solution of a task, where the kit ships one.
pub fn solution(root: &Path, task: &Task) -> Option<PathBuf> {
    let path = root.join(SOLUTIONS).join(format!("{}.patch", task.id));
    path.is_file().then_some(path)
}
