//! Why an artefact does not count as Rust, in words for a person and ids for a program.

use std::fmt;

use super::evidence::Format;
use super::separate::Separate;

/// Why there is no evidence. `Display` says what was seen; [`Refusal::likely`] says why that
/// usually happens and what to do; [`Refusal::id`] never changes. None of them names the artefact:
/// the caller has its path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The import name has no init symbol of the common form.
    BadName { name: String },
    /// The path is missing, or reading it failed.
    Unreadable { reason: String },
    /// Not an ELF, Mach-O or wasm file; `what` says what it looks like.
    NotNative { what: String },
    /// The right format, of a kind that Python cannot load.
    NotLoadable { format: Format, what: String },
    /// The file contradicts its own format.
    Malformed { format: Format, detail: String },
    /// No usable init symbol; `seen` is what there was in its place.
    NoInit { symbol: String, seen: &'static str },
    /// The init symbol is there but is not a function in executable code.
    InitNotCode { symbol: String, seen: &'static str },
    /// The init symbol is defined twice, at different addresses.
    TwoDefinitions { symbol: String, addresses: [u64; 2] },
    /// The file has no debug information.
    NoDebugInfo { symbol: String },
    /// The debug information is in other files.
    Elsewhere { symbol: String, place: Separate },
    /// The debug information is compressed.
    Compressed {
        section: String,
        method: &'static str,
    },
    /// No compile unit claims the init function; `rustc_units` others in the file are rustc's.
    NoUnit {
        symbol: String,
        address: u64,
        rustc_units: usize,
    },
    /// The compile unit's language is not Rust.
    OtherLanguage {
        symbol: String,
        language: String,
        producer: String,
        unit: String,
    },
    /// The language is Rust, the compiler is not rustc (or does not say).
    OtherCompiler {
        symbol: String,
        producer: String,
        unit: String,
    },
    /// Several compile units that do not agree claim the init function.
    Ambiguous { symbol: String, units: Vec<String> },
    /// A rustc unit claims the beginning of the init function, but not all of it.
    PartlyClaimed { symbol: String, unit: String },
    /// A rustc unit claims the init function, but has no lines for it.
    NoLines { symbol: String, unit: String },
}

/// Letters that a language's name needs `an` before.
const VOWELS: [char; 9] = ['A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'u'];

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName { name } => {
                write!(f, "`{name}` is no name that a native module can have")
            }
            Self::Unreadable { reason } => write!(f, "the file cannot be read: {reason}"),
            Self::NotNative { what } => write!(f, "the file is {what}, not native code"),
            Self::NotLoadable { format, what } => {
                write!(
                    f,
                    "the file is {what} ({format}), which Python cannot have loaded"
                )
            }
            Self::Malformed { format, detail } => write!(f, "a damaged {format} file: {detail}"),
            Self::NoInit { symbol, seen } => write!(f, "{symbol}: {seen}"),
            Self::InitNotCode { symbol, seen } => write!(f, "{symbol} is {seen}, not a function"),
            Self::TwoDefinitions {
                symbol,
                addresses: [a, b],
            } => {
                write!(f, "{symbol} is defined twice, at {a:#x} and at {b:#x}")
            }
            Self::NoDebugInfo { symbol } => {
                write!(
                    f,
                    "{symbol} is there, but no debug information says who compiled it"
                )
            }
            Self::Elsewhere { symbol, place } => write!(f, "{symbol} is there, but {place}"),
            Self::Compressed { section, method } => {
                write!(f, "the section {section} is compressed ({method})")
            }
            Self::NoUnit {
                symbol,
                address,
                rustc_units,
            } => {
                write!(
                    f,
                    "{symbol} (at {address:#x}) comes from code without debug information"
                )?;
                match rustc_units {
                    0 => Ok(()),
                    1 => write!(f, "; the file's one compile unit by rustc does not hold it"),
                    n => write!(f, "; the file's {n} compile units by rustc do not hold it"),
                }
            }
            Self::OtherLanguage {
                symbol,
                language,
                producer,
                ..
            } => {
                let article = if language.starts_with(VOWELS) {
                    "an"
                } else {
                    "a"
                };
                write!(
                    f,
                    "{symbol} comes from {article} {language} compile unit ({producer})"
                )
            }
            Self::OtherCompiler {
                symbol, producer, ..
            } => {
                write!(
                    f,
                    "{symbol} comes from a Rust compile unit, but not rustc's ({producer})"
                )
            }
            Self::Ambiguous { symbol, units } => {
                let (count, list) = (units.len(), units.join(", "));
                write!(f, "{symbol} is claimed by {count} compile units: {list}")
            }
            Self::PartlyClaimed { symbol, unit } => {
                write!(
                    f,
                    "{symbol} lies only partly in the compile unit that claims it ({unit})"
                )
            }
            Self::NoLines { symbol, unit } => {
                write!(
                    f,
                    "the compile unit that claims {symbol} has no lines for it ({unit})"
                )
            }
        }
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// A stable name, in kebab case, for programs.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::BadName { .. } => "bad-name",
            Self::Unreadable { .. } => "unreadable",
            Self::NotNative { .. } => "not-native",
            Self::NotLoadable { .. } => "not-loadable",
            Self::Malformed { .. } => "malformed",
            Self::NoInit { .. } => "no-init",
            Self::InitNotCode { .. } => "init-not-code",
            Self::TwoDefinitions { .. } => "two-definitions",
            Self::NoDebugInfo { .. } => "no-debug-info",
            Self::Elsewhere { place, .. } => place.id(),
            Self::Compressed { .. } => "compressed-debug-info",
            Self::NoUnit { .. } => "no-unit",
            Self::OtherLanguage { .. } => "other-language",
            Self::OtherCompiler { .. } => "other-compiler",
            Self::Ambiguous { .. } => "ambiguous",
            Self::PartlyClaimed { .. } => "partly-claimed",
            Self::NoLines { .. } => "no-lines",
        }
    }

    /// Why this usually happens, and what to change.
    #[must_use]
    pub fn likely(&self) -> &'static str {
        match self {
            Self::BadName { .. } => {
                "give the name as in an import statement, for example `_base64`"
            }
            Self::Unreadable { .. } => "the file was moved or removed after Python loaded it",
            Self::NotNative { .. } => "a Python module of that name comes first on sys.path",
            Self::NotLoadable { .. } => "the path points at a file from the middle of a build",
            Self::Malformed { .. } => "a build or copy was interrupted; build the module again",
            Self::NoInit { .. } => {
                "the file is another module's, or its init function is not exported"
            }
            Self::InitNotCode { .. } | Self::TwoDefinitions { .. } => {
                "the linker was told to bend symbols; look at the module's link arguments"
            }
            Self::NoDebugInfo { .. } | Self::NoUnit { rustc_units: 0, .. } => {
                "a C module, or a crate built or stripped without line tables; for the second, set \
                 `debug = \"line-tables-only\"` and `strip = \"none\"` in its cargo profile"
            }
            Self::Elsewhere { place, .. } => place.likely(),
            Self::Compressed { .. } => {
                "the linker compresses debug sections; link with \
                 `-Wl,--compress-debug-sections=none`, or run `objcopy \
                 --decompress-debug-sections` on the file"
            }
            // The standard library brings line tables of its own, so that a crate built without
            // any looks like a C module with a Rust library inside.
            Self::NoUnit { .. } => {
                "a C module that links Rust code, or a crate built without line tables; for the \
                 second, set `debug = \"line-tables-only\"` in its cargo profile"
            }
            Self::OtherLanguage { .. } => "an old C build is shadowing the module",
            Self::OtherCompiler { .. } => "the crate was built with another compiler than rustc",
            Self::Ambiguous { .. } | Self::PartlyClaimed { .. } | Self::NoLines { .. } => {
                "the debug information was altered after compilation; build the module again"
            }
        }
    }
}
