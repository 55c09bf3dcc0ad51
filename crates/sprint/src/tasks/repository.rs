//! The git repository that holds a task's files. Local edits are never touched: a branch is begun at
//! HEAD, which changes no file, and another branch is only switched to where nothing is edited.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::host::Host;

use super::task::Task;

/// A repository whose root is a given directory.
#[derive(Clone, Debug)]
pub struct Repository {
    root: PathBuf,
    git: PathBuf,
}

/// `sprint/t03-base64-py-uses-base64`.
pub fn branch_name(task: &Task) -> String {
    let mut words = String::new();
    for character in task.title.to_lowercase().chars() {
        if character.is_ascii_alphanumeric() {
            words.push(character);
        } else if !words.ends_with('-') && !words.is_empty() {
            words.push('-');
        }
    }
    let short: String = words.chars().take(40).collect();
    let id = task.id.to_lowercase();
    format!("sprint/{id}-{}", short.trim_end_matches('-'))
}

impl Repository {
    /// The repository whose root is `directory`; `None` where git knows of none, or of one further up.
    pub fn at(directory: &Path, host: &Host) -> Result<Option<Self>> {
        let Some(git) = host.find("git") else {
            return Ok(None);
        };
        let repository = Self {
            root: directory.to_owned(),
            git,
        };
        let Ok(top) = repository.git(&["rev-parse", "--show-toplevel"]) else {
            return Ok(None);
        };
        let same = std::fs::canonicalize(top.trim()).ok() == std::fs::canonicalize(directory).ok();
        Ok(same.then_some(repository))
    }

    /// Its root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that is checked out.
    pub fn head(&self) -> Result<String> {
        Ok(self.git(&["rev-parse", "HEAD"])?.trim().to_owned())
    }

    /// The branch that is checked out; `None` between branches.
    pub fn branch(&self) -> Option<String> {
        let name = self.git(&["symbolic-ref", "--quiet", "--short", "HEAD"]);
        name.ok().map(|name| name.trim().to_owned())
    }

    /// Files of the repository that differ from the last commit.
    pub fn edits(&self) -> Result<Vec<String>> {
        let status = self.git(&[
            "status",
            "--porcelain",
            "--untracked-files=no",
            "--ignore-submodules=all",
        ])?;
        Ok(status
            .lines()
            .filter_map(|line| line.get(3..))
            .map(str::to_owned)
            .collect())
    }

    /// Is there a branch of this name?
    pub fn has_branch(&self, name: &str) -> bool {
        let reference = format!("refs/heads/{name}");
        self.git(&["show-ref", "--verify", "--quiet", &reference])
            .is_ok()
    }

    /// Goes to the branch, beginning it at HEAD if there is none. Refuses with local edits, unless
    /// `carry` is given and the branch is new: then they stay as they are, on the new branch.
    pub fn enter(&self, name: &str, carry: bool, again: &str) -> Result<()> {
        if self.branch().as_deref() == Some(name) {
            return Ok(());
        }
        let edits = self.edits()?;
        let exists = self.has_branch(name);
        if !edits.is_empty() && (exists || !carry) {
            let shown: Vec<&str> = edits.iter().take(5).map(String::as_str).collect();
            let error = Error::usage(
                "local-edits",
                format!("`{}` has edits that are not committed", self.root.display()),
            )
            .detail("edited", shown.join("\n"))
            .detail("note", "nothing was touched");
            return Err(if exists {
                error.next("git commit -a (or git stash), then the same command again")
            } else {
                error.next(format!(
                    "git commit -a, then the same command again; or {again} --carry (they come along)"
                ))
            });
        }
        let args: &[&str] = if exists {
            &["switch", "--quiet", name]
        } else {
            &["switch", "--quiet", "--create", name]
        };
        self.git(args).map(|_| ())
    }

    /// `git diff --stat` against a commit, new files of the task included by name.
    pub fn changes(&self, base: &str) -> Result<String> {
        self.git(&["diff", "--stat=72", "--ignore-submodules=all", base])
    }

    fn git(&self, args: &[&str]) -> Result<String> {
        let output = Command::new(&self.git)
            .args(args)
            .current_dir(&self.root)
            .env("LC_ALL", "C")
            .output()
            .map_err(|source| Error::io("run", &self.git, &source))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(Error::setup(
            "git",
            format!("git {} failed in `{}`", args.join(" "), self.root.display()),
        )
        .detail("seen", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> (tempfile::TempDir, Repository) {
        let directory = tempfile::tempdir().expect("dir");
        let script = "git init -q -b main . && git config user.email a@example.org && git config user.name a \
                      && echo one > file && git add file && git commit -qm one";
        let status = Command::new("sh")
            .args(["-c", script])
            .current_dir(directory.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .status()
            .expect("git runs");
        assert!(status.success());
        let found = Repository::at(directory.path(), &Host::probe()).expect("looks");
        (directory, found.expect("a repository"))
    }

    #[test]
    fn local_edits_are_refused_or_carried_and_never_lost() {
        let (directory, repository) = repository();
        let file = directory.path().join("file");
        std::fs::write(&file, "two\n").expect("edit");
        let error = repository
            .enter("sprint/t01", false, "just task start T01")
            .expect_err("refused");
        assert_eq!(error.id(), "local-edits");
        assert_eq!(repository.branch().as_deref(), Some("main"));
        repository.enter("sprint/t01", true, "").expect("carried");
        assert_eq!(repository.branch().as_deref(), Some("sprint/t01"));
        assert_eq!(std::fs::read_to_string(&file).expect("read"), "two\n");
        // Back to a branch that is there: never with edits, carried or not.
        let error = repository.enter("main", true, "").expect_err("refused");
        assert_eq!(error.id(), "local-edits");
        assert_eq!(std::fs::read_to_string(&file).expect("read"), "two\n");
        assert_eq!(repository.edits().expect("edits"), ["file"]);
    }

    #[test]
    fn a_directory_inside_a_repository_is_not_one_itself() {
        let (directory, _) = repository();
        let inside = directory.path().join("inside");
        std::fs::create_dir(&inside).expect("mkdir");
        assert!(
            Repository::at(&inside, &Host::probe())
                .expect("looks")
                .is_none()
        );
    }
}
