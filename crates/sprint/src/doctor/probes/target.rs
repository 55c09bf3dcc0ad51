//! `--target`: what another machine's build needs here, as the search for its toolchain found it.

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::finding;
use crate::target::Target;
use crate::toolchain;

pub(in crate::doctor) fn probe(bench: &Bench<'_>, target: &'static Target) -> Seen {
    let mut seen = Seen::default();
    let looked = match toolchain::look(target, bench.host, bench.root) {
        Ok(looked) => looked,
        Err(error) => {
            seen.finding(Finding::new(
                error.id(),
                Severity::Problem,
                Text::new("the search for the toolchain failed: ")
                    .private(error.render(crate::term::Palette::plain())),
                "programs that can be started",
            ));
            return seen;
        }
    };
    let text = Text::new(target.triple);
    seen.fact(
        "target",
        match &looked.toolchain {
            Some(found) => text
                .say(": ")
                .private(&found.compilers.name)
                .say(", run by ")
                .private(found.runner.to_string_lossy()),
            None if target.is_native(bench.host) => text.say(": this machine"),
            None => text.say(": not all of its programs are there"),
        },
    );
    for found in looked.findings {
        seen.finding(converted(found));
    }
    seen
}

fn converted(found: finding::Finding) -> Finding {
    let severity = match found.severity {
        finding::Severity::Problem => Severity::Problem,
        finding::Severity::Warning => Severity::Warning,
        finding::Severity::Info => Severity::Note,
    };
    let private = |text: String| Text::default().private(text);
    Finding::new(
        found.id,
        severity,
        private(found.seen),
        private(found.wanted),
    )
    .fix(private(found.fix))
}
