//! `sprint test`: build what changed, prove, test.

use std::collections::BTreeMap;
use std::time::Instant;

use super::prepared::{
    BuildArgs, Prepared, bring_up, hold, prepare, restore_and_execute, save_later, typed,
};
use super::{Answer, Context, all, build, to_json};
use crate::build::{BuildPlan, Outcome, StepId, prepare_baseline};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::module::{self, Module};
use crate::target;
use crate::testing::{
    self, Driver, FileReport, Group, Proven, Report, Role, Seconds, SourceReport, TestFile,
    TestRequest,
};

/// Arguments of `sprint test`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint test base64                      this machine, debug build
  sprint test base64 --profile free-threaded
  sprint test bisect --baseline           the C module that ours replaces
  sprint test base64 aarch64              another target; see: sprint targets
  sprint test base64 all                  every target that this machine can build
  sprint test base64 --refleaks           hunt reference leaks (-R 3:3)
  sprint test base64 -- -v -m test_encode what comes after -- goes to regrtest
  sprint test base64 --json               one JSON object on stdout")]
pub struct Args {
    /// The module, as `sprint modules` lists it
    pub(super) name: String,
    /// The same as --target; `all` for every one that can be built here
    #[arg(value_name = "TARGET", conflicts_with = "target")]
    positional_target: Option<String>,
    #[command(flatten)]
    pub(super) build: BuildArgs,
    /// Test the C side instead: no Rust, no proof
    #[arg(long)]
    baseline: bool,
    /// Hunt reference leaks (needs a debug build)
    #[arg(long)]
    refleaks: bool,
    /// Write where the time went, as one HTML file (build/timings.html)
    #[arg(long)]
    timings: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
    /// Print what would be run, run nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Arguments for CPython's regrtest
    #[arg(last = true, value_name = "REGRTEST")]
    regrtest: Vec<String>,
}

impl Args {
    /// The module's name as it was typed.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let name = args
        .build
        .target
        .as_ref()
        .or(args.positional_target.as_ref());
    check(args, context)?;
    if name.is_some_and(|name| name == target::ALL) {
        return all::run(args, context);
    }
    let run = Run::plan(args, name.cloned(), context)?;
    if args.dry_run {
        return Ok(Answer::ok(run.dry_run(args, &context.root)));
    }
    answer(args, &run.perform(args, context, Builder::Ours)?, context)
}

/// Mistakes that must not cost a build, nor a download.
fn check(args: &Args, context: &Context<'_>) -> Result<()> {
    let kit = module::of_kit(&context.root)?;
    let fork_may_know_it = context.root.join("cpython/configure").is_file();
    if args.build.source.is_none() && !fork_may_know_it {
        module::find(&kit, &args.name)?;
    }
    if args.refleaks && !args.build.profile.is_pydebug() {
        return Err(Error::usage(
            "refleaks-need-debug",
            format!("a {} build does not count references", args.build.profile),
        )
        .next(format!("just test-module {} --refleaks", args.name)));
    }
    Ok(())
}

/// Who brings the native build up to date whose interpreter a cross build needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builder {
    /// This run.
    Ours,
    /// It has been done.
    Done,
}

/// One target's run, planned.
pub(super) struct Run {
    pub(super) plan: BuildPlan,
    source_seconds: f64,
    module: Module,
    files: Vec<TestFile>,
    build: BuildArgs,
}

impl Run {
    /// Finds the source, the module and its test files; builds nothing.
    pub(super) fn plan(args: &Args, target: Option<String>, context: &Context<'_>) -> Result<Self> {
        let build = BuildArgs {
            profile: args.build.profile,
            source: args.build.source.clone(),
            target,
            no_wait: args.build.no_wait,
        };
        let Prepared {
            plan,
            source_seconds,
        } = prepare(&build, context)?;
        let module = module::find(&plan.modules, &args.name)?.clone();
        let files = testing::select(&module, &plan.source, args.baseline)?;
        Ok(Self {
            plan,
            source_seconds,
            module,
            files,
            build,
        })
    }

    /// The commands to paste.
    pub(super) fn dry_run(&self, args: &Args, root: &std::path::Path) -> String {
        dry_run(
            &self.plan,
            &self.module,
            &self.files,
            args,
            &self.build,
            root,
        )
    }

