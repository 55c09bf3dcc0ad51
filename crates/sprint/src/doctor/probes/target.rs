//! `--target`: what another machine's build needs here. Findings of a cross toolchain's own discovery are
//! added in this one function.

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::target::Target;

pub(in crate::doctor) fn probe(bench: &Bench<'_>, target: &'static Target) -> Seen {
    let mut seen = Seen::default();
    let mut line =
        bench
            .line("rustc")
            .args(["--print", "target-libdir", "--target", target.triple]);
    line.directory = bench.root.to_owned();
    let answer = bench.run(&line);
    let there = answer
        .good()
        .is_some_and(|path| std::path::Path::new(path.trim()).is_dir());
    seen.fact(
        "target",
        Text::new(target.triple).say(if there {
            ": Rust's standard library is there"
        } else {
            ": no standard library of Rust"
        }),
    );
    if !there {
        seen.finding(
            Finding::new(
                "rust-std-missing",
                Severity::Problem,
                Text::new("Rust's standard library for ")
                    .say(target.triple)
                    .say(" is not installed"),
                "its directory, as rustc --print target-libdir names it",
            )
            .fix(Text::new("rustup target add ").say(target.triple)),
        );
    }
    seen
}
