//! Does sccache answer, and does it give back what it stored? Tried with a server and a cache of the
//! probe's own: the person's server is neither started nor asked.

use std::fs;

use crate::build::chosen_compiler;
use crate::doctor::bench::{Bench, Child};
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::exec::CommandLine;
use crate::remedy::Part;

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let Some(program) = bench.host.find("sccache") else {
        seen.fact("sccache", "none");
        seen.finding(
            Finding::new(
                "sccache-missing",
                Severity::Note,
                "no sccache on PATH: compilations are not remembered between clones",
                "sccache",
            )
            .fix(Part::Sccache.remedy(bench.host)),
        );
        return seen;
    };
    match round_trip(bench, &program.to_string_lossy()) {
        Ok(()) => {
            let answer = bench.run(&private(bench, &program.to_string_lossy()).args(["--version"]));
            let version = answer
                .good()
                .and_then(|text| text.split_whitespace().find_map(|word| word.parse().ok()));
            seen.fact(
                "sccache",
                match version {
                    Some(version) => Text::default()
                        .version(version)
                        .say(" stored and found an object"),
                    None => Text::new("stored and found an object"),
                },
            );
        }
        Err(reason) => {
            seen.fact("sccache", "does not work");
            seen.finding(
                Finding::new(
                    "sccache-broken",
                    Severity::Warning,
                    Text::new("sccache did not give back what it stored: ").private(reason),
                    "the second of two equal compilations is a hit",
                )
                .fix(Part::Sccache.remedy(bench.host)),
            );
        }
    }
    seen
}

/// sccache with a server of the probe's own, which ends by itself.
fn private(bench: &Bench<'_>, program: &str) -> CommandLine {
    let path = |name: &str| {
        bench
            .scratch
            .path()
            .join(name)
            .to_string_lossy()
            .into_owned()
    };
    bench
        .line(program)
        .env("SCCACHE_SERVER_UDS", path("s"))
        .env("SCCACHE_DIR", path("c"))
        .env("SCCACHE_CONF", path("none"))
        .env("SCCACHE_IDLE_TIMEOUT", "10")
}

fn round_trip(bench: &Bench<'_>, program: &str) -> Result<(), String> {
    let chosen = chosen_compiler(bench.host).ok_or("there is no C compiler to try it with")?;
    let source = bench.scratch.path().join("cached.c");
    fs::write(&source, "int cached(void) { return 1; }\n").map_err(|error| error.to_string())?;
    let compile = |object: &str| {
        let line = private(bench, program)
            .args(shlex::split(&chosen).unwrap_or_else(|| vec![chosen.clone()]))
            .args(["-c", "cached.c", "-o", object]);
        bench.run(&line)
    };
    let result = ["one.o", "two.o"]
        .into_iter()
        .map(compile)
        .find(|child| child.good().is_none());
    // Who hangs once is not asked again.
    if let Some(hung @ Child::Hung) = &result {
        return Err(hung.words());
    }
    let counted = bench.run(&private(bench, program).args(["--show-stats", "--stats-format=json"]));
    // It ends by itself after ten seconds, too.
    let _ = bench.run(&private(bench, program).args(["--stop-server"]));
    if let Some(failed) = result {
        return Err(failed.words());
    }
    match hits(&counted) {
        Some(1..) => Ok(()),
        Some(0) => Err("two equal compilations, no hit".to_owned()),
        None => Err(counted.words()),
    }
}

/// Hits in the JSON of `--show-stats`.
fn hits(child: &Child) -> Option<u64> {
    let value: serde_json::Value = serde_json::from_str(child.good()?).ok()?;
    let counts = value
        .get("stats")?
        .get("cache_hits")?
        .get("counts")?
        .as_object()?;
    Some(counts.values().filter_map(serde_json::Value::as_u64).sum())
}
