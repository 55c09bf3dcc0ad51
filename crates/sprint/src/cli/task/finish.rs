//! Finishing a task, or giving it back.

use std::fs;
use std::time::SystemTime;

use super::Desk;
use crate::atomic;
use crate::cli::Answer;
use crate::error::{Error, IoContext, Result};
use crate::exec::{self, CommandLine};
use crate::exit::Exit;
use crate::tasks::{self, NewsEntry, Progress, PullRequest, Repository, Task};

impl Desk<'_, '_> {
    pub(super) fn done(&mut self, id: Option<&str>) -> Result<Answer> {
        let task = self.task(id)?;
        let root = self.context.root.clone();
        if self.state.get(&task.id).is_none() {
            return Err(
                Error::usage("not-begun", format!("{} was not begun here", task.id))
                    .next(format!("just task start {}", task.id)),
            );
        }
        // What the text says ran has to have run on what is there now.
        let verdict = self.verdict(&task)?;
        if !verdict.is_green() {
            return Err(Error::new(
                Exit::TestsFailed,
                "still-red",
                format!(
                    "{} is not finished: {} of {} commands pass",
                    task.id,
                    verdict.green(),
                    verdict.commands.len()
                ),
            )
            .block(verdict.output)
            .next(format!("just task hint {}", task.id)));
        }
        let (changes, patch) = self.changes(&task)?;
        let machine = format!(
            "{} ({}, {}), {}",
            self.choice_text()?,
            self.context.host.os,
            self.context.host.arch,
            self.rustc()?
        );
        let request = PullRequest {
            task: &task,
            verdict: &verdict,
            changes: &changes,
            machine: &machine,
        };
        let mut text = request.render();
        let mut after = String::new();
        if let Some(news) = NewsEntry::of(&task, SystemTime::now()) {
            let file = self.corner(&task).join("news.rst");
            atomic::write(&file, news.text.as_bytes())?;
            after.push_str(&format!("\nNEWS entry\n  {}\n  {}", news.path, news.text));
            if !news.has_issue {
                after.push_str(
                    "  NNNNNN is the number of an issue at python/cpython: ask which one, or open it\n",
                );
            }
        } else {
            after.push_str("\nNEWS entry: none. Python's users notice nothing; upstream's label is `skip news`\n");
        }
        let branch = self
            .state
            .get(&task.id)
            .and_then(|entry| entry.branch.clone());
        match patch {
            Some(patch) => after.push_str(&format!(
                "\nYour change as a patch, for a checkout of the fork\n  {}\n",
                patch.strip_prefix(&root).unwrap_or(&patch).display()
            )),
            None => {
                after.push_str("\nThen\n");
                for command in request.commands(branch.as_deref()) {
                    after.push_str(&format!("  {command}\n"));
                }
            }
        }
        if tasks::solution(&root, &task).is_some() {
            after.push_str(&format!(
                "\nHow others did it: just task hint {} --solution\n",
                task.id
            ));
        }
        after.push_str(&format!("What next? just task next {}\n", task.id));
        atomic::write(&self.corner(&task).join("pull-request.md"), text.as_bytes())?;
        text.insert_str(0, "──── pull request ────\n");
        text.push_str("──── end ────\n");
        self.leave(&task, Progress::Done)?;
        Ok(Answer::ok(text + &after))
    }

    pub(super) fn give_back(&mut self, id: Option<&str>) -> Result<Answer> {
        let task = self.task(id)?;
        let Some(entry) = self.state.get(&task.id).cloned() else {
            return Err(
                Error::usage("not-begun", format!("{} was not begun here", task.id))
                    .next("just tasks"),
            );
        };
        self.leave(&task, Progress::Dropped)?;
        let stays = match entry.branch {
            Some(branch) => {
                format!("your work stays on the branch {branch}\nleave it: git switch -")
            }
            None => "your edits stay; the tree as it was: just source release --again".to_owned(),
        };
        Ok(Answer::ok(format!("{} is free again; {stays}\n", task.id)))
    }

    /// Remembers how it ended, here and in the room.
    fn leave(&mut self, task: &Task, progress: Progress) -> Result<()> {
        let entry = self.state.entry(&task.id);
        let claimed = std::mem::take(&mut entry.claimed);
        entry.progress = progress;
        self.state.save(&self.context.root)?;
        if claimed {
            self.member.release(&task.id, progress == Progress::Done);
        }
        Ok(())
    }

    /// What was changed: a summary, and where there is no repository a patch.
    fn changes(&self, task: &Task) -> Result<(String, Option<std::path::PathBuf>)> {
        let entry = self.state.get(&task.id);
        if let Some((root, base)) =
            entry.and_then(|entry| Some((entry.repository.as_ref()?, entry.base.as_ref()?)))
            && let Some(repository) = Repository::at(root, self.context.host)?
        {
            return Ok((repository.changes(base)?, None));
        }
        if !self.has_originals(task) {
            return Ok((String::new(), None));
        }
        let (corner, tree) = (self.corner(task), self.tree(task)?);
        let now = corner.join("b");
        if now.exists() {
            fs::remove_dir_all(&now).on("remove", &now)?;
        }
        for file in task
            .files
            .iter()
            .filter(|file| tree.join(&file.path).is_file())
        {
            let to = now.join(&file.path);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent).on("create directory", parent)?;
            }
            fs::copy(tree.join(&file.path), &to).on("copy to", &to)?;
        }
        let git = self.context.host.need("git", "to show what you changed")?;
        let line = |args: &[&str]| {
            CommandLine::new(git.to_string_lossy(), &corner)
                .args(["diff", "--no-index", "--no-color", "--no-prefix"])
                .args(args.iter().copied())
                .args(["a", "b"])
        };
        let run = |args: &[&str]| -> Result<String> {
            // Exit code 1 means that there are differences.
            let output = exec::output(&line(args), self.context.host.env())?;
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let patch = corner.join("change.patch");
        atomic::write(&patch, run(&[])?.as_bytes())?;
        let summary = run(&["--stat=72"])?.replace("{a => b}/", "");
        Ok((summary, Some(patch)))
    }

    fn rustc(&self) -> Result<String> {
        let rust = self.context.host.rust(&self.context.root)?;
        let first = rust.verbose.lines().next().unwrap_or("rustc");
        Ok(first.to_owned())
    }
}
