//! `sprint --help`, by what a person has come to do: the groups are those of `just --list`.

use clap::Command;

/// A group of commands, and an example of it.
struct Journey {
    name: &'static str,
    commands: &'static [&'static str],
    example: (&'static str, &'static str),
}

const JOURNEYS: [Journey; 5] = [
    Journey {
        name: "Start",
        commands: &["tour", "doctor", "onboarding", "source"],
        example: ("sprint source fork", "the fork instead of the release"),
    },
    Journey {
        name: "Work",
        commands: &[
            "test",
            "watch",
            "build",
            "prove",
            "python",
            "modules",
            "new-module",
            "targets",
            "settings",
            "clean",
        ],
        example: (
            "sprint test base64 -- -v -m test_x",
            "what comes after -- goes to regrtest",
        ),
    },
    Journey {
        name: "Sprint",
        commands: &["tasks", "task"],
        example: (
            "sprint tasks --hour --here --free",
            "what fits an hour, on this machine",
        ),
    },
    Journey {
        name: "Share",
        commands: &["room", "snapshot", "bundle", "image"],
        example: ("sprint image shell", "the container, on this checkout"),
    },
    Journey {
        name: "Kit",
        commands: &["key", "cache", "reproduce", "pins", "completions", "help"],
        example: (
            "sprint completions man | man -l -",
            "all of this as a manual page",
        ),
    },
];

/// The same command line, its help grouped; `after` stands at the end.
pub(super) fn grouped(command: Command, after: &str) -> Command {
    let width = command
        .get_subcommands()
        .map(|sub| sub.get_name().len())
        .max()
        .unwrap_or(0);
    let mut text = String::from("{about}\n\nUsage: {usage}\n");
    for journey in &JOURNEYS {
        text.push_str(&format!("\n{}:\n", journey.name));
        for name in journey.commands {
            // clap makes this one by itself, and late.
            let about = match command.find_subcommand(name).and_then(Command::get_about) {
                Some(about) => about.to_string(),
                None => "Print this, or the help of a command".to_owned(),
            };
            text.push_str(&format!("  {name:width$}  {about}\n"));
        }
    }
    text.push_str("\nOptions:\n{options}{after-help}");
    let mut examples = String::from(
        "Examples:\n  sprint test base64                  build, prove and test one module\n",
    );
    for journey in &JOURNEYS {
        let (line, what) = journey.example;
        examples.push_str(&format!("  {line:<34}  {what}\n"));
    }
    command
        .help_template(text)
        .after_help(format!("{examples}\n{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Justfile;
    use std::path::Path;

    #[test]
    fn every_command_is_in_one_group() {
        let command = super::super::command();
        let mut known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        known.push("help");
        known.sort_unstable();
        let mut grouped: Vec<&str> = JOURNEYS
            .iter()
            .flat_map(|journey| journey.commands)
            .copied()
            .collect();
        grouped.sort_unstable();
        assert_eq!(grouped, known, "a new command needs a place in JOURNEYS");
    }

    #[test]
    fn the_help_shows_the_groups_and_fits_a_terminal() {
        let help = super::super::command().render_help().to_string();
        for journey in &JOURNEYS {
            assert!(help.contains(&format!("\n{}:\n", journey.name)), "{help}");
        }
        assert!(
            help.contains("Exit codes:") && !help.contains('{'),
            "{help}"
        );
        // Options are laid out by clap, for the terminal that is there.
        let ours = help
            .lines()
            .filter(|line| !line.trim_start().starts_with('-'));
        let long = ours.clone().find(|line| line.chars().count() > 80);
        assert_eq!(long, None);
    }

    #[test]
    fn examples_are_commands() {
        for journey in &JOURNEYS {
            let line = journey.example.0.split(" | ").next().expect("a command");
            let words: Vec<String> = line.split(' ').skip(1).map(str::to_owned).collect();
            assert_eq!(super::super::tasks::parses(&words), Ok(()), "{line}");
        }
    }

    /// A recipe that is a command alone stands in the same group; one that is a part of a command may have its own.
    #[test]
    fn recipes_are_in_the_same_groups() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let recipes = Justfile::load(&root).expect("the Justfile");
        let text = std::fs::read_to_string(root.join("Justfile")).expect("read");
        let mut group = "";
        let mut compared = 0;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("[group('") {
                group = rest.trim_end_matches("')]");
            }
            let name = line.split([' ', ':']).next().unwrap_or("");
            let Some([program, command]) = recipes.command(name) else {
                continue;
            };
            if program != "sprint" {
                continue;
            }
            let journey = JOURNEYS
                .iter()
                .find(|journey| journey.commands.contains(&command.as_str()));
            let seen = journey.map(|journey| journey.name.to_lowercase());
            assert_eq!(seen.as_deref(), Some(group), "{name}");
            compared += 1;
        }
        assert!(compared > 15, "{compared}");
    }
}
