//! What is written where, and how it meets what a person has written there already.
//!
//! Three rules. A file that cannot be read as JSON with comments is not touched. In `settings.json` a key is ours as
//! long as its value is what we wrote last (kept in `.vscode/.sprint.json`); one that a person wrote or changed stays.
//! In the lists of `launch.json` and `tasks.json`, entries whose name begins with `sprint: ` are ours, all others are
//! the person's.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use super::edit;
use super::jsonc::{self, Fault};
use crate::atomic;
use crate::error::{Error, Result};
use crate::exec::quote;

/// What the names of our entries begin with.
pub(super) const OURS: &str = "sprint: ";
const RECORD: &str = ".vscode/.sprint.json";

/// What should be in the files.
#[derive(Clone, Debug, Serialize)]
pub struct Wanted {
    /// Of `.vscode/settings.json`.
    pub settings: Map<String, Value>,
    /// Of `.vscode/launch.json`.
    pub launch: Vec<Value>,
    /// Of `.vscode/tasks.json`.
    pub tasks: Vec<Value>,
}

/// One file: as it is, as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Relative to the repository.
    pub path: PathBuf,
    /// `None` where it is not there.
    pub before: Option<String>,
    /// What it is to be.
    pub after: String,
}

impl Planned {
    /// Is there something to write?
    pub fn differs(&self) -> bool {
        self.before.as_deref() != Some(self.after.as_str())
    }

    /// Writes it, whole or not at all.
    pub fn write(&self, root: &Path) -> Result<()> {
        if !self.differs() {
            return Ok(());
        }
        atomic::write(&root.join(&self.path), self.after.as_bytes())
    }
}

/// All files, and the keys that were left as the person has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In the order of writing: the record of what is ours comes last.
    pub files: Vec<Planned>,
    /// Keys of `settings.json`.
    pub kept: Vec<String>,
}

/// Looks at what is there and says what would be written. `force` takes over keys that a person changed.
pub fn plan(root: &Path, wanted: &Wanted, force: bool) -> Result<Plan> {
    let record = load(root, RECORD)?;
    let last: Map<String, Value> = match &record {
        // A record that cannot be read is as good as none: then nothing that differs is ours.
        Some(text) => serde_json::from_str(text).unwrap_or_default(),
        None => Map::new(),
    };
    let mut kept = Vec::new();
    let mut owned = Map::new();
    let settings = merge(root, ".vscode/settings.json", |mut text| {
        let present = jsonc::parse(&text)?.value();
        for (key, value) in &wanted.settings {
            match present.get(key) {
                Some(seen) if seen != value && last.get(key) != Some(seen) && !force => {
                    kept.push(key.clone());
                }
                _ => {
                    text = edit::set(&text, key, value)?;
                    owned.insert(key.clone(), value.clone());
                }
            }
        }
        Ok(text)
    })?;
    let lists = [
        (
            ".vscode/launch.json",
            "configurations",
            "name",
            "0.2.0",
            &wanted.launch,
        ),
        (
            ".vscode/tasks.json",
            "tasks",
            "label",
            "2.0.0",
            &wanted.tasks,
        ),
    ];
    let mut files = vec![settings];
    for (path, list, name, version, entries) in lists {
        files.push(merge(root, path, |mut text| {
            if jsonc::parse(&text)?.get("version").is_none() {
                text = edit::set(&text, "version", &version.into())?;
            }
            let names: Vec<&str> = entries
                .iter()
                .filter_map(|entry| entry[name].as_str())
                .collect();
            let stale = |seen: &str| seen.starts_with(OURS) && !names.contains(&seen);
            text = edit::remove_elements(&text, list, name, &stale)?;
            for entry in entries {
                text = edit::set_element(&text, list, name, entry)?;
            }
            Ok(text)
        })?);
    }
    files.push(Planned {
        path: RECORD.into(),
        before: record,
        after: edit::pretty(&Value::Object(owned), 0) + "\n",
    });
    Ok(Plan { files, kept })
}

fn load(root: &Path, path: &str) -> Result<Option<String>> {
    let path = root.join(path);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", &path, &error)),
    }
}

