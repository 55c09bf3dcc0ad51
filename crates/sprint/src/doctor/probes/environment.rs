//! Variables that change what is built, or with what, behind a person's back.

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;

/// Variables that configure and the compilers read. A build with them is another build.
const CHANGE_THE_BUILD: [&str; 8] = [
    "CONFIG_SITE",
    "CFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "LIBS",
    "RUSTFLAGS",
    "CPATH",
    "LIBRARY_PATH",
];

/// Variables that the kit takes out of the environment of its children.
const TAKEN_OUT: [&str; 4] = ["CARGO_TARGET_DIR", "MAKEFLAGS", "PYTHONHOME", "PYTHONPATH"];

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    for name in CHANGE_THE_BUILD {
        if let Some(value) = bench.host.var(name) {
            seen.finding(
                Finding::new(
                    "build-variable-set",
                    Severity::Warning,
                    Text::new(name).say(" is set: ").private(value),
                    "not set, unless you mean it: yours is another build than everybody's",
                )
                .fix(Text::new("unset ").say(name)),
            );
        }
    }
    for name in TAKEN_OUT {
        if bench.host.var(name).is_some() {
            seen.finding(Finding::new(
                "variable-ignored",
                Severity::Note,
                Text::new(name).say(" is set; the kit takes it out for its builds and tests"),
                "not set, if you also call make or cargo by hand",
            ));
        }
    }
    if bench.host.var("CONDA_PREFIX").is_some() {
        seen.finding(
            Finding::new(
                "conda-active",
                Severity::Warning,
                "a conda environment is active: its headers and libraries come before the system's",
                "none",
            )
            .fix("conda deactivate"),
        );
    }
    seen
}
