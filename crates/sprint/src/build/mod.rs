//! One build: source × target × profile, planned as data, then run.

mod archive;
mod baseline;
mod clean_up;
mod compile;
mod compiler;
mod configured;
mod cross;
mod estimates;
mod execute;
mod failure;
mod in_tree;
mod inputs;
mod landmark;
mod missing;
mod overlay;
mod pathless;
mod place;
mod plan;
mod record;
mod restored;
mod state;

pub use archive::Embedding;
pub use baseline::prepare as prepare_baseline;
pub use compiler::chosen as chosen_compiler;
pub use configured::Configured;
pub use cross::CrossBuild;
pub use estimates::from_nothing;
pub use execute::{Outcome, execute};
pub use inputs::Inputs;
pub use missing::Missing;
pub use pathless::PLACE;
pub use plan::{Action, BuildPlan, InProcess, Request, Step, StepId, check_path, unusable, wipe};
pub use record::{Difference, Record};
pub use restored::{finished_steps, is_unbuilt, mark_restored};
