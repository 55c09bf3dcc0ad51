//! What a snapshot says about the steps of a build, and how that is noted in a restored directory.

use std::collections::BTreeMap;
use std::path::Path;

use super::plan::{BuildPlan, StepId};
use super::state::State;
use crate::error::Result;

/// Has make never succeeded here? Then nothing is lost if a snapshot takes the directory's place.
pub fn is_unbuilt(plan: &BuildPlan) -> bool {
    !plan.program().is_file() || !State::load(&plan.directory).was_done(StepId::Make)
}

/// The steps that are done, with the digests of their inputs; `None` unless all of them are, with today's inputs.
pub fn finished_steps(plan: &BuildPlan) -> Option<BTreeMap<String, String>> {
    let state = State::load(&plan.directory);
    plan.steps
        .iter()
        .filter(|step| matches!(step.action, super::Action::Run(_)))
        .map(|step| {
            state
                .is_done(step)
                .then(|| (step.id.name().to_owned(), step.inputs.digest()))
        })
        .collect()
}

/// Notes in `directory`, which will be the plan's own, that these steps are done, and that it holds the build with this
/// key if that is the plan's. A step whose outputs are not there is left out: it is done again.
pub fn mark_restored(
    plan: &BuildPlan,
    directory: &Path,
    key: &str,
    steps: &BTreeMap<String, String>,
) -> Result<()> {
    let mut state = State::load(directory);
    for step in &plan.steps {
        if let Some(inputs) = steps.get(step.id.name()) {
            state.restored(step, inputs, &plan.directory, directory);
        }
    }
    state.save()?;
    let is_whole = plan
        .steps
        .iter()
        .filter(|step| matches!(step.action, super::Action::Run(_)))
        .all(|step| state.inputs_of(step.id) == Some(step.inputs.digest().as_str()));
    if is_whole && key == plan.key() {
        plan.record().save(directory)?;
    }
    Ok(())
}
