//! `sprint tasks`: the list, and `sprint tasks lint`.

use super::{Answer, Context, to_json};
use crate::count;
use crate::error::{IoContext, Result};
use crate::pins::Pins;
use crate::room::Member;
use crate::source::{self, Choice, Lane};
use crate::tasks::{self, Filter, Justfile, Level, Lint, Others, Place, State, Task};

/// Arguments of `sprint tasks`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  sprint tasks --hour --free          what fits an hour and nobody waits for
  sprint tasks --level first --here   a first pull request, with the tree you have
  sprint tasks lint                   check sprint/tasks.md itself"
)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Only tasks of this level
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// Only tasks of this area (base64, ci, …)
    #[arg(long)]
    area: Option<String>,
    /// Only tasks that nobody here or in the room has begun and that wait for no other
    #[arg(long)]
    free: bool,
    /// Only tasks that fit an hour
    #[arg(long)]
    hour: bool,
    /// Only tasks that can be done with the source you have chosen
    #[arg(long)]
    here: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What to do with the list.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Check sprint/tasks.md: links, files, commands, order
    Lint {
        /// Another file of the same format
        file: Option<std::path::PathBuf>,
    },
}

impl Args {
    pub(super) fn wants_json(&self) -> bool {
        self.json
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    if let Some(Action::Lint { file }) = &args.action {
        return lint(file.as_deref(), context);
    }
    let all = tasks::load(&context.root)?;
    let state = State::load(&context.root)?;
    let filter = Filter {
        level: args.level,
        area: args.area.clone(),
        free: args.free,
        hour: args.hour,
        here: match args.here {
            true => Some(here(&source::chosen(&context.root)?)?),
            false => None,
        },
    };
    let others = others(&Member::of(context.host, &context.progress));
    let shown: Vec<&Task> = all
        .iter()
        .filter(|task| filter.admits(task, &state, &others))
        .collect();
    let rows = tasks::rows(&shown, &state, &others);
    if args.json {
        return Ok(Answer::ok(to_json(&rows)?));
    }
    if shown.is_empty() {
        let areas: std::collections::BTreeSet<&str> =
            all.iter().map(|task| task.area.as_str()).collect();
        let areas: Vec<&str> = areas.into_iter().collect();
        return Ok(Answer::ok(format!(
            "no task fits; areas are {}\nall of them: just tasks\n",
            count::list(&areas)
        )));
    }
    let mut text = tasks::table(&rows, &shown, context.out);
    let of_all = if shown.len() == all.len() {
        count::count(all.len() as u64, "task")
    } else {
        format!(
            "{} of {}",
            shown.len(),
            count::count(all.len() as u64, "task")
        )
    };
    text.push_str(&format!(
        "{of_all}; read one: just task show {}\n",
        shown[0].id
    ));
    Ok(Answer::ok(text))
}

/// What others are at, where a room was joined and answers.
pub(super) fn others(member: &Member<'_>) -> Others {
    match (member.room(), member.list()) {
        (Some(room), Some(table)) => Others::new(table, &room.name),
        _ => Others::default(),
    }
}

/// Which tasks a choice of source is good for: a tree with its own Rust is the fork's kind.
pub(super) fn here(choice: &Choice) -> Result<Place> {
    Ok(match choice {
        Choice::Release => Place::Release,
        Choice::Fork => Place::Fork,
        Choice::Path(path) => match source::lane(path)? {
            Lane::InTree => Place::Fork,
            Lane::Overlay => Place::Release,
        },
    })
}

fn lint(file: Option<&std::path::Path>, context: &Context<'_>) -> Result<Answer> {
    let path = match file {
        Some(file) => context.directory.join(file),
        None => context.root.join(tasks::FILE),
    };
    let name = file.map_or_else(
        || tasks::FILE.to_owned(),
        |file| file.to_string_lossy().into_owned(),
    );
    let text = std::fs::read_to_string(&path).on("read", &path)?;
    let pins = Pins::load(&context.root)?;
    let tree = |choice| {
        let tree = source::place(&context.root, &pins, &choice);
        tree.join("configure").is_file().then_some(tree)
    };
    let recipes = Justfile::load(&context.root)?;
    let found = tasks::lint(
        &text,
        &Lint {
            root: &context.root,
            release: tree(Choice::Release),
            fork: tree(Choice::Fork),
            recipes: &recipes,
            parse: &parses,
        },
    )?;
    if !found.problems.is_empty() {
        return Err(tasks::unreadable(&name, &text, &found.problems));
    }
    let unchecked: Vec<String> = found
        .unchecked
        .iter()
        .map(|(place, files)| {
            format!(
                "not checked: {} of the {place}, which is not on this disk\n",
                count::count(*files as u64, "file")
            )
        })
        .collect();
    Ok(Answer::ok(format!(
        "{name} is fine: {}\n{}",
        count::count(found.tasks.len() as u64, "task"),
        unchecked.concat()
    )))
}

/// Whether `sprint` would understand these arguments.
pub(super) fn parses(arguments: &[String]) -> std::result::Result<(), String> {
    let words = std::iter::once("sprint".to_owned()).chain(arguments.iter().cloned());
    match super::parse(words.map(Into::into)) {
        Ok(_) => Ok(()),
        Err(error) if !error.use_stderr() => Ok(()),
        Err(error) => {
            let text = error.to_string();
            let first = text
                .lines()
                .next()
                .unwrap_or("")
                .trim_start_matches("error: ");
            Err(first.to_owned())
        }
    }
}
