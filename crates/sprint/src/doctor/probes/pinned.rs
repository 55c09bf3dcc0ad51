//! Does everything that repeats a pin agree with pins.toml?

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::pins::{self, Pins};

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let Some(pins) = bench.pins else {
        let said = Pins::load(bench.root).err().map(|error| error.to_string());
        seen.finding(
            Finding::new(
                "pins-unreadable",
                Severity::Problem,
                Text::default().private(said.unwrap_or_default()),
                "a pins.toml that can be read",
            )
            .fix("sprint pins check shows the line; git checkout pins.toml takes it back"),
        );
        return seen;
    };
    match pins::check(bench.root, pins) {
        Ok(findings) => {
            let wrong = findings.iter().filter(|one| one.is_problem()).count();
            if wrong > 0 {
                seen.finding(
                    Finding::new(
                        "pins-disagree",
                        Severity::Warning,
                        Text::default()
                            .number(wrong as u64)
                            .say(" places repeat another value than pins.toml"),
                        "none",
                    )
                    .fix("just pins sync"),
                );
            }
        }
        Err(error) => seen.finding(Finding::new(
            "pins-unchecked",
            Severity::Warning,
            Text::new("the pins cannot be compared: ").private(error.to_string()),
            "a checkout that git can read",
        )),
    }
    seen
}
