//! Does this Rust compile and run a program, and is it new enough?

use std::fs;

use crate::doctor::bench::{Bench, Child};
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::remedy::Part;

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let (version, works) = std::thread::scope(|scope| {
        let hello = scope.spawn(|| hello(bench));
        let version = bench.host.rust(bench.root);
        (version, hello.join())
    });
    match version {
        Err(error) => {
            seen.fact("rust", "none that answers");
            let finding = Finding::new(
                error.id(),
                Severity::Problem,
                Text::default().private(error.to_string()),
                "cargo and rustc on PATH",
            );
            seen.finding(finding.fix(Part::Rust.remedy(bench.host)));
            return seen;
        }
        Ok(rust) => {
            let mut line = Text::default().version(rust.version);
            if let Some(pins) = bench.pins {
                line = line.say(" (pinned ").version(pins.rust.msrv).say(")");
                if rust.version < pins.rust.msrv {
                    seen.finding(
                        Finding::new(
                            "rustc-too-old",
                            Severity::Problem,
                            Text::new("rustc ").version(rust.version),
                            Text::default().version(pins.rust.msrv).say(" or newer"),
                        )
                        .fix(Part::Rust.remedy(bench.host)),
                    );
                }
            }
            seen.fact("rust", line);
            if bench.host.var("RUSTUP_TOOLCHAIN").is_some() {
                seen.finding(
                    Finding::new(
                        "rustup-toolchain-set",
                        Severity::Note,
                        "RUSTUP_TOOLCHAIN is set: it wins over rust-toolchain.toml",
                        "not set, so that everybody has the pinned toolchain",
                    )
                    .fix("unset RUSTUP_TOOLCHAIN"),
                );
            }
        }
    }
    if let Err(reason) = works.unwrap_or_else(|_| Err("the probe crashed".to_owned())) {
        seen.finding(
            Finding::new(
                "rust-hello",
                Severity::Problem,
                Text::new("a Rust program of one line does not compile and run: ").private(reason),
                "it prints ok",
            )
            .fix(Part::Rust.remedy(bench.host)),
        );
    }
    seen
}

/// Compiles, links and runs.
fn hello(bench: &Bench<'_>) -> Result<(), String> {
    let scratch = bench.scratch.path();
    fs::write(scratch.join("hello.rs"), "fn main() { println!(\"ok\") }\n")
        .map_err(|error| error.to_string())?;
    // The toolchain that counts is the one that rust-toolchain.toml names.
    let mut compile = bench
        .line(bench.host.var("RUSTC").unwrap_or("rustc"))
        .args(["-Cdebuginfo=0", "-o"])
        .args([
            scratch.join("hello").to_string_lossy().into_owned(),
            scratch.join("hello.rs").to_string_lossy().into_owned(),
        ]);
    compile.directory = bench.root.to_owned();
    let compiled = bench.run(&compile);
    if compiled.good().is_none() {
        return Err(compiled.words());
    }
    match bench.run(&bench.line(scratch.join("hello").to_string_lossy())) {
        Child::Ended(true, out, _) if out.trim() == "ok" => Ok(()),
        other => Err(other.words()),
    }
}
