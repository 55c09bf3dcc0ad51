//! The recipes of the Justfile, as far as the kit needs to know them: a recipe of this repository is
//! one line that hands its arguments to a program.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{IoContext, Result};

/// Recipes by name: the words of the line each stands for, without the arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Justfile {
    recipes: BTreeMap<String, Vec<String>>,
}

impl Justfile {
    /// Reads the repository's.
    pub fn load(root: &Path) -> Result<Self> {
        let path = root.join("Justfile");
        Ok(Self::parse(
            &std::fs::read_to_string(&path).on("read", &path)?,
        ))
    }

    /// Reads recipes: a name at the start of a line, its one command on the next, indented.
    pub fn parse(text: &str) -> Self {
        let mut recipes = BTreeMap::new();
        let mut name: Option<&str> = None;
        for line in text.lines() {
            if let (Some(recipe), true) = (name, line.starts_with("    ")) {
                let words = line
                    .replace("{{ quote(sprint) }}", "sprint")
                    .replace("\"$@\"", "");
                recipes.insert(
                    recipe.to_owned(),
                    words.split_whitespace().map(str::to_owned).collect(),
                );
                name = None;
                continue;
            }
            let head = line
                .split_once(':')
                .filter(|(_, rest)| !rest.starts_with('='))
                .map(|(head, _)| head);
            name = head
                .and_then(|head| head.split_whitespace().next())
                .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()));
        }
        Self { recipes }
    }

    /// The command that `just NAME` runs, without arguments; `None` where there is no such recipe.
    pub fn command(&self, name: &str) -> Option<&[String]> {
        self.recipes.get(name).map(Vec::as_slice)
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.recipes.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_become_the_commands_behind_them() {
        let text = "set quiet\nsprint := \"x\"\n\n# Test\n[group('work')]\ntest-module *args:\n    {{ quote(sprint) }} test \"$@\"\n\nci:\n    ./.ci/run\n";
        let file = Justfile::parse(text);
        assert_eq!(
            file.command("test-module"),
            Some(&["sprint".to_owned(), "test".to_owned()][..])
        );
        assert_eq!(file.command("ci"), Some(&["./.ci/run".to_owned()][..]));
        assert_eq!(file.names().count(), 2);
    }
}
