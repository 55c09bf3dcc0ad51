//! `sprint settings`: editor settings, made from the build as it is.

use serde_json::json;

use super::prepared::{BuildArgs, bring_up, hold, prepare};
use super::{Answer, Context, to_json};
use crate::count::count;
use crate::editor::{self, Plan, Planned, Tools};
use crate::error::Result;
use crate::exit::Exit;

/// Arguments of `sprint settings`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint settings              build what changed, then write .vscode/ and compile_commands.json
  sprint settings --dry-run    what would be written
  sprint settings --check      are they still right? (exit code 2 if not)
  sprint settings --force      take back keys that you changed yourself

What you wrote stays: comments, keys of your own, entries whose name does not begin with `sprint: `. A key of ours
that you changed is yours from then on. docs/devcontainer.md says what is in them, and what other editors need.")]
pub struct Args {
    #[command(flatten)]
    build: BuildArgs,
    /// Print what would be written, write nothing
    #[arg(long, conflicts_with = "check")]
    dry_run: bool,
    /// Write nothing; exit code 2 where something would be written
    #[arg(long)]
    check: bool,
    /// Overwrite keys of ours that were changed by hand
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let plan = prepare(&args.build, context)?.plan;
    let _lock = hold(&plan, args.build.no_wait, context)?;
    let only_look = args.dry_run || args.check;
    if only_look {
        editor::need_build(&plan)?;
    } else {
        bring_up(&plan, args.build.no_wait, context)?;
    }
    let tools = Tools::find(context.host, &context.root);
    let wanted = editor::wanted(&context.root, &plan, &tools)?;
    let mut plan_of_files = editor::plan(&context.root, &wanted, args.force)?;
    let database = editor::database(&context.root, &plan, context.host)?;
    plan_of_files.files.insert(0, database);
    if !only_look {
        for file in &plan_of_files.files {
            file.write(&context.root)?;
        }
    }
    let stale = plan_of_files.files.iter().any(Planned::differs);
    let exit = match args.check && stale {
        true => Exit::Usage,
        false => Exit::Ok,
    };
    let text = if args.json {
        to_json(&json!({
            "files": plan_of_files.files.iter().map(|file| json!({
                "path": file.path,
                "differs": file.differs(),
            })).collect::<Vec<_>>(),
            "written": !only_look,
            "kept": plan_of_files.kept,
            "wanted": wanted,
        }))?
    } else {
        tell(&plan_of_files, args)
    };
    Ok(Answer { text, exit })
}

fn tell(plan: &Plan, args: &Args) -> String {
    let mut text = String::new();
    for file in plan.files.iter().filter(|file| file.differs()) {
        let path = file.path.display();
        if args.dry_run {
            text.push_str(&format!("would write {path}:\n"));
            // Hundreds of compilations say less than their number.
            let database = file.path.ends_with(editor::DATABASE);
            match database {
                true => {
                    let number = file.after.matches("\"output\":").count();
                    text.push_str(&format!("  {}\n", count(number as u64, "compilation")));
                }
                false => file
                    .after
                    .lines()
                    .for_each(|line| text.push_str(&format!("  {line}\n"))),
            }
        } else if args.check {
            text.push_str(&format!("{path}: no longer right\n"));
        } else {
            text.push_str(&format!("wrote {path}\n"));
        }
    }
    for key in &plan.kept {
        text.push_str(&format!(
            "kept your own {key} (take ours: just settings --force)\n"
        ));
    }
    if text.is_empty() {
        text.push_str("the editor's settings are right already\n");
    } else if args.check && plan.files.iter().any(Planned::differs) {
        text.push_str("mend: just settings\n");
    }
    text
}
