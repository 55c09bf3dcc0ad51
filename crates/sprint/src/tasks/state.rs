//! What the person of this clone is doing, in a plain file outside git: `build/state/tasks.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::verify::Verdict;
use crate::atomic;
use crate::error::{Error, Result};

/// The format of the file.
const FORMAT: u32 = 1;

/// How far a task is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Begun here.
    #[default]
    Started,
    /// Its check was green when the person said so.
    Done,
    /// Given back.
    Dropped,
}

/// What is known of a task that was begun here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// How far.
    pub progress: Progress,
    /// The branch that was made for it.
    pub branch: Option<String>,
    /// The commit that the branch began at.
    pub base: Option<String>,
    /// The repository that the branch is in.
    pub repository: Option<PathBuf>,
    /// Hints that were shown.
    #[serde(default)]
    pub hints: usize,
    /// The room knows of it.
    #[serde(default)]
    pub claimed: bool,
    /// The last run of its check.
    pub last: Option<Verdict>,
}

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    format: u32,
    /// The task that was begun last.
    #[serde(default)]
    current: Option<String>,
    tasks: BTreeMap<String, Entry>,
}

impl State {
    fn file(root: &Path) -> PathBuf {
        root.join("build/state/tasks.json")
    }

    /// Reads the file; nobody has begun anything where there is none.
    pub fn load(root: &Path) -> Result<Self> {
        let path = Self::file(root);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Error::io("read", &path, &error)),
        };
        let state: Self = serde_json::from_str(&text).map_err(|error| {
            Error::usage("task-state", format!("{} cannot be read", path.display()))
                .detail("seen", error)
                .next(format!("rm {} (tasks count as not begun)", path.display()))
        })?;
        Ok(state)
    }

    /// Writes the file, whole or not at all.
    pub fn save(&self, root: &Path) -> Result<()> {
        let state = Self {
            format: FORMAT,
            ..self.clone()
        };
        let text =
            serde_json::to_string_pretty(&state).map_err(|error| Error::bug(error.to_string()))?;
        atomic::write(&Self::file(root), (text + "\n").as_bytes())
    }

    /// What is known of a task.
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.tasks.get(id)
    }

    /// How far a task is; `None` where it was never begun.
    pub fn progress(&self, id: &str) -> Option<Progress> {
        self.get(id).map(|entry| entry.progress)
    }

    /// The entry of a task, made if there is none.
    pub fn entry(&mut self, id: &str) -> &mut Entry {
        self.tasks.entry(id.to_owned()).or_default()
    }

    /// The task that was begun last.
    pub fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// Remembers the task that was begun last.
    pub fn set_current(&mut self, id: &str) {
        self.current = Some(id.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_is_known_the_next_time() {
        let root = tempfile::tempdir().expect("dir");
        let mut state = State::load(root.path()).expect("nothing yet");
        assert_eq!(state.progress("T01"), None);
        state.entry("T01").hints = 2;
        state.save(root.path()).expect("save");
        let again = State::load(root.path()).expect("load");
        assert_eq!(again.get("T01").map(|entry| entry.hints), Some(2));
        atomic::write(&State::file(root.path()), b"{").expect("write");
        let error = State::load(root.path()).expect_err("unreadable");
        assert_eq!(error.id(), "task-state");
    }
}
