//! What earlier runs did in a build directory, so that a run does only what is left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::plan::{Step, StepId, corner};
use crate::atomic;
use crate::error::Result;

/// One finished step.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Done {
    inputs: String,
    seconds: f64,
    /// Size and time (ns) of each output, so that a file changed behind our back is noticed.
    outputs: Vec<(u64, u128)>,
}

/// The steps that are done, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    steps: BTreeMap<String, Done>,
    #[serde(skip)]
    file: PathBuf,
}

impl State {
    /// Reads the state; one that cannot be read counts as none, since every step can be done again.
    pub(super) fn load(directory: &Path) -> Self {
        let file = corner(directory).join("state.json");
        let read = std::fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        Self {
            file,
            ..read.unwrap_or_default()
        }
    }

    /// Is this step done, with these inputs and its outputs untouched since?
    pub(super) fn is_done(&self, step: &Step) -> bool {
        self.steps.get(step.id.name()).is_some_and(|done| {
            done.inputs == step.inputs.digest() && Some(&done.outputs) == stamps(step).as_ref()
        })
    }

    /// Was it done once, with whatever inputs?
    pub(super) fn was_done(&self, id: StepId) -> bool {
        self.steps.contains_key(id.name())
    }

    /// The digest of the inputs it was last done with.
    pub(super) fn inputs_of(&self, id: StepId) -> Option<&str> {
        self.steps.get(id.name()).map(|done| done.inputs.as_str())
    }

    /// Forgets a step, before it is done again.
    pub(super) fn forget(&mut self, id: StepId) -> Result<()> {
        if self.steps.remove(id.name()).is_some() {
            self.save()
        } else {
            Ok(())
        }
    }

    /// Records a finished step. `false` if an output is missing.
    pub(super) fn record(&mut self, step: &Step, elapsed: Duration) -> Result<bool> {
        let Some(outputs) = stamps(step) else {
            return Ok(false);
        };
        let done = Done {
            inputs: step.inputs.digest(),
            seconds: elapsed.as_secs_f64(),
            outputs,
        };
        self.steps.insert(step.id.name().to_owned(), done);
        self.save().map(|()| true)
    }

    /// Notes a step as done elsewhere, with these inputs; its outputs are below `at` instead of `home`, for now.
    pub(super) fn restored(&mut self, step: &Step, inputs: &str, home: &Path, at: &Path) {
        let moved: Option<Vec<PathBuf>> = step
            .outputs
            .iter()
            .map(|output| Some(at.join(output.strip_prefix(home).ok()?)))
            .collect();
        if let Some(outputs) = moved.and_then(|outputs| stamps_of(step.id, &outputs)) {
            let done = Done {
                inputs: inputs.to_owned(),
                seconds: 0.0,
                outputs,
            };
            self.steps.insert(step.id.name().to_owned(), done);
        }
    }

    pub(super) fn save(&self) -> Result<()> {
        let text = serde_json::to_vec(self)
            .map_err(|error| crate::error::Error::bug(error.to_string()))?;
        atomic::write(&self.file, &text)
    }
}

fn stamps(step: &Step) -> Option<Vec<(u64, u128)>> {
    stamps_of(step.id, &step.outputs)
}

fn stamps_of(id: StepId, outputs: &[PathBuf]) -> Option<Vec<(u64, u128)>> {
    outputs
        .iter()
        .map(|path| {
            let data = path.metadata().ok()?;
            // make may write these again by itself (`config.status`); what decided them is in the inputs.
            if id == StepId::Configure {
                return Some((0, 0));
            }
            let modified = data
                .modified()
                .ok()?
                .duration_since(std::time::UNIX_EPOCH)
                .ok()?;
            Some((data.len(), modified.as_nanos()))
        })
        .collect()
}
