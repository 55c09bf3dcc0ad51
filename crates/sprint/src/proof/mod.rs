//! Proof of Rust: does the init symbol of the file that Python loaded lie in a compile unit that
//! rustc produced?
//!
//! [`examine`] answers for one artefact and one import name, with [`Evidence`] or a typed
//! [`Refusal`]. The rules:
//!
//! * The init symbol (`PyInit_NAME`, or PEP 793's `PyModExport_NAME`; when a file has both, both
//!   must pass, since which one Python calls depends on its version) is found as the dynamic loader
//!   would find it: defined, exported, a plain function, in executable code.
//! * Every compile unit of the file is asked whether it claims the function's addresses. Exactly
//!   one kind of owner is accepted: a unit with the language Rust *and* a producer of rustc's form,
//!   whose line table agrees. A second claimant that says anything else makes the answer a refusal,
//!   never a choice.
//! * Strings that speak for a whole file (`.comment`, wasm's `producers`), build flags, file names
//!   and `.debug_aranges` (an index that can be stale) are never evidence.
//! * Address ranges that leave the function's own section are ignored: a linker leaves the ranges
//!   of functions that it dropped at address 0 or thereabouts, and such a range can reach over real
//!   code.
//! * Whatever cannot be read is a refusal: there is no benefit of the doubt.
//!
//! What this does not show: that the code *behind* the init function is Rust (a Rust init function
//! may call into C), or that nobody forged the DWARF by hand. It catches mistakes and shadowing,
//! not a determined liar. Calls into Rust are counted elsewhere.

mod debug;
mod elf;
mod evidence;
mod examine;
mod init;
mod macho;
mod producer;
mod refusal;
mod root;
mod separate;
#[cfg(test)]
mod tests;
mod unit;
mod wasm;

pub use evidence::{Evidence, Format};
pub use examine::examine;
pub use refusal::Refusal;
pub use separate::Separate;
