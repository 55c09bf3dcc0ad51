//! From a finished build to an answer: prove that the module is Rust, run its tests, count the calls.

mod driver;
mod known;
mod prove;
mod render;
mod report;
mod run;
mod selection;
mod table;

pub use driver::{Driver, Loaded, RunResult};
pub use known::Known;
pub use prove::{Proof, Proven, prove};
pub use render::render;
pub use report::{FileReport, Group, Report, Seconds, SourceReport};
pub use run::{TestRequest, command, run};
pub use selection::{Role, TestFile, select};
pub use table::{Row, all_json, table};
