//! `sprint test NAME all`: every target that this machine can build, side by side, one table at the end.
//!
//! The native build comes first, since the others need its interpreter. Then all go at once: configure is
//! serial, so that the configures of several targets share the processors that one alone leaves idle.

use std::collections::BTreeSet;
use std::time::Instant;

use super::prepared::bring_up_alone;
use super::test::{Args, Builder, Run, eprint_block, exit_of, outputs};
use super::{Answer, Context, to_json};
use crate::build::BuildPlan;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::target::Target;
use crate::testing::{self, Report, Row};

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let started = Instant::now();
    let targets = Target::all_on(context.host)?;
    let runs: Vec<(&'static Target, Result<Run>)> = targets
        .into_iter()
        .map(|target| {
            let own = with_name(context, target);
            (
                target,
                Run::plan(args, Some(target.triple.to_owned()), &own),
            )
        })
        .collect();
    if args.dry_run {
        return dry_run(runs, args, context);
    }
    let mut seconds = 0.0;
    if let Some(builder) = runs.iter().find_map(|(_, run)| builder(run.as_ref().ok()?)) {
        let begun = Instant::now();
        bring_up_alone(builder, args.build.no_wait, context)?;
        seconds = begun.elapsed().as_secs_f64();
    }
    let rows: Vec<Row> = std::thread::scope(|scope| {
        let handles: Vec<_> = runs
            .into_iter()
            .map(|(target, run)| {
                let own = with_name(context, target);
                let begun = Instant::now();
                let handle = scope.spawn(move || {
                    let report = run.and_then(|run| run.perform(args, &own, Builder::Done));
                    (report, begun.elapsed().as_secs_f64())
                });
                (target, handle)
            })
            .collect();
        handles
            .into_iter()
            .map(|(target, handle)| {
                let (report, elapsed) = handle
                    .join()
                    .unwrap_or_else(|_| (Err(Error::bug("a target's thread panicked")), 0.0));
                Row {
                    target,
                    runner: target.cross(context.host).map(|cross| cross.runner.name()),
                    report,
                    seconds: elapsed,
                }
            })
            .collect()
    });
    context.interrupt.check("the targets")?;
    answer(args, rows, seconds, started, context)
}

/// The native build that a cross run needs; a native run needs none.
fn builder(run: &Run) -> Option<&BuildPlan> {
    run.plan.cross.as_ref().map(|cross| cross.builder.as_ref())
}

fn with_name<'a>(context: &Context<'a>, target: &Target) -> Context<'a> {
    let name = target.triple.split('-').next().unwrap_or(target.triple);
    Context {
        root: context.root.clone(),
        directory: context.directory.clone(),
        host: context.host,
        progress: context.progress.named(name),
        out: context.out,
        interrupt: context.interrupt.clone(),
    }
}

/// All commands, the native build's only once.
fn dry_run(
    runs: Vec<(&'static Target, Result<Run>)>,
    args: &Args,
    context: &Context<'_>,
) -> Result<Answer> {
    let mut text = String::new();
    let mut said = BTreeSet::new();
    for (_, run) in runs {
        for line in run?.dry_run(args, &context.root).lines() {
            if said.insert(line.to_owned()) {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    Ok(Answer::ok(text))
}

fn answer(
    args: &Args,
    rows: Vec<Row>,
    builder_seconds: f64,
    started: Instant,
    context: &Context<'_>,
) -> Result<Answer> {
    let mut exit = Exit::Ok;
    for row in &rows {
        let own = match &row.report {
            Ok(report) => exit_of(report),
            Err(error) => error.exit(),
        };
        // What could not be built or proven weighs more than a failed test.
        if exit == Exit::Ok || (exit == Exit::TestsFailed && own != Exit::Ok) {
            exit = own;
        }
        match &row.report {
            Ok(report) => eprint_block(context, &shown(args, report)),
            Err(error) => {
                eprint_block(context, &format!("{}:", row.target.triple));
                eprint_block(context, &error.render(context.progress.palette()));
            }
        }
    }
    let total = started.elapsed().as_secs_f64();
    let text = if args.json {
        to_json(&testing::all_json(
            &args.name,
            &rows,
            builder_seconds,
            total,
        )?)?
    } else {
        testing::table(&args.name, &rows, builder_seconds, total, context.out)
    };
    Ok(Answer { text, exit })
}

fn shown(args: &Args, report: &Report) -> String {
    outputs(args, report)
}
