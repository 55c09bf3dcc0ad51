//! Does every file that repeats a pin agree with pins.toml? And: make it so.

use std::path::Path;
use std::process::Command;

use serde::Serialize;

use super::repeats::{self, Repeat};
use super::{Pins, actions, devcontainer, link, nix};
use crate::atomic;
use crate::error::{Error, IoContext, Result};

/// Something that `pins check` reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Finding {
    /// A file repeats another value than the pin.
    Disagrees {
        file: String,
        line: usize,
        seen: String,
        wanted: String,
    },
    /// A file that must repeat a pin lacks the line, or is not there.
    Lacks { file: String, wanted: String },
    /// A pinned file whose hash nobody verified: it is never used. Information, not a problem.
    Unverified { tool: String, platform: String },
    /// A hash that is not written as one, or an entry that is both verified and not.
    Malformed { entry: String, seen: String },
    /// A pinned Rust that the locked rust-overlay does not carry: Nix could not build the shell.
    NotInRustOverlay {
        pin: String,
        version: String,
        rev: String,
        /// The releases before and after it that it does carry.
        nearest: Vec<String>,
    },
    /// A record that was made for another revision than the pinned one.
    StaleRecord {
        file: String,
        seen: String,
        wanted: String,
    },
    /// What the input itself says is not what is pinned.
    InputDiffers {
        entry: String,
        seen: String,
        wanted: String,
    },
    /// A workflow uses an action that is not pinned.
    Unpinned {
        file: String,
        line: usize,
        seen: String,
    },
    /// No image was published yet. Information, not a problem.
    NotPublished { repository: String },
    /// Something that could not be asked on this machine. Information, not a problem.
    NotAsked { what: String, why: String },
}

impl Finding {
    /// Does it make the check fail?
    pub fn is_problem(&self) -> bool {
        !matches!(
            self,
            Self::Unverified { .. } | Self::NotAsked { .. } | Self::NotPublished { .. }
        )
    }

    /// The command that mends it, where that is not `sprint pins sync`.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::NotInRustOverlay { pin, .. } => Some(format!(
                "pin one that it has ({pin} in pins.toml), or move the input: sprint pins bump"
            )),
            Self::StaleRecord { .. } => Some("sprint pins bump".to_owned()),
            Self::InputDiffers { .. } => Some(
                "do not trust either until you know which is wrong: sprint pins bump asks anew"
                    .to_owned(),
            ),
            Self::Unpinned { .. } => Some(
                "give it an entry under actions in pins.toml; or, behind a full commit: # unverified"
                    .to_owned(),
            ),
            Self::Malformed { .. } => Some("mend the entry in pins.toml by hand".to_owned()),
            Self::Disagrees { .. }
            | Self::Lacks { .. }
            | Self::Unverified { .. }
            | Self::NotPublished { .. }
            | Self::NotAsked { .. } => None,
        }
    }
}

/// Compares every repetition with its pin, and looks at the pins themselves.
pub fn check(root: &Path, pins: &Pins) -> Result<Vec<Finding>> {
    let mut findings = own_form(pins);
    findings.extend(nix::malformed(pins));
    for repeat in repeats::all(pins) {
        findings.extend(check_one(root, &repeat)?);
    }
    for repeat in devcontainer::derived(root, pins)? {
        findings.extend(check_one(root, &repeat)?);
    }
    findings.extend(nix::check(root, pins)?);
    findings.extend(actions::check(root, pins)?);
    Ok(findings)
}

/// Rewrites what is generated. Returns the files that changed.
pub fn sync(root: &Path, pins: &Pins) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    let mut mend = |repeats: Vec<Repeat>| -> Result<()> {
        for repeat in repeats {
            if sync_one(root, &repeat)? {
                changed.push(repeat.file().to_owned());
            }
        }
        Ok(())
    };
    mend(repeats::all(pins))?;
    // Made from what was mended just now.
    mend(devcontainer::derived(root, pins)?)?;
    changed.extend(actions::sync(root, pins)?);
    changed.dedup();
    Ok(changed)
}

