//! Debug information that is not in the artefact itself.

use std::fmt;
use std::path::PathBuf;

/// Where debug information is when it is not in the artefact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Separate {
    /// A file named by `.gnu_debuglink`; not followed.
    DebugLink(String),
    /// A `.dwo` file (split DWARF), named by the unit; not followed.
    Split(String),
    /// The object files of a Mach-O debug map, of which this is one; not followed.
    DebugMap(String),
    /// A dSYM bundle that belongs to another build of the file.
    ForeignDsym(PathBuf),
}

impl Separate {
    pub(super) fn id(&self) -> &'static str {
        match self {
            Self::DebugLink(_) => "debug-link",
            Self::Split(_) => "split-debug-info",
            Self::DebugMap(_) => "debug-map",
            Self::ForeignDsym(_) => "foreign-dsym",
        }
    }

    pub(super) fn likely(&self) -> &'static str {
        match self {
            Self::DebugLink(_) => {
                "a packaging step stripped the module; debug links are not followed, since nothing \
                 ties that file to what Python loaded: examine the module before it is stripped"
            }
            Self::Split(_) => {
                "the build splits its debug information; set `split-debuginfo = \"off\"` in the \
                 cargo profile"
            }
            Self::DebugMap(_) => {
                "cargo leaves it there on macOS; set `split-debuginfo = \"packed\"` in the cargo \
                 profile, and keep the .dSYM beside the module"
            }
            Self::ForeignDsym(_) => "a stale dSYM; remove it and build the module again",
        }
    }
}

impl fmt::Display for Separate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DebugLink(name) => {
                write!(f, "its debug information is in another file, {name}")
            }
            Self::Split(name) => write!(f, "its debug information is split off into {name}"),
            Self::DebugMap(object) => {
                write!(
                    f,
                    "its debug information is still in the object files ({object})"
                )
            }
            Self::ForeignDsym(path) => {
                write!(
                    f,
                    "{} belongs to another build (its UUID differs)",
                    path.display()
                )
            }
        }
    }
}
