//! Runs the test files, as many at once as there are processors, each in a process of its own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::driver::{self, Driver, RunResult};
use super::known;
use super::prove::{self, Proven};
use super::report::FileReport;
use super::selection::{Role, TestFile};
use crate::build::BuildPlan;
use crate::error::{Error, IoContext, Result};
use crate::exec::{self, CommandLine, Stop};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::module::Module;
use crate::progress::{Progress, Working};

/// regrtest's exit code when it was told to run tests and none matched.
const NO_TESTS_RAN: i32 = 4;

/// What is run, and how.
#[derive(Debug)]
pub struct TestRequest<'a> {
    /// The build.
    pub plan: &'a BuildPlan,
    /// The module under test.
    pub module: &'a Module,
    /// The driver, for the interpreter under test.
    pub driver: &'a Driver,
    /// What was proven; empty for a baseline.
    pub proven: &'a Proven,
    /// The machine.
    pub host: &'a Host,
    /// The files.
    pub files: &'a [TestFile],
    /// Hunt reference leaks.
    pub refleaks: bool,
    /// What the person wants regrtest to be told besides.
    pub args: &'a [String],
}

/// Runs all files. The reports are in the order of the files.
pub fn run(
    request: &TestRequest<'_>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Vec<FileReport>> {
    let next = AtomicUsize::new(0);
    let abandoned = AtomicBool::new(false);
    let reports: Mutex<Vec<Option<Result<FileReport>>>> =
        Mutex::new(request.files.iter().map(|_| None).collect());
    let started = Instant::now();
    let workers = request.host.cpus.min(request.files.len()).max(1);
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(file) = request.files.get(index) else {
                            return;
                        };
                        let stop = Stop {
                            interrupt,
                            abandoned: &abandoned,
                        };
                        let report = run_one(request, index, file, &stop);
                        if report.is_err() {
                            abandoned.store(true, Ordering::Relaxed);
                        }
                        reports.lock().unwrap_or_else(PoisonError::into_inner)[index] =
                            Some(report);
                    }
                })
            })
            .collect();
        while handles.iter().any(|handle| !handle.is_finished()) {
            std::thread::sleep(Duration::from_millis(5));
            let at = next.load(Ordering::Relaxed).clamp(1, request.files.len());
            let at = format!(
                "{} of {}",
                at,
                crate::count::count(request.files.len() as u64, "file")
            );
            progress.working(&[Working {
                title: "tests".to_owned(),
                elapsed: started.elapsed(),
                expected: None,
                at,
            }]);
        }
    });
    progress.clear();
    interrupt.check("the tests")?;
    let reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    // The first error in order of time has stopped the others; theirs only say that they were stopped.
    let mut done = Vec::new();
    for report in reports.into_iter().flatten() {
        done.push(report?);
    }
    Ok(done)
}

fn run_one(
    request: &TestRequest<'_>,
    index: usize,
    file: &TestFile,
    stop: &Stop<'_>,
) -> Result<FileReport> {
    let plan = request.plan;
    let result = plan
        .corner()
        .join(format!("result-{}-{index}.json", std::process::id()));
    let log = log_of(plan, file);
    std::fs::write(&log, b"").on("write", &log)?;
    let line = command(request, file, &result);
    let finished = exec::run(&line, request.host.env(), &log, stop, &|_| {})?;
    let Some(outcome) = driver::read::<RunResult>(&result)? else {
        return Ok(FileReport::crashed(
            file,
            log,
            finished.status.to_string(),
            finished.elapsed,
        ));
    };
    prove::confirm(request.proven, &file.name, &outcome.loaded)?;
    if file.role == Role::Bound && outcome.bound.is_empty() {
        return Err(Error::bug(format!(
            "{} ran bound, but nothing was bound",
            file.name
        )));
    }
    let calls = outcome
        .rust_calls
        .as_ref()
        .map(|calls| calls.values().sum());
    let nothing_selected =
        outcome.run == 0 && outcome.exit_code == NO_TESTS_RAN && !request.args.is_empty();
    let entries = known::of(plan.target.triple, &file.name)?;
    let whole = request.args.is_empty();
    let sorted = known::sort(&entries, outcome.failed, &outcome.failures, whole);
    // A red exit code without a failed test (an import error, a changed environment) is a failure too.
    let unexplained = u64::from(outcome.exit_code != 0 && outcome.failed == 0 && !nothing_selected);
    Ok(FileReport {
        file: file.name.clone(),
        role: file.role,
        run: outcome.run,
        failed: sorted.failed + unexplained,
        skipped: outcome.skipped,
        // Without a proof there is no Rust whose calls could be counted.
        rust_calls: calls.filter(|_| !request.proven.is_empty()),
        rust_calls_note: outcome.rust_calls_note,
        loaded: outcome.loaded.values().any(Option::is_some),
        failures: sorted.failures,
        known: sorted.known,
        unexpected_passes: sorted.passes,
        seconds: finished.elapsed.as_secs_f64(),
        crashed: None,
        log,
    })
}

/// The command that runs one file and leaves its result in `result`.
pub fn command(request: &TestRequest<'_>, file: &TestFile, result: &Path) -> CommandLine {
    let args = regrtest_args(request, file);
    request
        .driver
        .regrtest(&request.module.imports, file.bind.as_deref(), result, &args)
}

fn regrtest_args(request: &TestRequest<'_>, file: &TestFile) -> Vec<String> {
    let mut args = Vec::new();
    if let Some(directory) = &file.directory {
        args.extend([
            "--testdir".to_owned(),
            directory.to_string_lossy().into_owned(),
        ]);
    }
    if request.refleaks {
        args.extend(["-R".to_owned(), "3:3".to_owned()]);
    }
    args.extend(request.args.iter().cloned());
    args.push(file.name.clone());
    args
}

fn log_of(plan: &BuildPlan, file: &TestFile) -> PathBuf {
    let role = match file.role {
        Role::Conformance => "conformance",
        Role::Bound => "bound",
        Role::Area => "area",
    };
    plan.corner().join(format!("{}-{role}.log", file.name))
}
