//! From a finished build to an answer: prove that the module is Rust, run its tests, count the calls.

mod driver;
mod prove;
mod report;
mod run;
mod selection;

pub use driver::{Driver, Loaded, RunResult};
pub use prove::{Proof, Proven, prove};
pub use report::{FileReport, Group, Report, Seconds, SourceReport, render};
pub use run::{TestRequest, command, run};
pub use selection::{Role, TestFile, select};
