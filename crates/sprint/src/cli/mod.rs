//! The command line: what can be typed, and which function each command is.

mod all;
mod build;
mod bundle;
mod cache;
mod clean;
mod completions;
mod doctor;
#[cfg(test)]
mod documents;
mod image;
mod journeys;
mod key;
mod modules;
mod new_module;
mod onboarding;
mod pins;
mod prepared;
mod prove;
mod python;
mod reproduce;
mod room;
mod settings;
mod snapshot;
mod source;
mod targets;
mod task;
mod tasks;
mod test;
mod tour;
mod watch;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::error::{Error, Result};
use crate::exit::{self, Exit};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::term::{ColourChoice, Palette, Term};

/// From a clone to a CPython with Rust modules in it, and that module's tests green.
#[derive(Debug, Parser)]
#[command(name = "sprint", version, max_term_width = 80)]
pub struct Cli {
    /// When to use colour (NO_COLOR is honoured)
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColourChoice,
    /// Say nothing on stderr but warnings and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build what changed, prove that the module is Rust, run its tests
    Test(test::Args),
    /// The same again after each change
    #[command(after_help = watch::EXAMPLES)]
    Watch(test::Args),
    /// Bring a build directory up to date
    Build(build::Args),
    /// Show the proof that a module is Rust
    Prove(prove::Args),
    /// Run the Python that was built, with the Rust modules in it
    Python(python::Args),
    /// List the sprint's tasks
    Tasks(tasks::Args),
    /// Begin, check and finish one of the sprint's tasks
    Task(task::Args),
    /// Five steps from a clone to your own change, red then green
    Tour(tour::Args),
    /// Join a room and see who is there; or open one
    Room(room::Args),
    /// Print what to read first
    Onboarding(onboarding::Args),
    /// List the Rust modules
    Modules(modules::Args),
    /// Make a new Rust module whose tests are green
    NewModule(new_module::Args),
    /// List the targets
    Targets(targets::Args),
    /// Show or choose the CPython tree
    Source(source::Args),
    /// Show the key of a build, and what goes into it
    Key(key::Args),
    /// Build twice, in two directories, and compare every byte
    Reproduce(reproduce::Args),
    /// What the caches hold, and how to be rid of it
    Cache(cache::Args),
    /// Say what is wrong with this machine, and what mends it
    Doctor(doctor::Args),
    /// Write editor settings, made from the build as it is
    Settings(settings::Args),
    /// The container image
    Image(image::Args),
    /// Check or rewrite what repeats pins.toml
    Pins(pins::Args),
    /// Keep finished builds, and take them from elsewhere
    Snapshot(snapshot::Args),
    /// Everything that a machine without a network needs, in one file
    Bundle(bundle::Args),
    /// Remove build directories
    Clean(clean::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
}

/// What a command answers: text for stdout, and the exit code.
#[derive(Debug)]
pub struct Answer {
    /// For stdout.
    pub text: String,
    /// For the caller.
    pub exit: Exit,
}

impl Answer {
    /// An answer that all is well.
    pub fn ok(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            exit: Exit::Ok,
        }
    }
}

/// What every command is given.
#[derive(Debug)]
pub struct Context<'a> {
    /// The repository.
    pub root: PathBuf,
    /// Where the person is.
    pub directory: PathBuf,
    /// The machine.
    pub host: &'a Host,
    /// stderr.
    pub progress: Progress,
    /// Roles of stdout.
    pub out: Palette,
    /// Ctrl-C.
    pub interrupt: Interrupt,
}

/// The whole command line as clap knows it.
pub fn command() -> clap::Command {
    journeys::grouped(Cli::command(), &exit::help_text())
}

/// Parses arguments.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> std::result::Result<Cli, clap::Error> {
    Cli::from_arg_matches(&command().try_get_matches_from(args)?)
}

