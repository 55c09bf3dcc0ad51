//! Beginning a task and running its check.

use std::fs;
use std::path::{Path, PathBuf};

use super::Desk;
use crate::cli::{Answer, tasks as list, to_json};
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::pins::Pins;
use crate::room::Claimed;
use crate::source::{self, Choice};
use crate::tasks::{
    self, CheckCommand, Entry, Justfile, Place, Progress, Repository, Task, Verdict,
};

/// How a task is to be begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wishes {
    /// Take edits that are not committed along.
    pub(super) carry: bool,
    /// Make a branch.
    pub(super) branch: bool,
    /// Run the check.
    pub(super) check: bool,
    /// Claim it in the room.
    pub(super) claim: bool,
}

impl Desk<'_, '_> {
    /// The tree that holds a task's files, or an error that says how to get it.
    pub(super) fn tree(&self, task: &Task) -> Result<PathBuf> {
        let root = &self.context.root;
        if task.place == Place::Kit {
            return Ok(root.clone());
        }
        let choice = source::chosen(root)?;
        if list::here(&choice)? != task.place {
            return Err(Error::usage(
                "other-source",
                format!(
                    "{} changes the {}, and you work on another source",
                    task.id, task.place
                ),
            )
            .next(format!("just source {}", task.place)));
        }
        let tree = source::place(root, &Pins::load(root)?, &choice);
        if !tree.join("configure").is_file() {
            let error = Error::setup("no-source", format!("the {} is not there yet", task.place));
            return Err(error.next(format!("just source {}", task.place)));
        }
        Ok(tree)
    }

    pub(super) fn start(&mut self, id: &str, wishes: Wishes) -> Result<Answer> {
        let task = tasks::find(&self.tasks, id)?.clone();
        for need in &task.needs {
            if self.state.progress(&need.text) != Some(Progress::Done) {
                self.context.progress.warn(&format!(
                    "{} builds on {}, which is not done here",
                    task.id, need.text
                ));
            }
        }
        let tree = self.tree(&task)?;
        // Before anything is changed here: two people cannot both have it.
        let claimed = if wishes.claim {
            self.member.take(&task.id)?
        } else {
            Claimed::NoRoom
        };
        let begun = self.begin(&task, &tree, wishes);
        if begun.is_err() && matches!(claimed, Claimed::Yes(_)) {
            self.member.release(&task.id, false);
        }
        let mut text = begun?;
        match claimed {
            Claimed::Yes(seconds) => text.push_str(&format!(
                "room     yours for {} min, and again with each check\n",
                seconds.div_ceil(60)
            )),
            Claimed::Unknown => {
                text.push_str("room     NOT claimed: nobody else knows that you are at it\n")
            }
            Claimed::NoRoom => {}
        }
        let entry = self.state.entry(&task.id);
        entry.progress = Progress::Started;
        entry.claimed = matches!(claimed, Claimed::Yes(_));
        self.state.set_current(&task.id);
        self.state.save(&self.context.root)?;
        text.push_str(&format!("read\n{}", self.files(&task)));
        text.push_str(&format!("steps    just task show {}\n", task.id));
        if !wishes.check {
            return Ok(Answer::ok(text));
        }
        let verdict = self.verdict(&task)?;
        text.push_str(&if verdict.is_green() {
            "check    green already: is somebody ahead of you? Look upstream first\n".to_owned()
        } else {
            format!(
                "check    red, as it should be: {} of {} commands pass\n{}",
                verdict.green(),
                verdict.commands.len(),
                last_words(&verdict)
            )
        });
        text.push_str(&format!(
            "then     just task check {}      stuck? just task hint {}\n",
            task.id, task.id
        ));
        Ok(Answer::ok(text))
    }

    /// The branch, or copies of the files where there is no repository; what was done, as text.
    fn begin(&mut self, task: &Task, tree: &Path, wishes: Wishes) -> Result<String> {
        let mut text = String::new();
        let repository = if wishes.branch {
            Repository::at(tree, self.context.host)?
        } else {
            None
        };
        match &repository {
            Some(repository) => {
                let name = tasks::branch_name(task);
                let known = repository.has_branch(&name);
                let base = repository.head()?;
                repository.enter(&name, wishes.carry, &format!("just task start {}", task.id))?;
                let entry = self.state.entry(&task.id);
                if !known || entry.base.is_none() {
                    entry.base = Some(base);
                }
                entry.repository = Some(repository.root().to_owned());
                text.push_str(&format!("branch   {name}\n"));
                entry.branch = Some(name);
            }
            None if !wishes.branch => text.push_str("branch   none, as you asked\n"),
            None => {
                self.keep_originals(task, tree)?;
                text.push_str("branch   none: this tree is no git repository; your edits are compared with\n         a copy of the files as they are now\n");
            }
        }
        Ok(text)
    }

