//! Runs a plan: what is left of it, each step as soon as those before it are done.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant, SystemTime};

use super::compile::Compile;
use super::configured::Configured;
use super::estimates::Estimates;
use super::landmark::landmark;
use super::missing;
use super::outcome::Outcome;
use super::plan::{Action, BuildPlan, InProcess, Step, StepId};
use super::record::Record;
use super::state::State;
use super::timings;
use super::written;
use super::{afresh, archive, clean_up, failure, place};
use crate::cache;
use crate::error::{Error, IoContext, Result};
use crate::exec::{self, Stop};
use crate::exit::Exit;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::module::DIRECTORY;
use crate::progress::Progress;
use crate::source::Lane;
use crate::source::times::{self, Seen};

/// How a step ended, as its thread reports it.
enum Ended {
    Done(StepId, Duration),
    Skipped(StepId),
    Failed(StepId, Error),
}

/// Brings the build directory up to date. The caller holds its lock. `only` restricts it to one step.
pub fn execute(
    plan: &BuildPlan,
    host: &Host,
    only: Option<StepId>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Outcome> {
    let corner = plan.corner();
    fs::create_dir_all(&corner).on("create directory", &corner)?;
    let mut state = State::load(&plan.directory);
    if afresh::start_if_needed(plan, &state, progress)? {
        state = State::load(&plan.directory);
    }
    afresh::drop_foreign_rust(plan)?;
    let removed = clean_up::after_kill(&plan.directory)?;
    if removed > 0 {
        progress.say(&format!(
            "the last run ended in the middle of make: {} done again",
            crate::count::count(removed, "file")
        ));
        state.forget(StepId::Make)?;
    }
    for step in &plan.steps {
        let retired = match &step.action {
            // make puts the C module of a retired name back, if there is one.
            Action::InProcess(InProcess::Place(placement)) => {
                place::retire(&plan.directory, placement)?
            }
            _ => false,
        };
        if retired {
            state.forget(StepId::Make)?;
        }
        if step.id == StepId::Make && !state.is_done(step) {
            // make has no network: what it needs may be gone from cargo's home since it was fetched.
            state.forget(StepId::Fetch)?;
        }
    }
    let steps: Vec<&Step> = plan
        .steps
        .iter()
        .filter(|step| only.is_none_or(|only| step.id == only))
        .collect();
    let outcome = run_all(plan, host, &steps, state, progress, interrupt)?;
    if only.is_none() {
        plan.record().save(&plan.directory)?;
    }
    Ok(outcome)
}

fn run_all(
    plan: &BuildPlan,
    host: &Host,
    steps: &[&Step],
    state: State,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Outcome> {
    let abandoned = AtomicBool::new(false);
    let state = Mutex::new(state);
    let at = Mutex::new(BTreeMap::<StepId, String>::new());
    let compile = Compile::new(plan, host, steps, &state);
    let mut estimates = Estimates::new(plan, host);
    let (sender, receiver) = mpsc::channel();
    let mut waiting: Vec<&Step> = steps.to_vec();
    let mut finished: BTreeSet<StepId> = BTreeSet::new();
    let mut running: BTreeMap<StepId, Instant> = BTreeMap::new();
    let begun = Instant::now();
    let mut outcome = Outcome {
        begun: Some(SystemTime::now()),
        ..Outcome::default()
    };
    let mut failure: Option<Error> = None;
    let present: BTreeSet<StepId> = steps.iter().map(|step| step.id).collect();

    std::thread::scope(|scope| {
        loop {
            if failure.is_none() {
                let (ready, rest): (Vec<&Step>, Vec<&Step>) =
                    std::mem::take(&mut waiting).into_iter().partition(|step| {
                        step.after
                            .iter()
                            .all(|before| finished.contains(before) || !present.contains(before))
                    });
                waiting = rest;
                for step in ready {
                    running.insert(step.id, Instant::now());
                    let sender = sender.clone();
                    let worker = Worker {
                        plan,
                        host,
                        state: &state,
                        at: &at,
                        compile: &compile,
                        abandoned: &abandoned,
                        progress,
                        interrupt,
                    };
                    scope.spawn(move || {
                        // A step that panics must end the run, not leave it waiting.
                        let ended = catch_unwind(AssertUnwindSafe(|| worker.run(step)));
                        let bug = || Error::bug(format!("the step `{}` panicked", step.id.name()));
                        let ended = ended.unwrap_or_else(|_| Ended::Failed(step.id, bug()));
                        // The receiver lives as long as this scope.
                        let _ = sender.send(ended);
                    });
                }
            }
            if running.is_empty() {
                break;
            }
            match receiver.recv_timeout(Duration::from_millis(100)) {
                Ok(Ended::Done(id, elapsed)) => {
                    running.remove(&id);
                    finished.insert(id);
                    outcome.seconds.insert(id, elapsed.as_secs_f64());
                    outcome
                        .spans
                        .push(timings::ended(id.name(), begun, elapsed));
                    estimates.learn(id, elapsed);
                }
                Ok(Ended::Skipped(id)) => {
                    running.remove(&id);
                    finished.insert(id);
                }
                Ok(Ended::Failed(id, error)) => {
                    running.remove(&id);
                    abandoned.store(true, Ordering::Relaxed);
                    failure.get_or_insert(error);
                    // The others end, each with an error of its own that only says so.
                    waiting.clear();
                }
                Err(_) => progress.working(&estimates.jobs(&running, &at)),
            }
        }
    });
    progress.clear();
    match failure {
        Some(error) => Err(error),
        None => {
            if outcome.seconds.contains_key(&StepId::Make) {
                outcome.compile = compile.outcome();
                outcome.missing = missing::from_log(&plan.log(StepId::Make));
            }
            Ok(outcome)
        }
    }
}

/// What a step's thread needs.
struct Worker<'a> {
    plan: &'a BuildPlan,
    host: &'a Host,
    state: &'a Mutex<State>,
    at: &'a Mutex<BTreeMap<StepId, String>>,
    compile: &'a Compile,
    abandoned: &'a AtomicBool,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
}

impl Worker<'_> {
    fn run(&self, step: &Step) -> Ended {
        match self.try_run(step, true) {
            Ok(Some(elapsed)) => Ended::Done(step.id, elapsed),
            Ok(None) => Ended::Skipped(step.id),
            Err(error) => Ended::Failed(step.id, error),
        }
    }

    /// `None` if there was nothing to do. `kept`: configure may use kept answers.
    fn try_run(&self, step: &Step, kept: bool) -> Result<Option<Duration>> {
        let line = match &step.action {
            Action::InProcess(work) => return self.in_process(work).map(|()| None),
            Action::Run(line) => line,
        };
        if self.locked().is_done(step) {
            return Ok(None);
        }
        Record::withdraw(&self.plan.directory)?;
        self.locked().forget(step.id)?;
        self.interrupt.check(step.id.name())?;
        self.settle_times(step.id)?;
        if step.id == StepId::Make {
            self.withdraw_tree_modules()?;
            clean_up::begin(&self.plan.directory)?;
        }
        let digest = step.inputs.digest();
        let seeded = step.id == StepId::Configure
            && kept
            && cache::seed_answers(self.host, &self.plan.directory, &digest)?;
        let cached = match step.id {
            StepId::Make => self
                .compile
                .around(line, &self.plan.corner(), self.progress)?,
            _ => None,
        };
        let line = cached.as_ref().unwrap_or(line);
        let log = self.plan.log(step.id);
        fs::write(&log, b"").on("write", &log)?;
        let stop = Stop {
            interrupt: self.interrupt,
            abandoned: self.abandoned,
        };
        let seen = |text: &str| {
            if let Some(at) = landmark(text) {
                self.at
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(step.id, at);
            }
        };
        let finished = exec::run(line, self.host.env(), &log, &stop, &seen);
        let note = match step.id {
            StepId::Make => self
                .compile
                .end(self.host, &self.plan.corner(), self.progress),
            _ => String::new(),
        };
        let finished = finished?;
        let failed = (!finished.status.success() && !step.tolerant)
            .then(|| failure::explain(step.id.name(), &finished.status.to_string(), &log));
        // make leaves what a failed recipe wrote. Compilers remove their own half files after an error in
        // a source; on a full disk not all of them do, so then the next run cleans up as after a kill.
        let half_files = failed
            .as_ref()
            .is_some_and(|error| error.exit() == Exit::Setup);
        if step.id == StepId::Make && !half_files {
            clean_up::end(&self.plan.directory)?;
        }
        let (root, directory) = (&self.plan.root, &self.plan.directory);
        if seeded && !cache::answers_agree(self.host, root, directory, &digest)? {
            let said = "configure decided otherwise with its kept answers: asking all again";
            self.progress.say(said);
            return self.try_run(step, false);
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if !self.locked().record(step, finished.elapsed)? {
            return Err(Error::new(
                Exit::BuildFailed,
                "no-output",
                format!(
                    "{} ended well but did not leave what it should",
                    step.id.name()
                ),
            )
            .detail("log", log.display())
            .next("just build --clean"));
        }
        if step.id == StepId::Configure {
            cache::keep_answers(self.host, root, directory, &digest)?;
        }
        self.progress.done(step.id.name(), finished.elapsed, &note);
        Ok(Some(finished.elapsed))
    }

    /// Files whose content is not what the last run of this step has seen get a newer time than what it made.
    fn settle_times(&self, id: StepId) -> Result<()> {
        let tree = match (id, self.plan.source.lane) {
            (StepId::Make, _) => self.plan.source.root.clone(),
            (StepId::Cargo, Lane::Overlay) => self.plan.root.join(DIRECTORY),
            _ => return Ok(()),
        };
        let file = self.plan.seen(id);
        let (_, seen) = times::settle_or_look(&tree, Seen::load(&file)?.as_ref())?;
        seen.save(&file)
    }

    fn in_process(&self, work: &InProcess) -> Result<()> {
        match work {
            InProcess::All(all) => all.iter().try_for_each(|one| self.in_process(one)),
            InProcess::Write(files) => files
                .iter()
                .try_for_each(|(path, content, mode)| written::file(path, content, *mode)),
            InProcess::Link(links) => links.iter().try_for_each(|(at, to)| written::link(at, to)),
            InProcess::Place(placement) => place::place(&self.plan.directory, placement),
            InProcess::Embed(embedding) => archive::embed(&self.plan.directory, embedding),
            InProcess::Expect(imports) => self.expect(imports),
        }
    }

    /// In-tree, before make: last time's modules go from where Python finds them. make links those that it still
    /// builds again; one that it has dropped must not stay, and pass for today's.
    fn withdraw_tree_modules(&self) -> Result<()> {
        let expected = self.plan.steps.iter().find_map(|step| match &step.action {
            Action::InProcess(InProcess::Expect(imports)) => Some(imports),
            _ => None,
        });
        let directory = &self.plan.directory;
        let Some(imports) = expected.filter(|_| directory.join("pybuilddir.txt").is_file()) else {
            return Ok(());
        };
        let configured = Configured::read(directory)?;
        let library = configured.library(directory)?;
        for import in imports {
            let file = library.join(format!("{import}{}", configured.ext_suffix));
            if fs::symlink_metadata(&file).is_ok() {
                fs::remove_file(&file).on("remove", &file)?;
            }
        }
        Ok(())
    }

    /// In-tree: the silent loss of a Rust module is what upstream intends where cargo is missing.
    fn expect(&self, imports: &[String]) -> Result<()> {
        let configured = Configured::read(&self.plan.directory)?;
        let library = configured.library(&self.plan.directory)?;
        for import in imports {
            let file = library.join(format!("{import}{}", configured.ext_suffix));
            if !file.exists() {
                return Err(Error::new(
                    Exit::NotRust,
                    "module-dropped",
                    format!("make ended well, but without `{import}`"),
                )
                .detail("wanted", file.display())
                .detail("log", self.plan.log(StepId::Make).display())
                .detail(
                    "likely",
                    "configure or make dropped the Rust modules (HAVE_CARGO, a failed import)",
                )
                .next("just build --clean"));
            }
        }
        Ok(())
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
