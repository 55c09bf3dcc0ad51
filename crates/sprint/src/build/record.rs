//! The key of what is in a build directory, with the inputs behind it, and how two of them differ.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::inputs::Inputs;
use super::plan::corner;
use crate::atomic;
use crate::error::{Error, IoContext, Result};

/// A finished build's key, and why it is that. Written to `.sprint/key.json` when every step is done, and removed
/// before one is done again: where it is, the directory holds what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The key: equal keys, equal bytes.
    pub key: String,
    /// The key less what a sprinter edits: see [`super::BuildPlan::base_key`].
    pub base: String,
    /// What the key is the digest of.
    pub inputs: Inputs,
}

/// One difference between two keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The input.
    pub name: String,
    /// Lines that only the first has.
    pub first: Vec<String>,
    /// Lines that only the second has.
    pub second: Vec<String>,
}

impl Record {
    /// Where a build directory's is.
    pub fn file(directory: &Path) -> PathBuf {
        corner(directory).join("key.json")
    }

    /// What a build directory holds, if it is finished. One that cannot be read counts as none.
    pub fn of(directory: &Path) -> Option<Self> {
        let bytes = std::fs::read(Self::file(directory)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Writes it, if it is not there already.
    pub(super) fn save(&self, directory: &Path) -> Result<()> {
        let text = serde_json::to_vec(self).map_err(|error| Error::bug(error.to_string()))?;
        atomic::write_if_changed(&Self::file(directory), &text).map(|_| ())
    }

    /// Removes it: the directory is about to be changed.
    pub(super) fn withdraw(directory: &Path) -> Result<()> {
        let file = Self::file(directory);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).on("remove", &file)
            }
            _ => Ok(()),
        }
    }
}

impl Inputs {
    /// In which inputs these and `second` differ. Empty if and only if their digests are equal.
    pub fn differences(&self, second: &Self) -> Vec<Difference> {
        let mut names: BTreeMap<&str, [Vec<&str>; 2]> = BTreeMap::new();
        for (side, inputs) in [self, second].into_iter().enumerate() {
            for (name, value) in inputs.iter() {
                names.entry(name).or_default()[side].push(value);
            }
        }
        let differing = names
            .into_iter()
            .filter(|(_, [first, other])| first != other);
        let mut differences: Vec<Difference> = differing
            .map(|(name, [first, other])| {
                let lines = |values: &[&str]| -> Vec<String> {
                    values
                        .iter()
                        .flat_map(|value| value.lines())
                        .map(str::to_owned)
                        .collect()
                };
                let (first, other) = (lines(&first), lines(&other));
                let missing_in = |from: &[String], other: &[String]| {
                    from.iter()
                        .filter(|line| !other.contains(line))
                        .cloned()
                        .collect()
                };
                Difference {
                    name: name.to_owned(),
                    first: missing_in(&first, &other),
                    second: missing_in(&other, &first),
                }
            })
            .collect();
        if differences.is_empty() && self != second {
            differences.push(Difference {
                name: "order".to_owned(),
                first: self.iter().map(|(name, _)| name.to_owned()).collect(),
                second: second.iter().map(|(name, _)| name.to_owned()).collect(),
            });
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_lines_that_differ() {
        let one = Inputs::new().with("a", "x 1\ny 2\n").with("same", "s");
        let other = Inputs::new()
            .with("a", "x 1\ny 3\nz 4\n")
            .with("same", "s")
            .with("new", "n");
        let differences = one.differences(&other);
        assert_eq!(differences.len(), 2);
        assert_eq!(differences[0].name, "a");
        assert_eq!(differences[0].first, ["y 2"]);
        assert_eq!(differences[0].second, ["y 3", "z 4"]);
        assert_eq!(differences[1].second, ["n"]);
        assert_eq!(one.differences(&one.clone()), []);
        let turned = Inputs::new().with("same", "s").with("a", "x 1\ny 2\n");
        assert_eq!(one.differences(&turned).len(), 1, "equal digests only");
    }
}