    pub(super) fn check(&mut self, id: Option<&str>, json: bool) -> Result<Answer> {
        let task = self.task(id)?;
        let verdict = self.verdict(&task)?;
        let exit = if verdict.is_green() {
            Exit::Ok
        } else {
            Exit::TestsFailed
        };
        let text = if json {
            to_json(&serde_json::json!({
                "task": task.id,
                "outcome": if verdict.is_green() { "green" } else { "red" },
                "passed": verdict.green(),
                "commands": verdict.commands,
                "log": verdict.log,
            }))?
        } else {
            self.report(&task, &verdict)
        };
        Ok(Answer { text, exit })
    }

    fn report(&self, task: &Task, verdict: &Verdict) -> String {
        let out = self.context.out;
        let mut text = String::new();
        if !verdict.is_green() {
            text.push_str(&format!("{}\n\n", verdict.output));
        }
        for command in &verdict.commands {
            let word = match (command.ran, command.is_green()) {
                (_, true) => out.good("green"),
                (true, false) => out.problem("red  "),
                (false, _) => out.faint("later"),
            };
            text.push_str(&format!("  {word}  {}\n", command.command));
        }
        text.push_str(&if verdict.is_green() {
            format!(
                "{} is green. Finish it: just task done {}\n",
                task.id, task.id
            )
        } else {
            format!(
                "{}: {} of {} pass. All of the output: {}\n",
                task.id,
                verdict.green(),
                verdict.commands.len(),
                verdict.log.display()
            )
        });
        text
    }

    /// Runs the check; what was begun here remembers how it ended.
    pub(super) fn verdict(&mut self, task: &Task) -> Result<Verdict> {
        // Whoever runs the check is at it, red or not.
        let is_at_it = |entry: &Entry| entry.claimed && entry.progress == Progress::Started;
        if self.state.get(&task.id).is_some_and(is_at_it) {
            self.member.renew(&task.id);
        }
        self.tree(task)?;
        let root = &self.context.root;
        let recipes = Justfile::load(root)?;
        let commands = task
            .check
            .iter()
            .map(|line| {
                CheckCommand::read(&line.text, root, &recipes, &list::parses).map_err(|why| {
                    Error::usage(
                        "task-check",
                        format!("`{}` cannot be run: {why}", line.text),
                    )
                    .next("just tasks lint")
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let log = self.corner(task).join("check.log");
        let verdict = tasks::verify(
            &commands,
            root,
            &log,
            self.context.host.env(),
            &self.context.progress,
            &self.context.interrupt,
        )?;
        if self.state.get(&task.id).is_some() {
            self.state.entry(&task.id).last = Some(verdict.clone());
            self.state.save(root)?;
        }
        Ok(verdict)
    }

    /// Where things of a task are kept outside git.
    pub(super) fn corner(&self, task: &Task) -> PathBuf {
        self.context.root.join("build/state/tasks").join(&task.id)
    }

    /// Keeps the files as they are at the first start, for the difference at the end.
    fn keep_originals(&self, task: &Task, tree: &Path) -> Result<()> {
        let kept = self.corner(task).join("a");
        if kept.exists() {
            return Ok(());
        }
        for file in task
            .files
            .iter()
            .filter(|file| tree.join(&file.path).is_file())
        {
            let to = kept.join(&file.path);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent).on("create directory", parent)?;
            }
            fs::copy(tree.join(&file.path), &to).on("copy to", &to)?;
        }
        Ok(())
    }

    /// Is the release, or a tree without git, where this task's files are?
    pub(super) fn has_originals(&self, task: &Task) -> bool {
        self.corner(task).join("a").is_dir()
    }

    pub(super) fn choice_text(&self) -> Result<String> {
        Ok(match source::chosen(&self.context.root)? {
            Choice::Release => {
                format!(
                    "CPython {}",
                    Pins::load(&self.context.root)?.cpython.release.version
                )
            }
            Choice::Fork => "the fork".to_owned(),
            Choice::Path(path) => format!("CPython at {}", path.display()),
        })
    }
}

/// The last line of a red command that says something, indented.
fn last_words(verdict: &Verdict) -> String {
    let line = verdict.output.lines().rev().find(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with("(exit")
    });
    line.map_or_else(String::new, |line| format!("         {}\n", line.trim()))
}
