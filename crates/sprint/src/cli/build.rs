//! `sprint build`: bring a build directory up to date.

use std::path::Path;

use super::prepared::{BuildArgs, bring_up, hold, prepare, save_later, typed};
use super::{Answer, Context};
use crate::build::{Action, BuildPlan, Outcome, StepId, execute, wipe, write_timings};
use crate::count;
use crate::error::Result;
use crate::{module, snapshot};

/// Arguments of `sprint build`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint build                       everything, debug
  sprint build --profile release
  sprint build --clean base64        remove the build directory first
  sprint build --dry-run             print the commands, run nothing")]
pub struct Args {
    /// A module, only to check that there is one of this name: a build carries them all
    name: Option<String>,
    #[command(flatten)]
    build: BuildArgs,
    /// Remove the build directory first
    #[arg(long)]
    clean: bool,
    /// Write where the time went, as one HTML file (build/timings.html)
    #[arg(long)]
    timings: bool,
    /// Run only this step
    #[arg(long, value_enum)]
    step: Option<StepId>,
    /// Print what would be run, run nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let prepared = prepare(&args.build, context)?;
    let plan = prepared.plan;
    if let Some(name) = &args.name {
        module::find(&plan.modules, name)?;
    }
    if args.dry_run {
        let removal = if args.clean {
            format!(
                "rm -r {}\n",
                crate::exec::quote(&plan.directory.to_string_lossy())
            )
        } else {
            String::new()
        };
        return Ok(Answer::ok(
            removal + &dry_run(&plan, &args.build, &context.root),
        ));
    }
    let held = hold(&plan, args.build.no_wait, context)?;
    if args.clean {
        wipe(&plan.directory)?;
    }
    let outcome = match args.step {
        None => bring_up(&plan, args.build.no_wait, context)?,
        only => execute(
            &plan,
            context.host,
            only,
            &context.progress,
            &context.interrupt,
        )?,
    };
    drop(held);
    if args.timings {
        draw(&plan, &outcome, &[], context)?;
    }
    save_later(&plan, &outcome, args.build.source.as_deref(), context);
    let mut text = String::new();
    for missing in &outcome.missing {
        text.push_str(&format!("without {missing}, an optional module\n"));
    }
    let done: f64 = outcome.seconds.values().sum();
    let state = match (outcome.was_up_to_date(), snapshot::line(&outcome.snapshot)) {
        (true, _) => "up to date".to_owned(),
        (false, Some(restored)) if outcome.seconds.is_empty() => restored,
        _ => format!(
            "built ({} of steps)",
            count::seconds(std::time::Duration::from_secs_f64(done))
        ),
    };
    text.push_str(&format!("{state}: {}\n", plan.python().display()));
    Ok(Answer::ok(text))
}

/// Writes the picture for `--timings`, and says where.
pub(super) fn draw(
    plan: &BuildPlan,
    outcome: &Outcome,
    more: &[(&str, f64)],
    context: &Context<'_>,
) -> Result<()> {
    let file = context.root.join("build/timings.html");
    write_timings(&file, plan, outcome, more)?;
    context
        .progress
        .say(&format!("timings    {}", file.display()));
    Ok(())
}

/// The plan as lines to paste, in an order that works.
pub(super) fn dry_run(plan: &BuildPlan, args: &BuildArgs, root: &Path) -> String {
    let mut text = match &plan.cross {
        // Its own interpreter comes first; then this one's, with the native debug build's options.
        Some(cross) => dry_run(
            &cross.builder,
            &BuildArgs {
                profile: cross.builder.profile,
                source: args.source.clone(),
                target: None,
                no_wait: args.no_wait,
            },
            root,
        ),
        None => String::new(),
    };
    text += &format!(
        "mkdir -p {}\n",
        crate::exec::quote(&plan.corner().to_string_lossy())
    );
    for step in &plan.steps {
        match &step.action {
            Action::Run(line) => {
                let tolerant = if step.tolerant { " || true" } else { "" };
                text.push_str(&format!("{}{tolerant}\n", line.paste()));
            }
            Action::InProcess(_) => {
                text.push_str(&itself(
                    root,
                    &format!("build --step {} {}", step.id.name(), typed(args)),
                ));
            }
        }
    }
    text
}

/// A line that runs the kit itself.
pub(super) fn itself(root: &Path, arguments: &str) -> String {
    let root = crate::exec::quote(&root.to_string_lossy());
    format!("(cd {root} && ./scripts/sprint {arguments})\n")
}
