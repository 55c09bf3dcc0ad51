//! Real modules and real impostors, made on the spot with the machine's own compilers.

mod foreign;
mod forge;
mod inputs;
mod macho;
mod mutations;
mod wasm;
mod workshop;

mod elf_foreign;
#[cfg(target_os = "linux")]
mod elf_genuine;
#[cfg(target_os = "linux")]
mod elf_impostors;
#[cfg(target_os = "linux")]
mod elf_symbols;
#[cfg(target_os = "linux")]
mod elf_units;

use std::path::Path;

use super::{Evidence, Refusal, examine};

/// The evidence that `path` holds a Rust `_base64`, which it must.
#[track_caller]
fn accepted(path: &Path) -> Evidence {
    match examine(path, "_base64") {
        Ok(evidence) => evidence,
        Err(refusal) => panic!("{}: [{}] {refusal}", path.display(), refusal.id()),
    }
}

/// The refusal of `path`, which must have this id; its words must be there.
#[track_caller]
fn refused(path: &Path, id: &str) -> Refusal {
    match examine(path, "_base64") {
        Ok(evidence) => panic!("accepted, should be {id}: {evidence:?}"),
        Err(refusal) => {
            assert_eq!(refusal.id(), id, "{}: {refusal}", path.display());
            assert!(!refusal.to_string().is_empty() && !refusal.likely().is_empty());
            refusal
        }
    }
}
