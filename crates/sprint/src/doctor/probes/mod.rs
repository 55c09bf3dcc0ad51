//! The probes, in groups that run beside each other: one file a group.

mod clang;
mod clock;
mod compiler;
mod environment;
mod files;
mod host;
mod leftovers;
mod locale;
mod nix;
mod permissions;
mod pinned;
mod rust;
mod sccache;
mod source;
mod system;
mod target;

use super::bench::Bench;
use super::finding::Seen;

pub(crate) use system::debian_packages;
pub(super) use target::probe as target;

/// A group.
pub(super) type Probe = fn(&Bench<'_>) -> Seen;

/// All groups, in the order in which their facts are shown.
pub(super) const GROUPS: [(&str, Probe); 15] = [
    ("host", host::probe),
    ("nix", nix::probe),
    ("rust", rust::probe),
    ("compiler", compiler::probe),
    ("clang", clang::probe),
    ("sccache", sccache::probe),
    ("source", source::probe),
    ("system", system::probe),
    ("permissions", permissions::probe),
    ("files", files::probe),
    ("clock", clock::probe),
    ("locale", locale::probe),
    ("environment", environment::probe),
    ("leftovers", leftovers::probe),
    ("pins", pinned::probe),
];
