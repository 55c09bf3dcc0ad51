//! What a run of a plan did.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::missing::Missing;
use super::plan::StepId;
use super::timings::Span;
use crate::cache;
use crate::snapshot::Used;

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Seconds of the steps that were really done.
    pub seconds: BTreeMap<StepId, f64>,
    /// Optional modules that make could not build; only known where make ran.
    pub missing: Vec<Missing>,
    /// What snapshots had to do with it.
    pub snapshot: Used,
    /// The same with the time each began, for a picture.
    pub spans: Vec<Span>,
    /// When it all began.
    pub begun: Option<SystemTime>,
    /// What the compile cache did, where make ran.
    pub compile: cache::Outcome,
}

impl Outcome {
    /// Nothing had to be done.
    pub fn was_up_to_date(&self) -> bool {
        self.seconds.is_empty() && self.snapshot.restored().is_none()
    }
}