fn merge(
    root: &Path,
    path: &str,
    change: impl FnOnce(String) -> std::result::Result<String, Fault>,
) -> Result<Planned> {
    let before = load(root, path)?;
    // An empty file is what an editor leaves that was told to make one.
    let begin = match &before {
        Some(text) if !text.trim().is_empty() => text.clone(),
        _ => "{\n}\n".to_owned(),
    };
    let after = change(begin).map_err(|fault| {
        Error::usage(
            "settings-unreadable",
            format!(
                "{path}:{}: {}; it was left as it is",
                fault.line, fault.what
            ),
        )
        .next(format!(
            "mend the line, or move the file away: mv {0} {0}.mine",
            quote(&root.join(path).to_string_lossy())
        ))
    })?;
    Ok(Planned {
        path: path.into(),
        before,
        after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(value: i32) -> Wanted {
        let mut settings = Map::new();
        settings.insert("a.b".to_owned(), value.into());
        Wanted {
            settings,
            launch: vec![json!({"name": "sprint: one", "v": value})],
            tasks: vec![json!({"label": "sprint: build"})],
        }
    }

    fn write_all(root: &Path, wanted: &Wanted, force: bool) -> Plan {
        let plan = plan(root, wanted, force).expect("plans");
        for file in &plan.files {
            file.write(root).expect("writes");
        }
        plan
    }

    fn read(root: &Path, name: &str) -> String {
        std::fs::read_to_string(root.join(".vscode").join(name)).expect("read")
    }

    #[test]
    fn a_second_run_has_nothing_to_write() {
        let root = tempfile::tempdir().expect("dir");
        write_all(root.path(), &wanted(1), false);
        let again = plan(root.path(), &wanted(1), false).expect("plans");
        assert!(again.files.iter().all(|file| !file.differs()), "{again:?}");
        // What we wrote ourselves is moved along.
        let plan = write_all(root.path(), &wanted(2), false);
        assert!(plan.kept.is_empty());
        assert!(read(root.path(), "settings.json").contains("\"a.b\": 2"));
        assert!(read(root.path(), "launch.json").contains("\"v\": 2"));
    }

    #[test]
    fn what_a_person_wrote_or_changed_stays() {
        let root = tempfile::tempdir().expect("dir");
        std::fs::create_dir(root.path().join(".vscode")).expect("mkdir");
        let own = "{\n    // mine\n    \"a.b\": 7, // because\n    \"z\": [1,2],\n}\n";
        std::fs::write(root.path().join(".vscode/settings.json"), own).expect("write");
        let plan = write_all(root.path(), &wanted(1), false);
        assert_eq!(plan.kept, ["a.b"]);
        assert_eq!(read(root.path(), "settings.json"), own);
        let plan = write_all(root.path(), &wanted(1), true);
        assert!(plan.kept.is_empty());
        assert_eq!(read(root.path(), "settings.json"), own.replace('7', "1"));
        // Ours now; then the person changes it again.
        std::fs::write(root.path().join(".vscode/settings.json"), own).expect("write");
        assert_eq!(write_all(root.path(), &wanted(3), false).kept, ["a.b"]);
        assert_eq!(write_all(root.path(), &wanted(4), false).kept, ["a.b"]);
    }

    #[test]
    fn entries_that_are_no_longer_wanted_go_and_own_ones_stay() {
        let root = tempfile::tempdir().expect("dir");
        std::fs::create_dir(root.path().join(".vscode")).expect("mkdir");
        let own = "{\n    \"version\": \"0.2.0\",\n    \"configurations\": [\n        {\"name\": \"mine\"}, // !\n        {\"name\": \"sprint: old\"}\n    ]\n}\n";
        std::fs::write(root.path().join(".vscode/launch.json"), own).expect("write");
        write_all(root.path(), &wanted(1), false);
        let text = read(root.path(), "launch.json");
        assert!(text.contains("{\"name\": \"mine\"}"), "{text}");
        assert!(
            !text.contains("old") && text.contains("sprint: one"),
            "{text}"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_stops_all_of_it() {
        let root = tempfile::tempdir().expect("dir");
        std::fs::create_dir(root.path().join(".vscode")).expect("mkdir");
        let broken = "{\n    \"tasks\": [\n";
        std::fs::write(root.path().join(".vscode/tasks.json"), broken).expect("write");
        let error = plan(root.path(), &wanted(1), false).expect_err("unreadable");
        assert_eq!(error.id(), "settings-unreadable");
        assert!(error.to_string().contains("tasks.json:3"), "{error}");
        assert_eq!(read(root.path(), "tasks.json"), broken);
    }
}
