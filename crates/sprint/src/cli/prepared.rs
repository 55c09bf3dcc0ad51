//! What `test`, `build`, `prove` and `key` have in common: the options that name a build, and the way
//! from them to a plan.

use std::time::Instant;

use clap::Args;

use super::Context;
use crate::build::{self, BuildPlan, CrossBuild, Outcome, Request, StepId, check_path, execute};
use crate::error::Result;
use crate::pins::Pins;
use crate::profile::Profile;
use crate::room::Member;
use crate::snapshot::{self, Restoring};
use crate::source::{self, Wanted};
use crate::target::Target;
use crate::{
    lock::{self, Held},
    toolchain,
};

/// Options that name a build.
#[derive(Debug, Args)]
pub(super) struct BuildArgs {
    /// How to build
    #[arg(long, value_enum, default_value_t)]
    pub(super) profile: Profile,
    /// Which CPython: `release`, `fork`, or a directory (default: what `just source` chose)
    #[arg(long, value_name = "SOURCE")]
    pub(super) source: Option<String>,
    /// For whom: a triple or a short name (default: this machine)
    #[arg(long, value_name = "TARGET")]
    pub(super) target: Option<String>,
    /// End with exit code 7 instead of waiting where another run holds the build directory
    #[arg(long)]
    pub(super) no_wait: bool,
}

/// A plan, and what it took to make it.
pub(super) struct Prepared {
    pub(super) plan: BuildPlan,
    pub(super) source_seconds: f64,
}

/// From options to a plan. Fetches the source if it is not there.
pub(super) fn prepare(args: &BuildArgs, context: &Context<'_>) -> Result<Prepared> {
    check_path(&context.root)?;
    let pins = Pins::load(&context.root)?;
    let target = Target::named(args.target.as_deref(), context.host)?;
    let started = Instant::now();
    let wanted = Wanted::parse(args.source.as_deref(), &context.directory);
    let source = source::resolve(
        &context.root,
        context.host,
        &pins,
        &wanted,
        &context.progress,
        &context.interrupt,
    )?;
    let source_seconds = started.elapsed().as_secs_f64();
    context
        .progress
        .say(&format!("source     {}", source.line()));
    if let Some(name) = target.former_name(args.target.as_deref()) {
        context
            .progress
            .say(&format!("{name} is now called {}", target.triple));
    }
    let request = |target, cross, profile| Request {
        root: &context.root,
        host: context.host,
        pins: &pins,
        source: &source,
        target,
        cross,
        profile,
    };
    let cross = match &target.cross {
        Some(row) if !target.is_native(context.host) => {
            let toolchain =
                toolchain::require(target, context.host, &context.root, &context.progress)?;
            let native = Target::native(context.host)?;
            let builder = BuildPlan::new(request(native, None, Profile::Debug))?;
            Some(CrossBuild {
                row,
                toolchain,
                builder: Box::new(builder),
            })
        }
        _ => None,
    };
    let plan = BuildPlan::new(request(target, cross.as_ref(), args.profile))?;
    Ok(Prepared {
        plan,
        source_seconds,
    })
}

/// The lock of a build directory.
pub(super) fn hold(plan: &BuildPlan, no_wait: bool, context: &Context<'_>) -> Result<Held> {
    lock::acquire(
        &plan.lock(),
        !no_wait,
        &context.progress,
        &context.interrupt,
    )
}

/// Brings one build directory up to date, holding its lock for that long only.
pub(super) fn bring_up_alone(
    plan: &BuildPlan,
    no_wait: bool,
    context: &Context<'_>,
) -> Result<Outcome> {
    let _lock = hold(plan, no_wait, context)?;
    restore_and_execute(plan, context)
}

/// What a store has of it is restored where nothing is built; then what is left is done. The caller holds the lock.
pub(super) fn restore_and_execute(plan: &BuildPlan, context: &Context<'_>) -> Result<Outcome> {
    let restoring = Restoring {
        root: &context.root,
        host: context.host,
        plan,
    };
    let snapshot = snapshot::restore_if_unbuilt(&restoring, &context.progress, &context.interrupt)?;
    let outcome = execute(
        plan,
        context.host,
        None,
        &context.progress,
        &context.interrupt,
    )?;
    let outcome = Outcome {
        snapshot,
        ..outcome
    };
    tell_room(&outcome, context);
    Ok(outcome)
}

/// Figures for the board of a room, where one was joined: a build from nothing, or one that the room has spared.
fn tell_room(outcome: &Outcome, context: &Context<'_>) {
    let from_nothing = [StepId::Configure, StepId::Make]
        .iter()
        .all(|step| outcome.seconds.contains_key(step));
    let restored = outcome.snapshot.restored();
    if !from_nothing && restored.is_none() {
        return;
    }
    let member = Member::of(context.host, &context.progress);
    let Some(room) = member.room() else {
        return;
    };
    let whole = |seconds: f64| seconds.max(0.0).round() as u64;
    match restored {
        Some(restored) if room.is_place(&restored.place) => {
            let saved = build::from_nothing(context.host).as_secs_f64() - restored.seconds;
            member.report(true, whole(restored.seconds), whole(saved), restored.bytes);
        }
        // Of this machine's own store: nothing that a room has done.
        Some(_) => {}
        None => member.report(false, whole(outcome.seconds.values().sum()), 0, 0),
    }
}

/// Brings the build directory up to date, and before it the native one whose interpreter it needs. The
/// caller holds the lock of the former.
pub(super) fn bring_up(plan: &BuildPlan, no_wait: bool, context: &Context<'_>) -> Result<Outcome> {
    if let Some(cross) = &plan.cross {
        bring_up_alone(&cross.builder, no_wait, context)?;
    }
    restore_and_execute(plan, context)
}

/// After a build from nothing, its snapshot is made by a process that nobody waits for. Called when the build's lock
/// was given back.
pub(super) fn save_later(
    plan: &BuildPlan,
    outcome: &Outcome,
    source: Option<&str>,
    context: &Context<'_>,
) {
    snapshot::save_later(&context.root, context.host, plan, outcome, source);
}

/// The same options as they would be typed, for commands that the kit suggests.
pub(super) fn typed(args: &BuildArgs) -> String {
    let mut text = format!("--profile {}", args.profile);
    for (name, value) in [("source", &args.source), ("target", &args.target)] {
        if let Some(value) = value {
            text.push_str(&format!(" --{name} {}", crate::exec::quote(value)));
        }
    }
    text
}
