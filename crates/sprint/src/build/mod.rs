//! One build: source × target × profile, planned as data, then run.

mod baseline;
mod clean_up;
mod compiler;
mod configured;
mod estimates;
mod execute;
mod failure;
mod in_tree;
mod inputs;
mod missing;
mod overlay;
mod place;
mod plan;
mod state;

pub use baseline::prepare as prepare_baseline;
pub use compiler::chosen as chosen_compiler;
pub use configured::Configured;
pub use execute::{Outcome, execute};
pub use inputs::Inputs;
pub use missing::Missing;
pub use plan::{Action, BuildPlan, InProcess, Request, Step, StepId, unusable, wipe};
