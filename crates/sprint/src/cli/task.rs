//! `sprint task`: begin, check and finish one task.

mod finish;
mod show;
mod work;

use super::{Answer, Context};
use crate::error::Result;
use crate::room::Member;
use crate::tasks::{self, State, Task};

/// Arguments of `sprint task`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint task show T02     what it is about, and which files
  sprint task start T02    a branch for it, and the check's first (red) run
  sprint task check T02    how far it is
  sprint task hint T02     a little help, a little more each time
  sprint task done T02     the pull request's text, once the check is green")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do with a task.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Say what the task is
    Show {
        /// The task: T02, t2 or 2
        id: String,
    },
    /// Make a branch for it, say what to read, run its check once
    Start {
        /// The task: T02, t2 or 2
        id: String,
        /// Take edits that are not committed along to the new branch (without this they are refused)
        #[arg(long)]
        carry: bool,
        /// Make no branch
        #[arg(long)]
        no_branch: bool,
        /// Do not run the check
        #[arg(long)]
        no_check: bool,
        /// Do not claim it in the room (to work beside whoever has)
        #[arg(long)]
        unclaimed: bool,
    },
    /// Run its check (exit 1 while it is red)
    Check {
        /// The task (default: the one you began last)
        id: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the next hint
    Hint {
        /// The task (default: the one you began last)
        id: Option<String>,
        /// Show the reference solution, where the kit ships one
        #[arg(long)]
        solution: bool,
    },
    /// Run its check, and print the pull request's text and NEWS entry
    Done {
        /// The task (default: the one you began last)
        id: Option<String>,
    },
    /// Give it back; edits and branch stay as they are
    Drop {
        /// The task (default: the one you began last)
        id: Option<String>,
    },
    /// Suggest what to do after it
    Next {
        /// The task (default: the one you began last)
        id: Option<String>,
    },
}

impl Args {
    pub(super) fn wants_json(&self) -> bool {
        matches!(self.action, Action::Check { json: true, .. })
    }
}

/// What every action starts from.
struct Desk<'c, 'h> {
    context: &'c Context<'h>,
    tasks: Vec<Task>,
    state: State,
    member: Member<'c>,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let mut desk = Desk {
        context,
        tasks: tasks::load(&context.root)?,
        state: State::load(&context.root)?,
        member: Member::of(context.host, &context.progress),
    };
    match &args.action {
        Action::Show { id } => desk.show(id),
        Action::Start {
            id,
            carry,
            no_branch,
            no_check,
            unclaimed,
        } => {
            let wishes = work::Wishes {
                carry: *carry,
                branch: !no_branch,
                check: !no_check,
                claim: !unclaimed,
            };
            desk.start(id, wishes)
        }
        Action::Check { id, json } => desk.check(id.as_deref(), *json),
        Action::Hint { id, solution } => desk.hint(id.as_deref(), *solution),
        Action::Done { id } => desk.done(id.as_deref()),
        Action::Drop { id } => desk.give_back(id.as_deref()),
        Action::Next { id } => desk.next(id.as_deref()),
    }
}