fn check_one(root: &Path, repeat: &Repeat) -> Result<Option<Finding>> {
    let file = repeat.file().to_owned();
    match repeat {
        Repeat::Whole { content, .. } => {
            let Some(text) = read(root, &file)? else {
                return Ok(Some(Finding::Lacks {
                    file,
                    wanted: "the generated file".to_owned(),
                }));
            };
            Ok(
                first_difference(&text, content).map(|(line, seen, wanted)| Finding::Disagrees {
                    file,
                    line,
                    seen,
                    wanted,
                }),
            )
        }
        Repeat::Line {
            prefix,
            suffix,
            value,
            ..
        } => {
            let wanted = format!("{prefix}{value}{suffix}");
            let Some(text) = read(root, &file)? else {
                return Ok(Some(Finding::Lacks { file, wanted }));
            };
            match find(&text, prefix, suffix) {
                None => Ok(Some(Finding::Lacks { file, wanted })),
                Some((_, seen)) if seen == value => Ok(None),
                Some((line, seen)) => Ok(Some(Finding::Disagrees {
                    file,
                    line,
                    seen: seen.to_owned(),
                    wanted: value.clone(),
                })),
            }
        }
        Repeat::Link { target, .. } => {
            Ok(
                link::fault(root, &file, target)?.map(|seen| Finding::Disagrees {
                    file,
                    line: 0,
                    seen,
                    wanted: format!("a link to {target}"),
                }),
            )
        }
        Repeat::Gitlink { commit, .. } => match gitlink(root, &file)? {
            None => Ok(Some(Finding::Lacks {
                file,
                wanted: format!("a submodule entry at {commit}"),
            })),
            Some(seen) if seen == *commit => Ok(None),
            Some(seen) => Ok(Some(Finding::Disagrees {
                file,
                line: 0,
                seen,
                wanted: commit.clone(),
            })),
        },
    }
}

fn sync_one(root: &Path, repeat: &Repeat) -> Result<bool> {
    let path = root.join(repeat.file());
    match repeat {
        Repeat::Whole { content, .. } => atomic::write_if_changed(&path, content.as_bytes()),
        Repeat::Line {
            prefix,
            suffix,
            value,
            ..
        } => {
            let text = std::fs::read_to_string(&path).on("read", &path)?;
            let Some((line, seen)) = find(&text, prefix, suffix) else {
                return Err(Error::usage(
                    "pins-lack",
                    format!("{} has no line `{prefix}…{suffix}`", repeat.file()),
                )
                .next(format!("add `{prefix}{value}{suffix}` where it belongs")));
            };
            let (old, new) = (
                format!("{prefix}{seen}{suffix}"),
                format!("{prefix}{value}{suffix}"),
            );
            let rewritten: Vec<String> = text
                .split('\n')
                .enumerate()
                .map(|(number, text)| {
                    if number + 1 == line {
                        text.replacen(&old, &new, 1)
                    } else {
                        text.to_owned()
                    }
                })
                .collect();
            atomic::write_if_changed(&path, rewritten.join("\n").as_bytes())
        }
        Repeat::Link { file, target } => link::make(root, file, target),
        Repeat::Gitlink { path, commit } => {
            if gitlink(root, path)?.as_deref() == Some(commit) {
                return Ok(false);
            }
            let entry = format!("160000,{commit},{path}");
            git(root, &["update-index", "--add", "--cacheinfo", &entry]).map(|_| true)
        }
    }
}

