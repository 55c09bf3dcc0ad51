//! Which CPython a build would use, and whether that tree can be built out of tree.

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::source::{self, Kind};

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let Some(pins) = bench.pins else {
        return seen;
    };
    let glance = match source::glance(bench.root, pins) {
        Ok(glance) => glance,
        Err(error) => {
            seen.finding(
                Finding::new(
                    error.id(),
                    Severity::Problem,
                    Text::default().private(error.to_string()),
                    "a choice that just source wrote",
                )
                .fix("just source release"),
            );
            return seen;
        }
    };
    let line = match (glance.kind, glance.present) {
        (Kind::Release, true) => Text::new("the release, unpacked"),
        (Kind::Release, false) => Text::new("the release, not unpacked yet"),
        (Kind::Fork, true) => Text::new("the fork"),
        (Kind::Fork, false) => Text::new("the fork, not initialised"),
        (Kind::Path, _) => Text::new("a checkout at ").private(glance.root.to_string_lossy()),
    };
    seen.fact("source", line);
    if !glance.present && glance.kind != Kind::Release {
        seen.finding(
            Finding::new(
                "source-absent",
                Severity::Problem,
                Text::new("there is no configure in ").private(glance.root.to_string_lossy()),
                "a CPython tree",
            )
            .fix(match glance.kind {
                Kind::Fork => "just source fork",
                _ => "just source release",
            }),
        );
    }
    // make takes headers and objects of such a build for its own.
    let leftovers = ["Makefile", "pyconfig.h", "python"];
    if leftovers
        .iter()
        .any(|name| glance.root.join(name).is_file())
    {
        seen.finding(
            Finding::new(
                "source-built-in",
                Severity::Problem,
                Text::new("CPython was built inside ").private(glance.root.to_string_lossy()),
                "a clean tree: the kit builds beside it, and make refuses to mix the two",
            )
            .fix(
                Text::new("make -C ")
                    .private(crate::exec::quote(&glance.root.to_string_lossy()))
                    .say(" distclean"),
            ),
        );
    }
    seen
}
