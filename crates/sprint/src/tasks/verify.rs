//! Runs a task's check: its commands in order, up to the first that fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::command::CheckCommand;
use crate::count;
use crate::error::{IoContext, Result};
use crate::exec::{self, Stop};
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// Lines of a failed command's output that are shown.
const SHOWN: usize = 40;

/// How one command of a check ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandOutcome {
    /// As it stands in the list.
    pub command: String,
    /// Its exit code; `None` where it was not run, or was ended by a signal.
    pub exit: Option<i32>,
    /// It was run.
    pub ran: bool,
    /// Wall-clock seconds.
    pub seconds: f64,
}

impl CommandOutcome {
    /// It ran and ended with 0.
    pub fn is_green(&self) -> bool {
        self.ran && self.exit == Some(0)
    }
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Every command, in order.
    pub commands: Vec<CommandOutcome>,
    /// The whole output.
    pub log: PathBuf,
    /// The end of the failed command's output.
    #[serde(skip)]
    pub output: String,
}

impl Verdict {
    /// Every command ran and ended with 0.
    pub fn is_green(&self) -> bool {
        !self.commands.is_empty() && self.commands.iter().all(CommandOutcome::is_green)
    }

    /// How many did.
    pub fn green(&self) -> usize {
        self.commands
            .iter()
            .filter(|command| command.is_green())
            .count()
    }
}

/// Runs the commands in the repository. What they print goes to `log`, and a line each to stderr.
pub fn verify(
    commands: &[CheckCommand],
    root: &Path,
    log: &Path,
    inherited: &BTreeMap<String, String>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Verdict> {
    if let Some(parent) = log.parent() {
        std::fs::create_dir_all(parent).on("create directory", parent)?;
    }
    std::fs::write(log, b"").on("write", log)?;
    let abandoned = AtomicBool::new(false);
    let stop = Stop {
        interrupt,
        abandoned: &abandoned,
    };
    let mut verdict = Verdict {
        commands: Vec::new(),
        log: log.to_owned(),
        output: String::new(),
    };
    for command in commands {
        let mut outcome = CommandOutcome {
            command: command.text.clone(),
            exit: None,
            ran: false,
            seconds: 0.0,
        };
        if verdict.green() == verdict.commands.len() {
            let lines = Mutex::new(Vec::new());
            let seen = |line: &str| {
                let mut lines = lines
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                lines.push(line.to_owned());
            };
            let finished = exec::run(&command.line(root), inherited, log, &stop, &seen)?;
            outcome.ran = true;
            outcome.exit = finished.status.code();
            outcome.seconds = finished.elapsed.as_secs_f64();
            let word = if outcome.is_green() { "green" } else { "red" };
            progress.say(&format!(
                "{word:<6} {:>7}   {}",
                count::seconds(Duration::from_secs_f64(outcome.seconds)),
                command.text
            ));
            if !outcome.is_green() {
                let lines = lines
                    .into_inner()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                verdict.output = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
            }
        }
        verdict.commands.push(outcome);
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Program;

    fn python(root: &Path, name: &str, text: &str) -> CheckCommand {
        std::fs::write(root.join(name), text).expect("write");
        CheckCommand {
            text: name.to_owned(),
            program: Program::Python(vec![name.to_owned()]),
        }
    }

    #[test]
    fn the_first_red_command_ends_the_check() {
        let root = tempfile::tempdir().expect("dir");
        let commands = [
            python(root.path(), "one.py", "print('fine')"),
            python(root.path(), "two.py", "import sys; sys.exit('not yet')"),
            python(root.path(), "three.py", "open('ran', 'w')"),
        ];
        let inherited = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        let verdict = verify(
            &commands,
            root.path(),
            &root.path().join("log"),
            &inherited,
            &Progress::silent(),
            &Interrupt::default(),
        )
        .expect("runs");
        assert!(!verdict.is_green());
        assert_eq!(verdict.green(), 1);
        assert_eq!(verdict.commands[1].exit, Some(1));
        assert_eq!(verdict.output, "not yet");
        assert!(!root.path().join("ran").exists() && !verdict.commands[2].ran);
    }
}
