//! What `sprint build` and `sprint test` do by themselves: restore where nothing is built yet, save after a build from
//! nothing. Neither ever fails a build: what goes wrong is a warning, and the build goes on.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::find::{self, Found};
use super::restore::{self, Restoring};
use super::stores::{self, Place};
use crate::build::{self, BuildPlan, Outcome, StepId};
use crate::count;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// The variable that turns it off (`off`), or lets it only read (`read`).
pub const VARIABLE: &str = "SPRINT_SNAPSHOT";

/// What snapshots had to do with a build.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Used {
    /// Nothing: it was built before.
    #[default]
    NotNeeded,
    /// Nothing: they are turned off.
    Off,
    /// There was none.
    Missed,
    /// One of exactly this build was restored.
    Exact(Restored),
    /// One of the same build without the edits was restored.
    Base(Restored),
}

/// A snapshot that was restored.
#[derive(Clone, Debug, PartialEq)]
pub struct Restored {
    /// Where it was.
    pub place: String,
    /// Who signed it.
    pub signer: String,
    /// Wall clock.
    pub seconds: f64,
    /// Of its archive.
    pub bytes: u64,
}

impl Used {
    /// As JSON has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotNeeded => "unneeded",
            Self::Off => "off",
            Self::Missed => "miss",
            Self::Exact(_) => "hit",
            Self::Base(_) => "base",
        }
    }

    /// What was restored, if anything.
    pub fn restored(&self) -> Option<&Restored> {
        match self {
            Self::Exact(restored) | Self::Base(restored) => Some(restored),
            _ => None,
        }
    }
}

/// Restores the build directory if nothing is built in it and a store has it. The caller holds its lock.
pub fn restore_if_unbuilt(
    what: &Restoring<'_>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Used> {
    if setting(what.host) == Some("off") {
        return Ok(Used::Off);
    }
    if !build::is_unbuilt(what.plan) {
        return Ok(Used::NotNeeded);
    }
    let started = Instant::now();
    let mut attempt = Attempt {
        what,
        places: match find::places(what.host, None) {
            Ok(places) => places,
            Err(error) => {
                warn(progress, &error);
                return Ok(Used::Missed);
            }
        },
        progress,
        interrupt,
    };
    let exact = attempt.first(&what.plan.key())?;
    let (found, is_base) = match exact {
        Some(found) => (Some(found), false),
        None => (attempt.first(&what.plan.base_key())?, true),
    };
    let Some(found) = found else {
        return Ok(Used::Missed);
    };
    let place = match &found.place {
        Place::Directory(path) if Some(path) == stores::local(what.host).as_ref() => {
            "the local store".to_owned()
        }
        place => place.to_string(),
    };
    let restored = Restored {
        place,
        signer: found.signer.name.clone(),
        bytes: found.manifest.archive.size,
        seconds: started.elapsed().as_secs_f64(),
    };
    let note = format!(
        "from {}, signed by {}{}",
        restored.place,
        restored.signer,
        if is_base {
            "; what you edited is built now"
        } else {
            ""
        }
    );
    progress.done("snapshot", Duration::from_secs_f64(restored.seconds), &note);
    Ok(if is_base {
        Used::Base(restored)
    } else {
        Used::Exact(restored)
    })
}

struct Attempt<'a> {
    what: &'a Restoring<'a>,
    places: Vec<Place>,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
}

impl Attempt<'_> {
    /// Restores from the first store that has this key and whose content is right. A store that cannot be read is
    /// not asked again.
    fn first(&mut self, key: &str) -> Result<Option<Found>> {
        let mut position = 0;
        while let Some(place) = self.places.get(position).cloned() {
            match self.one(&place, key) {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => position += 1,
                Err(error) if error.exit() == Exit::Interrupted => return Err(error),
                Err(error) => {
                    warn(self.progress, &error);
                    if error.exit() == Exit::Integrity {
                        position += 1;
                    } else if error.id() == "no-store-program" {
                        // Said once, however many stores need it.
                        self.places
                            .retain(|place| !matches!(place, Place::Remote(_)));
                    } else {
                        self.places.remove(position);
                    }
                }
            }
        }
        Ok(None)
    }

    fn one(&self, place: &Place, key: &str) -> Result<Option<Found>> {
        let temporary = self.what.plan.directory.with_extension("asked");
        let host = self.what.host;
        let Some(found) = find::ask(host, place, key, &temporary, self.interrupt)? else {
            return Ok(None);
        };
        if !restore::is_for(self.what.plan, &found) {
            return Ok(None);
        }
        restore::restore(self.what, &found, self.progress, self.interrupt)?;
        Ok(Some(found))
    }
}

fn warn(progress: &Progress, error: &Error) {
    progress.warn(&format!("no snapshot: {error}"));
    if let Some(next) = error.next_command() {
        progress.warn(&format!("  {next}"));
    }
}

fn setting(host: &Host) -> Option<&str> {
    host.var(VARIABLE)
}

/// Saves a build that was just made from nothing, in a process of its own that nobody waits for. The build's lock must
/// have been given back: the process would inherit it.
pub fn save_later(
    root: &Path,
    host: &Host,
    plan: &BuildPlan,
    outcome: &Outcome,
    source: Option<&str>,
) {
    let from_nothing = [StepId::Configure, StepId::Make]
        .iter()
        .all(|step| outcome.seconds.contains_key(step));
    if !from_nothing || setting(host).is_some() || host.find("zstd").is_none() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut command = Command::new(program);
    command
        .args([
            "snapshot",
            "save",
            "--detached",
            "--profile",
            plan.profile.name(),
        ])
        .args(["--target", plan.target.triple])
        .args(source.into_iter().flat_map(|source| ["--source", source]))
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // A convenience: where no process can be started, the next build from nothing tries again.
    let _ = command.spawn();
}

/// What a process that nobody waits for does first: it leaves its terminal, and takes only what processor time others
/// leave.
pub fn detach() {
    // Both fail only where they are done already.
    let _ = rustix::process::setsid();
    let _ = rustix::process::nice(19);
}

/// One line on what was restored.
pub fn line(used: &Used) -> Option<String> {
    let restored = used.restored()?;
    Some(format!(
        "restored from {} in {}",
        restored.place,
        count::seconds(Duration::from_secs_f64(restored.seconds))
    ))
}