    /// Builds, proves, tests.
    pub(super) fn perform(
        self,
        args: &Args,
        context: &Context<'_>,
        builder: Builder,
    ) -> Result<Report> {
        let Self {
            plan,
            source_seconds,
            module,
            files,
            build,
        } = self;
        let held = hold(&plan, build.no_wait, context)?;
        let started = Instant::now();
        let outcome = match builder {
            Builder::Ours => bring_up(&plan, build.no_wait, context)?,
            Builder::Done => restore_and_execute(&plan, context)?,
        };
        let built = if outcome.was_up_to_date() {
            0.0
        } else {
            started.elapsed().as_secs_f64()
        };

        let started = Instant::now();
        let python = if args.baseline {
            prepare_baseline(&plan)?
        } else {
            plan.python()
        };
        let driver = Driver::install(&plan, &python)?;
        let proven = if args.baseline {
            Proven::new()
        } else {
            testing::prove(&plan, &module, &driver, context.host)?
        };
        let prove_seconds = started.elapsed().as_secs_f64();

        let started = Instant::now();
        let request = TestRequest {
            plan: &plan,
            module: &module,
            driver: &driver,
            proven: &proven,
            host: context.host,
            files: &files,
            refleaks: args.refleaks,
            args: &args.regrtest,
        };
        let reports = testing::run(&request, &context.progress, &context.interrupt)?;
        drop(held);
        if args.timings {
            let tested = started.elapsed().as_secs_f64();
            let more = [("prove", prove_seconds), ("tests", tested)];
            build::draw(&plan, &outcome, &more, context)?;
        }
        save_later(&plan, &outcome, build.source.as_deref(), context);
        let seconds = seconds(
            &outcome,
            source_seconds,
            built,
            prove_seconds,
            started.elapsed().as_secs_f64(),
        );
        Ok(report(
            &plan,
            &module,
            args.baseline,
            proven,
            reports,
            outcome,
            seconds,
        ))
    }
}

fn answer(args: &Args, report: &Report, context: &Context<'_>) -> Result<Answer> {
    let shown = outputs(args, report);
    let exit = exit_of(report);
    let text = if args.json {
        eprint_block(context, &shown);
        to_json(report)?
    } else {
        format!("{shown}{}", testing::render(report, context.out))
    };
    Ok(Answer { text, exit })
}

/// A failed test's own output comes before the summary; what the person asked to see comes always.
pub(super) fn outputs(args: &Args, report: &Report) -> String {
    let show_all = !args.regrtest.is_empty();
    let files = report.conformance.files.iter();
    files
        .chain(&report.regrtest.files)
        .filter(|file| show_all || file.failed > 0)
        .map(|file| std::fs::read_to_string(&file.log).unwrap_or_default())
        .collect()
}

/// The exit code that a report asks for.
pub(super) fn exit_of(report: &Report) -> Exit {
    match report.outcome {
        "green" | "baseline-green" => Exit::Ok,
        "no-rust-ran" => Exit::NotRust,
        _ => Exit::TestsFailed,
    }
}

pub(super) fn eprint_block(context: &Context<'_>, text: &str) {
    for line in text.lines() {
        context.progress.say(line);
    }
}

fn report(
    plan: &BuildPlan,
    module: &Module,
    baseline: bool,
    proofs: Proven,
    reports: Vec<FileReport>,
    outcome: Outcome,
    seconds: Seconds,
) -> Report {
    let (own, others): (Vec<_>, Vec<_>) = reports
        .into_iter()
        .partition(|file| file.role == Role::Conformance);
    let (conformance, regrtest) = (Group::of(own), Group::of(others));
    let verdict = if conformance.failed + regrtest.failed > 0 {
        "tests-failed"
    } else if conformance.run + regrtest.run == 0 {
        "no-tests-ran"
    } else if baseline {
        "baseline-green"
    } else if ![&conformance, &regrtest]
        .iter()
        .any(|group| group.ran_rust())
    {
        "no-rust-ran"
    } else {
        "green"
    };
    Report {
        module: module.name.clone(),
        source: SourceReport {
            kind: plan.source.kind,
            version: plan.source.version_text.clone(),
            identity: plan.source.identity.clone(),
            lane: plan.source.lane,
        },
        target: plan.target.triple.to_owned(),
        is_cross: plan.cross.is_some(),
        profile: plan.profile,
        baseline,
        key: plan.key(),
        proof: proofs.first().cloned(),
        proofs,
        conformance,
        regrtest,
        seconds,
        cache: BTreeMap::from([
            ("snapshot", outcome.snapshot.name()),
            ("compile", outcome.compile.cached.name()),
        ]),
        missing: outcome.missing,
        outcome: verdict,
    }
}

fn seconds(outcome: &Outcome, source: f64, build: f64, prove: f64, test: f64) -> Seconds {
    let of = |id| outcome.seconds.get(&id).copied().unwrap_or(0.0);
    Seconds {
        source,
        configure: of(StepId::Configure),
        make: of(StepId::Make),
        cargo: of(StepId::Cargo),
        build,
        prove,
        test,
    }
}

fn dry_run(
    plan: &BuildPlan,
    module: &Module,
    files: &[TestFile],
    args: &Args,
    build_args: &BuildArgs,
    root: &std::path::Path,
) -> String {
    let mut text = build::dry_run(plan, build_args, root);
    let prove = format!("prove {} {}", module.name, typed(build_args));
    text.push_str(&build::itself(root, &prove));
    let driver = Driver::new(plan, &plan.python());
    let request = TestRequest {
        plan,
        module,
        driver: &driver,
        proven: &Proven::new(),
        host: &crate::host::Host::with_env(BTreeMap::new()),
        files,
        refleaks: args.refleaks,
        args: &args.regrtest,
    };
    for file in files {
        let line = testing::command(&request, file, std::path::Path::new("/dev/stdout"));
        text.push_str(&format!("{}\n", line.paste()));
    }
    text
}
