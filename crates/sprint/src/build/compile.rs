//! The compile cache around make: started beside configure, counted afterwards.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::pathless;
use super::plan::{BuildPlan, Step, StepId};
use super::state::State;
use crate::cache::{CompileCache, Outcome, RoomPart, launcher};
use crate::count;
use crate::error::{IoContext, Result};
use crate::exec::CommandLine;
use crate::host::Host;
use crate::progress::Progress;

/// A server that is starting, running or was never asked for.
#[derive(Debug, Default)]
pub(super) struct Compile {
    starting: Mutex<Option<JoinHandle<Started>>>,
    running: Mutex<Option<CompileCache>>,
    outcome: Mutex<Outcome>,
}

type Started = std::result::Result<CompileCache, String>;

impl Compile {
    /// Has the server started if make will run.
    pub(super) fn new(
        plan: &BuildPlan,
        host: &Host,
        steps: &[&Step],
        state: &Mutex<State>,
    ) -> Self {
        let state = locked(state);
        let make = steps.iter().find(|step| step.id == StepId::Make);
        let starting = make.filter(|step| !state.is_done(step)).map(|_| {
            let (host, root) = (host.clone(), plan.root.clone());
            std::thread::spawn(move || CompileCache::start(&host, &root))
        });
        Self {
            starting: Mutex::new(starting),
            ..Self::default()
        }
    }

    /// The make command with the cache before its compiler; `None` if there is none.
    pub(super) fn around(
        &self,
        line: &CommandLine,
        corner: &Path,
        progress: &Progress,
    ) -> Result<Option<CommandLine>> {
        for file in [launcher::failure_file(corner), launcher::calls_file(corner)] {
            if file.exists() {
                fs::remove_file(&file).on("remove", &file)?;
            }
        }
        let Some(starting) = locked(&self.starting).take() else {
            return Ok(None);
        };
        let started = starting
            .join()
            .unwrap_or_else(|_| Err("starting it panicked".to_owned()));
        let cache = match started {
            Ok(cache) => cache,
            Err(reason) => {
                progress.say(&format!("compile cache: off, {reason}"));
                locked(&self.outcome).reason = Some(reason);
                return Ok(None);
            }
        };
        // The program that is running now: make is to call the same.
        let Ok(kit) = std::env::current_exe() else {
            return Ok(None);
        };
        match cache.room() {
            RoomPart::None => {}
            RoomPart::Used => {
                progress.say("compile cache: with the room's objects, which are not signed");
            }
            RoomPart::Away(reason) => progress.warn(&format!(
                "compile cache: without the room's objects, {reason}"
            )),
        }
        let (before, env) = cache.wrap(&kit, corner);
        let mut line = line.clone();
        for word in &mut line.args {
            if word == pathless::CC {
                *word = format!("CC={before} {}", &pathless::CC["CC=".len()..]);
            }
        }
        line.env.extend(env);
        *locked(&self.running) = Some(cache);
        Ok(Some(line))
    }

    /// Counts what it did. Returns that in words.
    pub(super) fn end(&self, host: &Host, corner: &Path, progress: &Progress) -> String {
        let Some(cache) = locked(&self.running).take() else {
            return String::new();
        };
        let outcome = cache.finish(host, corner);
        if let Some(reason) = &outcome.reason {
            progress.warn(&format!(
                "the compile cache failed, compiled without it: {reason}"
            ));
        }
        let note = match outcome.hits + outcome.misses {
            0 => String::new(),
            all => format!(
                "{} of {} compiled before",
                count::grouped(outcome.hits),
                count::count(all, "file")
            ),
        };
        *locked(&self.outcome) = outcome;
        note
    }

    /// What it did.
    pub(super) fn outcome(&self) -> Outcome {
        locked(&self.outcome).clone()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
