//! Is the locale that the environment asks for installed, and does it speak UTF-8?

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let asked = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| bench.host.var(name));
    let answer = bench.run(&bench.line("locale").args(["charmap"]));
    let Some(charmap) = answer.good() else {
        // musl and macOS do without that program, or print nothing.
        return seen;
    };
    let complained = answer.words().contains("Cannot set");
    if complained {
        seen.finding(
            Finding::new(
                "locale-not-installed",
                Severity::Warning,
                Text::new("the environment asks for a locale that is not installed: ")
                    .private(asked.unwrap_or_default()),
                "an installed one, or C.UTF-8, which always is",
            )
            .fix("export LC_ALL=C.UTF-8"),
        );
    } else if asked.is_some_and(|name| name != "C" && name != "POSIX") && charmap.trim() != "UTF-8"
    {
        seen.finding(
            Finding::new(
                "locale-not-utf8",
                Severity::Warning,
                Text::new("the locale's character set is ").private(charmap.trim()),
                "UTF-8: tests of CPython that name files expect it",
            )
            .fix("export LC_ALL=C.UTF-8"),
        );
    }
    seen
}
