//! The text of a pull request, in upstream's style, with the checks that really ran.

use super::task::{Place, Task};
use super::verify::Verdict;
use crate::count;
use crate::exec;
use std::time::Duration;

/// What goes into the text.
pub struct PullRequest<'a> {
    /// The task.
    pub task: &'a Task,
    /// The check's run.
    pub verdict: &'a Verdict,
    /// `git diff --stat`, where there is a repository.
    pub changes: &'a str,
    /// What it ran on: source, target, rustc.
    pub machine: &'a str,
}

impl PullRequest<'_> {
    /// The title: CPython wants its issue in front, the fork has plain ones.
    pub fn title(&self) -> String {
        let issue = self
            .task
            .upstream
            .iter()
            .find_map(|link| link.text.strip_prefix("cpython#"));
        let mut title = self.task.title.clone();
        if let Some(first) = title.get(..1) {
            let upper = first.to_uppercase();
            title.replace_range(..1, &upper);
        }
        match issue {
            Some(number) => format!("gh-{number}: {title}"),
            None => title,
        }
    }

    /// Title and text, as Markdown.
    pub fn render(&self) -> String {
        let mut text = format!("{}\n\n{}\n", self.title(), self.task.why);
        text.push_str("\n<!-- In your own words: what you changed, and why this way. -->\n");
        if !self.changes.trim().is_empty() {
            text.push_str(&format!("\n```\n{}\n```\n", self.changes.trim_end()));
        }
        text.push_str(&format!("\nChecked on {}:\n\n", self.machine));
        for command in self.verdict.commands.iter().filter(|command| command.ran) {
            let outcome = if command.is_green() {
                "passes"
            } else {
                "FAILS"
            };
            let seconds = count::seconds(Duration::from_secs_f64(command.seconds));
            text.push_str(&format!("- `{}` {outcome} ({seconds})\n", command.command));
        }
        let links: Vec<String> = self
            .task
            .upstream
            .iter()
            .map(|link| format!("* Issue: [{}]({})\n", link.text, link.url))
            .collect();
        if !links.is_empty() {
            text.push_str(&format!("\n{}", links.concat()));
        }
        text
    }

    /// The commands that bring it upstream.
    pub fn commands(&self, branch: Option<&str>) -> Vec<String> {
        let files: Vec<String> = self
            .task
            .files
            .iter()
            .map(|file| exec::quote(&file.path))
            .collect();
        let mut commands = vec![
            format!("git add {}", files.join(" ")),
            format!("git commit -m {}", exec::quote(&self.title())),
        ];
        if let Some(branch) = branch {
            commands.push(format!("git push -u origin {}", exec::quote(branch)));
        }
        if self.task.place == Place::Fork {
            for command in &mut commands {
                command.insert_str(0, "cd cpython && ");
            }
        }
        commands
    }
}
