//! How long the steps of a build will take, as far as that is known.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::plan::{BuildPlan, StepId};
use super::state::State;
use crate::host::Host;
use crate::progress::Working;

/// Two cores' seconds, CPython 3.13.5 in debug (docs/performance.md).
const CONFIGURE: f64 = 24.0;
const MAKE_ON_TWO: f64 = 57.0;

/// What a build from nothing is likely to take on a machine with so many processors.
pub fn from_nothing(host: &Host) -> Duration {
    Duration::from_secs_f64(CONFIGURE + MAKE_ON_TWO * 2.0 / host.cpus as f64)
}

/// What steps are expected to take, by ratios measured with CPython 3.13.5 (docs/performance.md).
pub(super) struct Estimates {
    expected: BTreeMap<StepId, Duration>,
    /// make's seconds per second of configure, which is serial.
    make_per_configure: f64,
}

impl Estimates {
    /// For what was never done in this directory.
    pub(super) fn new(plan: &BuildPlan, host: &Host) -> Self {
        let state = State::load(&plan.directory);
        let make = MAKE_ON_TWO * 2.0 / host.cpus as f64;
        let first = [(StepId::Configure, CONFIGURE), (StepId::Make, make)];
        // A make after an edit is short; only a first one is worth an estimate.
        let expected = first.into_iter().filter(|(id, _)| !state.was_done(*id));
        Self {
            expected: expected
                .map(|(id, seconds)| (id, Duration::from_secs_f64(seconds)))
                .collect(),
            make_per_configure: make / CONFIGURE,
        }
    }

    /// configure has shown how fast this machine is.
    pub(super) fn learn(&mut self, id: StepId, elapsed: Duration) {
        if let (StepId::Configure, Some(make)) = (id, self.expected.get_mut(&StepId::Make)) {
            *make = elapsed.mul_f64(self.make_per_configure);
        }
    }

    /// What goes on now, for the status line.
    pub(super) fn jobs(
        &self,
        running: &BTreeMap<StepId, Instant>,
        at: &Mutex<BTreeMap<StepId, String>>,
    ) -> Vec<Working> {
        let at = at.lock().unwrap_or_else(PoisonError::into_inner);
        running
            .iter()
            .map(|(id, since)| Working {
                title: id.name().to_owned(),
                elapsed: since.elapsed(),
                expected: self.expected.get(id).copied(),
                at: at.get(id).cloned().unwrap_or_default(),
            })
            .collect()
    }
}
