//! Whether what the list promises is there: links, files, commands, the order of tasks.
//!
//! A file of a tree that is not on this disk cannot be checked; that is counted and said, not passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::command::{CheckCommand, ParseSprint};
use super::news::SECTIONS;
use super::problem::Problem;
use super::task::{Link, Place, Span, Task};
use super::{Justfile, SOLUTIONS, parse};
use crate::error::{IoContext, Result};

/// Where things are looked for.
pub struct Lint<'a> {
    /// The repository.
    pub root: &'a Path,
    /// The release's tree, where it is unpacked.
    pub release: Option<PathBuf>,
    /// The fork's tree, where it is initialised.
    pub fork: Option<PathBuf>,
    /// Recipes that a check may use.
    pub recipes: &'a Justfile,
    /// How `sprint` reads its arguments.
    pub parse: ParseSprint<'a>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// The tasks that could be read.
    pub tasks: Vec<Task>,
    /// Mistakes, each with its place.
    pub problems: Vec<Problem>,
    /// Files that could not be looked for, by place.
    pub unchecked: BTreeMap<&'static str, usize>,
}

/// Reads the text and checks everything that can be checked on this disk.
pub fn lint(text: &str, lint: &Lint<'_>) -> Result<Findings> {
    let (tasks, problems) = parse(text);
    let mut found = Findings {
        tasks,
        problems,
        unchecked: BTreeMap::new(),
    };
    let tasks = std::mem::take(&mut found.tasks);
    unique(&tasks, &mut found);
    order(&tasks, &mut found);
    for task in &tasks {
        for link in &task.upstream {
            if let Err(help) = well_formed(link) {
                let what = format!("`{}` does not lead where it says", link.text);
                found.problems.push(Problem::at(link.span, what).help(help));
            }
        }
        files(task, lint, &mut found);
        for command in &task.check {
            if let Err(why) = CheckCommand::read(&command.text, lint.root, lint.recipes, lint.parse)
            {
                let what = "this command cannot be part of a check";
                found
                    .problems
                    .push(Problem::at(command.span, what).help(why));
            }
        }
        if let Some(news) = &task.news
            && !SECTIONS.contains(&news.section.as_str())
        {
            let what = format!("CPython's NEWS has no section `{}`", news.section);
            let help = format!("one of: {}", SECTIONS.join(", "));
            found
                .problems
                .push(Problem::at(heading(task), what).help(help));
        }
    }
    solutions(&tasks, lint.root, &mut found)?;
    found.tasks = tasks;
    Ok(found)
}

fn heading(task: &Task) -> Span {
    Span {
        line: task.line,
        column: 4,
        width: task.id.chars().count(),
    }
}

fn unique(tasks: &[Task], found: &mut Findings) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for task in tasks {
        if let Some(line) = seen.insert(&task.id, task.line) {
            let what = format!("{} is already the task of line {line}", task.id);
            found.problems.push(Problem::at(heading(task), what));
        }
    }
}

fn order(tasks: &[Task], found: &mut Findings) {
    let by_id: BTreeMap<&str, &Task> = tasks.iter().map(|task| (task.id.as_str(), task)).collect();
    for task in tasks {
        for need in &task.needs {
            if !by_id.contains_key(need.text.as_str()) {
                let what = format!("there is no task `{}` to come first", need.text);
                found.problems.push(Problem::at(need.span, what));
            } else if leads_to(&by_id, &need.text, &task.id) {
                let what = format!("{} waits for itself, through {}", task.id, need.text);
                found.problems.push(Problem::at(need.span, what));
            }
        }
    }
}

/// Whether `from` needs `to`, directly or not.
fn leads_to(by_id: &BTreeMap<&str, &Task>, from: &str, to: &str) -> bool {
    let mut waiting = vec![from.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id.clone())
            && let Some(task) = by_id.get(id.as_str())
        {
            waiting.extend(task.needs.iter().map(|need| need.text.clone()));
        }
    }
    false
}

/// The text of a link names the number and the repository that the address leads to.
fn well_formed(link: &Link) -> std::result::Result<(), String> {
    let shape = "https://github.com/OWNER/REPOSITORY/issues/NUMBER (or pull/NUMBER)";
    let path = link
        .url
        .strip_prefix("https://github.com/")
        .ok_or_else(|| format!("an address is {shape}"))?;
    let parts: Vec<&str> = path.split('/').collect();
    let [owner, repository, kind, number] = parts[..] else {
        return Err(format!("an address is {shape}"));
    };
    if !["issues", "pull"].contains(&kind) || number.parse::<u32>().is_err() {
        return Err(format!("an address is {shape}"));
    }
    let wanted = match (owner, repository) {
        ("Rust-for-CPython", "cpython") => format!("#{number}"),
        ("python", "cpython") => format!("cpython#{number}"),
        _ => format!("{owner}/{repository}#{number}"),
    };
    if link.text == wanted {
        Ok(())
    } else {
        Err(format!("the text of this address is {wanted}"))
    }
}

fn files(task: &Task, lint: &Lint<'_>, found: &mut Findings) {
    let tree = match task.place {
        Place::Kit => Some(lint.root),
        Place::Release => lint.release.as_deref(),
        Place::Fork => lint.fork.as_deref(),
    };
    for file in task.files.iter().filter(|file| !file.new) {
        match tree {
            None => *found.unchecked.entry(task.place.name()).or_default() += 1,
            Some(tree) if tree.join(&file.path).exists() => {}
            Some(_) => {
                let what = format!("the {} has no `{}`", task.place, file.path);
                let help = "write (new) after it if the task makes it";
                found.problems.push(Problem::at(file.span, what).help(help));
            }
        }
    }
}

fn solutions(tasks: &[Task], root: &Path, found: &mut Findings) -> Result<()> {
    let directory = root.join(SOLUTIONS);
    if !directory.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(&directory).on("list", &directory)? {
        let name = entry.on("list", &directory)?.file_name();
        let name = name.to_string_lossy();
        let id = name.strip_suffix(".patch").unwrap_or(&name);
        if !tasks.iter().any(|task| task.id == id) {
            let span = Span {
                line: 1,
                column: 1,
                width: 1,
            };
            let what = format!("{SOLUTIONS}/{name} is the solution of no task");
            found.problems.push(Problem::at(span, what));
        }
    }
    Ok(())
}
