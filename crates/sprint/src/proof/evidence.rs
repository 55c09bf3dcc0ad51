//! What a successful examination found.

use std::fmt;
use std::path::PathBuf;

/// The container format of an artefact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Linux and the other Unixes.
    Elf,
    /// macOS.
    MachO,
    /// WebAssembly.
    Wasm,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elf => "ELF",
            Self::MachO => "Mach-O",
            Self::Wasm => "wasm",
        })
    }
}

/// What was found in the artefact, for one import name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The file that was examined, as it was given.
    pub artifact: PathBuf,
    /// The init symbol as C spells it: `PyInit__base64`, without Mach-O's underscore.
    pub init_symbol: String,
    /// The compiler in short form: `rustc 1.95.0`.
    pub producer: String,
    /// The compile unit's `DW_AT_producer`, unchanged.
    pub producer_raw: String,
    /// The compile unit's `DW_AT_name`; empty when it has none.
    pub unit: String,
    /// The container format of the artefact.
    pub format: Format,
}
