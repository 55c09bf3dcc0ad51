//! `sprint tour`: five steps from a clone to a person's own change, red then green.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Answer, Context};
use crate::atomic;
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;

/// What the last two steps test.
const CHECK: [&str; 3] = ["python", "sprint/checks/hello.py", "--quiet"];
/// The file with the line to change.
const FILE: &str = "modules/_base64/src/lib.rs";

/// Arguments of `sprint tour`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint tour      the next step; type it again after your change
  sprint tour --again   from the start")]
pub struct Args {
    /// Begin again
    #[arg(long)]
    again: bool,
}

/// A step that is a command.
struct Step {
    title: &'static str,
    what: &'static str,
    shown: &'static str,
    args: &'static [&'static str],
}

const STEPS: [Step; 3] = [
    Step {
        title: "What is here",
        what: "Rust modules for CPython, each with its own tests. These are there now:",
        shown: "just modules",
        args: &["modules"],
    },
    Step {
        title: "Build one and test it",
        what: "Builds what changed, looks for the proof that it is Rust, runs CPython's tests.\nThe first time takes a few minutes, later a few seconds.",
        shown: "just test-module base64",
        args: &["test", "base64"],
    },
    Step {
        title: "Look at the proof",
        what: "A green test could come from C code. This is the file that Python loads, and what\nits init function was compiled by:",
        shown: "just prove base64",
        args: &["prove", "base64"],
    },
];

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let seen_red = context.root.join("build/state/tour-red");
    if args.again && seen_red.exists() {
        std::fs::remove_file(&seen_red).on("remove", &seen_red)?;
    }
    let again = seen_red.exists();
    if !again {
        for (number, step) in STEPS.iter().enumerate() {
            say(context, number + 1, step.title, step.what, step.shown);
            if !sprint(context, step.args)? {
                return Err(Error::new(
                    Exit::TestsFailed,
                    "tour",
                    format!("step {} did not end well; its output is above", number + 1),
                )
                .next(step.shown));
            }
        }
    }
    let green = sprint(context, &CHECK)?;
    if !green {
        atomic::write(&seen_red, b"")?;
        say(
            context,
            4,
            "A red test",
            "This test wants the module to say hello. It does not yet:",
            "just python sprint/checks/hello.py",
        );
        sprint(context, &CHECK[..2])?;
        let line = line_of_doc(&context.root)?;
        return Ok(Answer {
            text: format!(
                "\nYour turn: one line. Open {FILE}, line {line},\n\
                 and put `Hello from YOUR NAME.` inside the quotes. Save, then: just tour\n"
            ),
            exit: Exit::TestsFailed,
        });
    }
    if !again {
        return Ok(Answer::ok(format!(
            "\nThe module says hello already: there is a change in {FILE}.\n\
             To see the test red first: git restore {FILE}, then: just tour\n"
        )));
    }
    say(
        context,
        5,
        "Your change, green",
        "Rebuilt, loaded by Python, and it says what you wrote:",
        "just python sprint/checks/hello.py",
    );
    sprint(context, &CHECK[..2])?;
    std::fs::remove_file(&seen_red).on("remove", &seen_red)?;
    Ok(Answer::ok(format!(
        "\nThat is the whole loop: edit, test, green. Put the line back with\n  git restore {FILE}\n\
         and take a task that fits an hour:\n  just tasks --hour --here --free\n"
    )))
}

fn say(context: &Context<'_>, number: usize, title: &str, what: &str, shown: &str) {
    let progress = &context.progress;
    let palette = progress.palette();
    progress.say("");
    progress.say(&palette.name(&format!("Step {number} of 5: {title}")));
    for line in what.lines() {
        progress.say(line);
    }
    progress.say(&palette.faint(&format!("$ {shown}")));
}

/// Runs a command of the kit with its output on the terminal; whether it ended with 0.
fn sprint(context: &Context<'_>, args: &[&str]) -> Result<bool> {
    let program = std::env::current_exe().on("find", Path::new("this program"))?;
    let env: &BTreeMap<String, String> = context.host.env();
    let mut command = Command::new(&program);
    command
        .args(args)
        .current_dir(&context.root)
        .env_clear()
        .envs(env);
    if args.contains(&"--quiet") {
        command.stdout(Stdio::null()).stderr(Stdio::null());
    } else {
        // The answer of a step belongs to the tour's own stderr: its stdout says what to do.
        command.stdout(Stdio::from(std::io::stderr()));
    }
    let status = command.status().on("run", &program)?;
    context.interrupt.check("the tour")?;
    Ok(status.success())
}

/// The line with the module's docstring.
fn line_of_doc(root: &Path) -> Result<usize> {
    let path = root.join(FILE);
    let text = std::fs::read_to_string(&path).on("read", &path)?;
    text.lines()
        .position(|line| line.contains("const DOC:"))
        .map(|at| at + 1)
        .ok_or_else(|| Error::bug(format!("{FILE} has no docstring")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_change_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let line = line_of_doc(&root).expect("a docstring");
        let text = std::fs::read_to_string(root.join(FILE)).expect("the module");
        let line = text.lines().nth(line - 1).expect("that line");
        assert!(line.contains("c\"") && line.ends_with("\";"), "{line}");
    }
}
