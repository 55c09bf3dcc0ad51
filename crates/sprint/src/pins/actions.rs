//! Actions of other people that the workflows use: each by the full commit that pins.toml names for it.
//!
//! A tag can be moved by whoever owns the repository, or by whoever steals their token; a commit cannot. One whose
//! commit nobody has compared with a second source says `# unverified` behind it.

use std::path::{Path, PathBuf};

use super::{Finding, Pins};
use crate::atomic;
use crate::error::{IoContext, Result};

const DIRECTORY: &str = ".github/workflows";

/// Every use that is not as pinned.
pub(super) fn check(root: &Path, pins: &Pins) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in workflows(root)? {
        let text = std::fs::read_to_string(&file).on("read", &file)?;
        let name = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .to_string_lossy()
            .into_owned();
        for (number, line) in text.lines().enumerate() {
            findings.extend(judge(line, pins).map(|fault| match fault {
                Fault::Other { seen, wanted } => Finding::Disagrees {
                    file: name.clone(),
                    line: number + 1,
                    seen,
                    wanted,
                },
                Fault::Unpinned(seen) => Finding::Unpinned {
                    file: name.clone(),
                    line: number + 1,
                    seen,
                },
            }));
        }
    }
    Ok(findings)
}

/// Writes the pinned commit and version behind every action that pins.toml names. Returns the files that changed.
pub(super) fn sync(root: &Path, pins: &Pins) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    for file in workflows(root)? {
        let text = std::fs::read_to_string(&file).on("read", &file)?;
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| match judge(line, pins) {
                Some(Fault::Other { seen, wanted }) => line.replacen(&seen, &wanted, 1),
                _ => line.to_owned(),
            })
            .collect();
        if atomic::write_if_changed(&file, lines.join("\n").as_bytes())? {
            let name = file.strip_prefix(root).unwrap_or(&file);
            changed.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(changed)
}

enum Fault {
    Other { seen: String, wanted: String },
    Unpinned(String),
}

fn judge(line: &str, pins: &Pins) -> Option<Fault> {
    let text = line.trim_start().trim_start_matches("- ").trim_start();
    let seen = text.strip_prefix("uses:")?.trim();
    // Of this repository, and so of this very commit.
    if seen.starts_with("./") {
        return None;
    }
    let (name, rest) = seen.split_once('@').unwrap_or((seen, ""));
    if let Some(pin) = pins.actions.iter().find(|pin| pin.name == name) {
        let wanted = format!("{name}@{} # {}", pin.commit, pin.version);
        return (seen != wanted).then(|| Fault::Other {
            seen: seen.to_owned(),
            wanted,
        });
    }
    let (commit, comment) = rest.split_once(" # ").unwrap_or((rest, ""));
    let full = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    (!full || !comment.contains("unverified")).then(|| Fault::Unpinned(seen.to_owned()))
}

fn workflows(root: &Path) -> Result<Vec<PathBuf>> {
    let directory = root.join(DIRECTORY);
    if !directory.is_dir() {
        return Ok(vec![]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&directory).on("list", &directory)? {
        let path = entry.on("list", &directory)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yml" || extension == "yaml")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pins() -> Pins {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Pins::load(&root).expect("pins")
    }

    #[test]
    fn a_use_is_judged_by_its_commit() {
        let pins = pins();
        let pin = pins.actions.first().expect("an action");
        let (name, commit, version) = (&pin.name, &pin.commit, &pin.version);
        let zeros = "0".repeat(40);
        let verdict = |line: &str| match judge(line, &pins) {
            None => "right",
            Some(Fault::Other { .. }) => "other",
            Some(Fault::Unpinned(_)) => "unpinned",
        };
        assert_eq!(
            verdict(&format!("      - uses: {name}@{commit} # {version}")),
            "right"
        );
        assert_eq!(verdict(&format!("        uses: {name}@{commit}")), "other");
        assert_eq!(
            verdict(&format!("      - uses: {name}@{zeros} # {version}")),
            "other"
        );
        assert_eq!(verdict("      - uses: someone/thing@v1"), "unpinned");
        assert_eq!(
            verdict(&format!("      - uses: someone/thing@{zeros} # v1")),
            "unpinned"
        );
        assert_eq!(
            verdict(&format!(
                "      - uses: someone/thing@{zeros} # v1, unverified"
            )),
            "right"
        );
        assert_eq!(verdict("      - uses: ./.github/actions/x"), "right");
        assert_eq!(verdict("      - run: echo uses: nothing"), "right");
    }

    #[test]
    fn a_moved_pin_is_written_everywhere() {
        let root = tempfile::tempdir().expect("dir");
        let directory = root.path().join(DIRECTORY);
        std::fs::create_dir_all(&directory).expect("mkdir");
        let pins = pins();
        let pin = pins.actions.first().expect("an action");
        let old = format!("steps:\n  - uses: {}@v0\n  - run: x\n", pin.name);
        std::fs::write(directory.join("a.yml"), old).expect("write");
        assert_eq!(check(root.path(), &pins).expect("checks").len(), 1);
        assert_eq!(
            sync(root.path(), &pins).expect("syncs"),
            [".github/workflows/a.yml"]
        );
        assert!(check(root.path(), &pins).expect("checks").is_empty());
        assert!(sync(root.path(), &pins).expect("syncs").is_empty());
    }

    #[test]
    fn every_action_is_used_and_no_permission_is_granted_to_all() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut all = String::new();
        for file in workflows(&root).expect("workflows") {
            let text = std::fs::read_to_string(&file).expect("read");
            assert!(text.contains("\npermissions: {}\n"), "{}", file.display());
            all.push_str(&text);
        }
        for pin in pins().actions {
            assert!(
                all.contains(&pin.name),
                "{} is pinned and not used",
                pin.name
            );
        }
    }
}
