//! Reading a task: what it is, its hints, what comes after it.

use super::Desk;
use crate::cli::{Answer, tasks as list};
use crate::error::{Error, IoContext, Result};
use crate::tasks::{self, Place, Progress, Task};

impl Desk<'_, '_> {
    /// The task that was named, or the one that was begun last.
    pub(super) fn task(&self, id: Option<&str>) -> Result<Task> {
        if let Some(id) = id {
            return tasks::find(&self.tasks, id).cloned();
        }
        match self.state.current() {
            Some(id) => tasks::find(&self.tasks, id).cloned(),
            None => Err(Error::usage("no-task", "no task is begun here").next("just tasks --free")),
        }
    }

    pub(super) fn show(&self, id: &str) -> Result<Answer> {
        let task = tasks::find(&self.tasks, id)?;
        let out = self.context.out;
        let mut text = format!("{} {}\n", out.name(&task.id), out.name(&task.title));
        text.push_str(&out.faint(&format!(
            "{}, {}, {}, in the {}",
            task.level.name(),
            task.estimate(),
            task.area,
            task.place
        )));
        text.push('\n');
        for link in &task.upstream {
            text.push_str(&format!("{} {}\n", link.text, link.url));
        }
        if !task.needs.is_empty() {
            let ids: Vec<&str> = task.needs.iter().map(|need| need.text.as_str()).collect();
            text.push_str(&format!("after {}\n", crate::count::list(&ids)));
        }
        text.push_str(&format!("\n{}\n", wrap(&task.why, "")));
        text.push_str(&format!("\n{}\n", out.name("Files")));
        text.push_str(&self.files(task));
        text.push_str(&format!("\n{}\n", out.name("Steps")));
        for (number, step) in task.steps.iter().enumerate() {
            let step = format!("{}. {step}", number + 1);
            text.push_str(&format!("  {}\n", wrap(&step, "     ")));
        }
        text.push_str(&format!("\n{}\n", out.name("Check")));
        for command in &task.check {
            text.push_str(&format!("  {}\n", command.text));
        }
        text.push_str(&format!(
            "\n{} {}\n",
            out.name("Done when"),
            wrap(&task.done_when, "")
        ));
        text.push_str(&format!("\nbegin: just task start {}\n", task.id));
        Ok(Answer::ok(text))
    }

    /// The files to read, as paths from the repository.
    pub(super) fn files(&self, task: &Task) -> String {
        let start = match task.place {
            Place::Kit => String::new(),
            Place::Release | Place::Fork => match self.tree(task) {
                Ok(tree) => {
                    let tree = tree.strip_prefix(&self.context.root).unwrap_or(&tree);
                    format!("{}/", tree.display())
                }
                Err(_) => format!("({}) ", task.place),
            },
        };
        task.files
            .iter()
            .map(|file| {
                let new = if file.new { "   (new)" } else { "" };
                format!("  {start}{}{new}\n", file.path)
            })
            .collect()
    }

    pub(super) fn hint(&mut self, id: Option<&str>, solution: bool) -> Result<Answer> {
        let task = self.task(id)?;
        if solution {
            let path = tasks::solution(&self.context.root, &task).ok_or_else(|| {
                Error::usage(
                    "no-solution",
                    format!("the kit ships no solution of {}", task.id),
                )
                .next(format!("just task hint {}", task.id))
            })?;
            return Ok(Answer::ok(
                std::fs::read_to_string(&path).on("read", &path)?,
            ));
        }
        let shown = self.state.get(&task.id).map_or(0, |entry| entry.hints);
        let all = task.hints.len();
        let Some(hint) = task.hints.get(shown) else {
            let more = match tasks::solution(&self.context.root, &task) {
                Some(_) => format!(
                    "the reference solution: just task hint {} --solution",
                    task.id
                ),
                None => {
                    "ask at the table, or on the issue: that is what a sprint is for".to_owned()
                }
            };
            let hints: Vec<String> = task
                .hints
                .iter()
                .enumerate()
                .map(|(at, hint)| format!("hint {} of {all}\n{}\n\n", at + 1, hint.text))
                .collect();
            return Ok(Answer::ok(format!("{}{more}\n", hints.concat())));
        };
        // Somebody who only looks has not begun.
        if self.state.get(&task.id).is_some() {
            self.state.entry(&task.id).hints = shown + 1;
            self.state.save(&self.context.root)?;
        }
        Ok(Answer::ok(format!(
            "hint {} of {all}\n{}\n",
            shown + 1,
            hint.text
        )))
    }

    pub(super) fn next(&self, id: Option<&str>) -> Result<Answer> {
        let from = match id {
            Some(_) => Some(self.task(id)?),
            None => self.task(None).ok(),
        };
        let others = list::others(&self.member);
        let fits = |task: &&Task| {
            self.state.progress(&task.id).is_none()
                && others.holder(&task.id).is_none()
                && others.finisher(&task.id).is_none()
                && task
                    .needs
                    .iter()
                    .all(|need| self.state.progress(&need.text) == Some(Progress::Done))
                && self.tree(task).is_ok()
        };
        let mut candidates: Vec<&Task> = self.tasks.iter().filter(fits).collect();
        // First what this task has opened, then its area, then what is nearest in difficulty.
        candidates.sort_by_key(|task| {
            let Some(from) = &from else {
                return (0, 0, task.minutes);
            };
            let opened = task.needs.iter().any(|need| need.text == from.id);
            let distance = u32::from(!opened) * 2 + u32::from(task.area != from.area);
            (
                distance,
                (task.level as i8 - from.level as i8).unsigned_abs(),
                task.minutes,
            )
        });
        let Some(best) = candidates.first() else {
            return Ok(Answer::ok("nothing is free here; all tasks: just tasks\n"));
        };
        Ok(Answer::ok(format!(
            "{} {} ({}, {})\n{}\n\nread it: just task show {}\n",
            best.id,
            best.title,
            best.level.name(),
            best.estimate(),
            wrap(&best.why, ""),
            best.id
        )))
    }
}

/// Wraps at 78 columns; later lines begin with `indent`.
pub(super) fn wrap(text: &str, indent: &str) -> String {
    let mut wrapped = String::new();
    for paragraph in text.split("\n\n") {
        if !wrapped.is_empty() {
            wrapped.push_str("\n\n");
        }
        let mut column = 0;
        for word in paragraph.split_whitespace() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > 78 {
                wrapped.push('\n');
                wrapped.push_str(indent);
                column = indent.len();
            } else if column > 0 {
                wrapped.push(' ');
                column += 1;
            }
            wrapped.push_str(word);
            column += length;
        }
    }
    wrapped
}