/// The pins themselves: hashes look like hashes, and nothing is both verified and not.
fn own_form(pins: &Pins) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut hash = |entry: String, seen: &str, digits: usize| {
        if seen.len() != digits
            || !seen
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        {
            findings.push(Finding::Malformed {
                entry,
                seen: seen.to_owned(),
            });
        }
    };
    let fork = &pins.cpython.fork;
    hash("cpython.fork.commit".into(), &fork.commit, 40);
    hash("cpython.fork.sha256".into(), &fork.sha256, 64);
    hash(
        "cpython.fork.cargo_lock_sha256".into(),
        &fork.cargo_lock_sha256,
        64,
    );
    hash(
        "cpython.release.sha256".into(),
        &pins.cpython.release.sha256,
        64,
    );
    hash(
        "image.base.digest".into(),
        pins.image.base.digest.trim_start_matches("sha256:"),
        64,
    );
    if let Some(digest) = &pins.image.published.digest {
        hash(
            "image.published.digest".into(),
            digest.trim_start_matches("sha256:"),
            64,
        );
    }
    for action in &pins.actions {
        hash(format!("actions {}", action.name), &action.commit, 40);
    }
    for (name, input) in [
        ("nixpkgs", &pins.nix.nixpkgs),
        ("rust_overlay", &pins.nix.rust_overlay),
    ] {
        hash(format!("nix.{name}.rev"), &input.rev, 40);
    }
    for (name, tool) in &pins.tools {
        for wheel in &tool.wheels {
            hash(format!("tools.{name} {}", wheel.file), &wheel.sha256, 64);
        }
        for artifact in &tool.artifact {
            if let Some(sha256) = &artifact.sha256 {
                hash(format!("tools.{name} {}", artifact.platform), sha256, 64);
            }
        }
    }
    match (
        &pins.image.published.digest,
        pins.image.published.unverified,
    ) {
        (Some(_), false) => {}
        (None, true) => findings.push(Finding::NotPublished {
            repository: pins.image.repository.clone(),
        }),
        _ => findings.push(Finding::Malformed {
            entry: "image.published".into(),
            seen: "needs either digest, or unverified = true".to_owned(),
        }),
    }
    for (name, tool) in &pins.tools {
        for artifact in &tool.artifact {
            let platform = artifact.platform.clone();
            match (&artifact.sha256, artifact.unverified, &artifact.source) {
                (None, true, _) => findings.push(Finding::Unverified {
                    tool: name.clone(),
                    platform,
                }),
                (Some(_), false, Some(_)) => {}
                _ => findings.push(Finding::Malformed {
                    entry: format!("tools.{name} {platform}"),
                    seen: "needs either sha256 and source, or unverified = true".to_owned(),
                }),
            }
        }
    }
    findings
}

fn read(root: &Path, file: &str) -> Result<Option<String>> {
    let path = root.join(file);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", &path, &error)),
    }
}

/// Line number and value of the first line that holds `prefix`, something, `suffix`.
fn find<'a>(text: &'a str, prefix: &str, suffix: &str) -> Option<(usize, &'a str)> {
    text.lines().enumerate().find_map(|(number, line)| {
        let rest = &line[line.find(prefix)? + prefix.len()..];
        let end = if suffix.is_empty() {
            rest.len()
        } else {
            rest.find(suffix)?
        };
        Some((number + 1, &rest[..end]))
    })
}

fn first_difference(seen: &str, wanted: &str) -> Option<(usize, String, String)> {
    if seen == wanted {
        return None;
    }
    let (mut left, mut right, mut line) = (seen.lines(), wanted.lines(), 1);
    loop {
        match (left.next(), right.next()) {
            (Some(a), Some(b)) if a == b => line += 1,
            (a, b) => {
                return Some((
                    line,
                    a.unwrap_or("(end)").to_owned(),
                    b.unwrap_or("(end)").to_owned(),
                ));
            }
        }
    }
}

fn gitlink(root: &Path, path: &str) -> Result<Option<String>> {
    let listing = git(root, &["ls-files", "--stage", "--", path])?;
    Ok(listing
        .strip_prefix("160000 ")
        .and_then(|rest| rest.split(' ').next())
        .map(str::to_owned))
}

pub(super) fn git(root: &Path, args: &[&str]) -> Result<String> {
    let output = Command::new("git").args(args).current_dir(root).output();
    let output = output.map_err(|source| Error::io("run git in", root, &source))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Error::setup(
            "git",
            format!("`git {}` failed in {}", args.join(" "), root.display()),
        )
        .detail("seen", String::from_utf8_lossy(&output.stderr).trim())
        .next(format!("git -C {} status", root.display())))
    }
}

#[cfg(test)]
mod tests;
