//! A line of a task's check: one of the kit's own commands, and nothing a shell would interpret.

use std::path::Path;

use super::Justfile;
use crate::exec::CommandLine;
use crate::suggest;

/// Reads arguments of `sprint` as the command line would; the error is clap's, or our own.
pub type ParseSprint<'a> = &'a dyn Fn(&[String]) -> std::result::Result<(), String>;

/// Which program a line of a check runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// The kit: its arguments.
    Sprint(Vec<String>),
    /// cargo on a workspace of ours: its arguments.
    Cargo(Vec<String>),
    /// One of our check programs: its path and arguments.
    Python(Vec<String>),
}

/// A line of a check that is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckCommand {
    /// As it stands in the list.
    pub text: String,
    /// What it runs.
    pub program: Program,
}

impl CheckCommand {
    /// Understands a line. The error says what is wrong with it.
    pub fn read(
        text: &str,
        root: &Path,
        recipes: &Justfile,
        parse: ParseSprint<'_>,
    ) -> std::result::Result<Self, String> {
        if let Some(character) = text.chars().find(|c| "|&;<>`$".contains(*c)) {
            return Err(format!(
                "`{character}` is for a shell: one plain command a line"
            ));
        }
        let words = shlex::split(text).ok_or("the quotes do not match")?;
        let (program, arguments) = words.split_first().ok_or("there is no command")?;
        let program = match program.as_str() {
            "just" => Program::Sprint(from_recipe(arguments, recipes, parse)?),
            "sprint" => {
                parse(arguments)?;
                Program::Sprint(arguments.to_vec())
            }
            "cargo" => Program::Cargo(cargo(arguments)?),
            "python3" => Program::Python(python(arguments, root)?),
            other => {
                return Err(format!(
                    "`{other}` is none of the kit's: just, sprint, cargo or python3 sprint/checks/…"
                ));
            }
        };
        Ok(Self {
            text: text.to_owned(),
            program,
        })
    }

    /// What to run. The kit's own commands run as the Justfile's recipes do, and so compile the kit first.
    pub fn line(&self, root: &Path) -> CommandLine {
        let (program, arguments) = match &self.program {
            Program::Sprint(arguments) => (
                root.join("scripts/sprint").to_string_lossy().into_owned(),
                arguments,
            ),
            Program::Cargo(arguments) => ("cargo".to_owned(), arguments),
            Program::Python(arguments) => ("python3".to_owned(), arguments),
        };
        CommandLine::new(program, root).args(arguments.iter().cloned())
    }
}

fn from_recipe(
    words: &[String],
    recipes: &Justfile,
    parse: ParseSprint<'_>,
) -> std::result::Result<Vec<String>, String> {
    let (recipe, arguments) = words.split_first().ok_or("which recipe?")?;
    let Some(command) = recipes.command(recipe) else {
        let near = suggest::nearest(recipe, recipes.names());
        return Err(match near {
            Some(near) => format!("there is no recipe `{recipe}`; did you mean `{near}`?"),
            None => format!("there is no recipe `{recipe}`: just --list"),
        });
    };
    match command.split_first() {
        Some((program, fixed)) if program == "sprint" => {
            let all: Vec<String> = fixed.iter().chain(arguments).cloned().collect();
            parse(&all)?;
            Ok(all)
        }
        _ => Err(format!("the recipe `{recipe}` is not a command of sprint")),
    }
}

fn cargo(words: &[String]) -> std::result::Result<Vec<String>, String> {
    let known = ["test", "clippy", "fmt", "build"];
    let subcommand = words.first().map_or("", String::as_str);
    if !known.contains(&subcommand) {
        return Err(format!("a check uses cargo {}", known.join(", ")));
    }
    let manifest = words
        .iter()
        .position(|word| word == "--manifest-path")
        .and_then(|position| words.get(position + 1))
        .ok_or("cargo needs --manifest-path, so that it runs from anywhere")?;
    let ours = ["modules/", "sprint/checks/", "cpython/"];
    if !ours.iter().any(|start| manifest.starts_with(start)) {
        return Err(format!("`{manifest}` is in none of: {}", ours.join(" ")));
    }
    Ok(words.to_vec())
}

fn python(words: &[String], root: &Path) -> std::result::Result<Vec<String>, String> {
    let script = words.first().map_or("", String::as_str);
    if !script.starts_with("sprint/checks/") {
        return Err("a check program lies in sprint/checks/".to_owned());
    }
    if !root.join(script).is_file() {
        return Err(format!("there is no {script}"));
    }
    Ok(words.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<CheckCommand, String> {
        let recipes = Justfile::parse(
            "test-module *args:\n    {{ quote(sprint) }} test \"$@\"\nci:\n    ./.ci/run\n",
        );
        let root = tempfile::tempdir().expect("dir");
        CheckCommand::read(text, root.path(), &recipes, &|arguments| match arguments
            .first()
            .map(String::as_str)
        {
            Some("test") => Ok(()),
            _ => Err("no such command".to_owned()),
        })
    }

    #[test]
    fn a_recipe_is_the_command_behind_it() {
        let command = read("just test-module base64 -- -v").expect("understood");
        let words = ["test", "base64", "--", "-v"].map(str::to_owned).to_vec();
        assert_eq!(command.program, Program::Sprint(words));
    }

    #[test]
    fn what_is_not_the_kits_is_refused_with_a_reason() {
        for (text, reason) in [
            ("just tset-module base64", "did you mean `test-module`"),
            ("just ci", "is not a command of sprint"),
            ("sprint nonsense", "no such command"),
            ("true", "none of the kit's"),
            ("just test-module base64 && true", "for a shell"),
            ("just test-module 'base64", "quotes"),
            (
                "cargo publish --manifest-path modules/Cargo.toml",
                "cargo test",
            ),
            ("cargo test", "--manifest-path"),
            ("cargo test --manifest-path /etc/Cargo.toml", "none of"),
            ("python3 -c pass", "sprint/checks/"),
            ("python3 sprint/checks/none.py", "there is no"),
        ] {
            let seen = read(text).expect_err(text);
            assert!(seen.contains(reason), "{text}: {seen}");
        }
    }
}