/// Does what was asked.
pub fn execute(cli: Cli, host: &Host, term: Term) -> Result<Answer> {
    let directory = std::env::current_dir().map_err(|source| {
        Error::setup(
            "no-directory",
            format!("the current directory cannot be entered: {source}"),
        )
    })?;
    if let Command::Completions(args) = &cli.command {
        return completions::run(args);
    }
    let context = Context {
        root: root(&directory)?,
        directory,
        host,
        progress: Progress::new(term, cli.quiet),
        out: term.out,
        interrupt: Interrupt::watch(),
    };
    match cli.command {
        Command::Test(args) => test::run(&args, &context),
        Command::Watch(args) => watch::run(&args, &context),
        Command::Build(args) => build::run(&args, &context),
        Command::Prove(args) => prove::run(&args, &context),
        Command::Python(args) => python::run(&args, &context),
        Command::Tasks(args) => tasks::run(&args, &context),
        Command::Task(args) => task::run(&args, &context),
        Command::Tour(args) => tour::run(&args, &context),
        Command::Room(args) => room::run(&args, &context),
        Command::Onboarding(args) => onboarding::run(&args, &context),
        Command::Modules(args) => modules::run(&args, &context),
        Command::NewModule(args) => new_module::run(&args, &context),
        Command::Targets(args) => targets::run(&args, &context),
        Command::Source(args) => source::run(&args, &context),
        Command::Key(args) => key::run(&args, &context),
        Command::Reproduce(args) => reproduce::run(&args, &context),
        Command::Cache(args) => cache::run(&args, &context),
        Command::Doctor(args) => doctor::run(&args, &context),
        Command::Settings(args) => settings::run(&args, &context),
        Command::Image(args) => image::run(&args, &context),
        Command::Pins(args) => pins::run(&args, &context),
        Command::Snapshot(args) => snapshot::run(&args, &context),
        Command::Bundle(args) => bundle::run(&args, &context),
        Command::Clean(args) => clean::run(&args, &context),
        Command::Completions(args) => completions::run(&args),
    }
}

impl Command {
    /// Should errors be printed as JSON too?
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Test(args) | Self::Watch(args) => args.json,
            Self::Prove(args) => args.json,
            Self::Modules(args) => args.json,
            Self::Targets(args) => args.json,
            Self::Key(args) => args.json,
            Self::Reproduce(args) => args.json,
            Self::Cache(args) => args.wants_json(),
            Self::Doctor(args) => args.json,
            Self::Settings(args) => args.json,
            Self::Image(args) => args.wants_json(),
            Self::Pins(args) => args.wants_json(),
            Self::Snapshot(args) => args.wants_json(),
            Self::Bundle(args) => args.wants_json(),
            Self::NewModule(_)
            | Self::Build(_)
            | Self::Source(_)
            | Self::Clean(_)
            | Self::Completions(_) => false,
            Self::Tasks(args) => args.wants_json(),
            Self::Room(args) => args.wants_json(),
            Self::Task(args) => args.wants_json(),
            Self::Python(_) | Self::Tour(_) | Self::Onboarding(_) => false,
        }
    }
}

/// The repository: the nearest directory above that holds pins.toml, seen from where the person is or,
/// failing that, from where this program is.
fn root(directory: &std::path::Path) -> Result<PathBuf> {
    let program = std::env::current_exe().ok();
    let above = |start: &std::path::Path| {
        start
            .ancestors()
            .find(|path| path.join(crate::pins::FILE).is_file())
            .map(std::path::Path::to_owned)
    };
    above(directory)
        .or_else(|| above(program.as_deref()?))
        .ok_or_else(|| {
            Error::setup(
                "no-repository",
                format!(
                    "there is no {} above `{}`",
                    crate::pins::FILE,
                    directory.display()
                ),
            )
            .next("cd into your clone of the sprint kit")
        })
}

/// Pretty JSON with a final newline.
fn to_json(value: &impl serde::Serialize) -> Result<String> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Error::bug(error.to_string()))?;
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn a_misspelt_command_is_suggested() {
        let error = parse(["sprint", "tset"].map(OsString::from)).expect_err("no such command");
        assert!(error.to_string().contains("test"), "{error}");
    }
}
