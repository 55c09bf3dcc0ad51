//! Does the C compiler that configure will choose compile, link and run a program?

use std::fs;

use crate::build::chosen_compiler;
use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::exec::CommandLine;
use crate::remedy::Part;

/// The macro values that the preprocessor is asked for.
const ASK: &str = "#ifdef __clang_major__\nsprint-clang __clang_major__ __clang_minor__ __clang_patchlevel__\n\
                   #else\nsprint-gcc __GNUC__ __GNUC_MINOR__ __GNUC_PATCHLEVEL__\n#endif\n";

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let Some(chosen) = chosen_compiler(bench.host) else {
        seen.fact("cc", "none");
        seen.finding(
            Finding::new(
                "no-compiler",
                Severity::Problem,
                "no gcc, cc or clang on PATH",
                "a C compiler",
            )
            .fix(Part::System.remedy(bench.host)),
        );
        return seen;
    };
    match works(bench, &chosen) {
        Ok(()) => match version(bench, &chosen) {
            Some(line) => seen.fact("cc", line),
            None => seen.fact("cc", "works, but does not say what it is"),
        },
        Err(reason) => {
            seen.fact("cc", "does not work");
            seen.finding(
                Finding::new(
                    "cc-hello",
                    Severity::Problem,
                    Text::new("a C program of one line does not compile, link and run: ")
                        .private(reason),
                    "it ends with exit code 0",
                )
                .fix(Part::System.remedy(bench.host)),
            );
        }
    }
    seen
}

/// The compiler with its own words first (`CC="ccache gcc -m32"` is legal).
pub(super) fn line(bench: &Bench<'_>, chosen: &str) -> CommandLine {
    let mut words = shlex::split(chosen)
        .filter(|words| !words.is_empty())
        .unwrap_or_else(|| vec![chosen.to_owned()])
        .into_iter();
    let program = words.next().unwrap_or_default();
    bench.line(program).args(words)
}

fn works(bench: &Bench<'_>, chosen: &str) -> Result<(), String> {
    let scratch = bench.scratch.path();
    let source = "#include <stdio.h>\nint main(void) { return puts(\"ok\") < 0; }\n";
    fs::write(scratch.join("hello.c"), source).map_err(|error| error.to_string())?;
    let compiled = bench.run(&line(bench, chosen).args(["hello.c", "-o", "hello-c"]));
    if compiled.good().is_none() {
        return Err(compiled.words());
    }
    let ran = bench.run(&bench.line(scratch.join("hello-c").to_string_lossy()));
    match ran.good() {
        Some("ok\n") => Ok(()),
        _ => Err(ran.words()),
    }
}

fn version(bench: &Bench<'_>, chosen: &str) -> Option<Text> {
    fs::write(bench.scratch.path().join("ask.c"), ASK).ok()?;
    let answer = bench.run(&line(bench, chosen).args(["-E", "-P", "ask.c"]));
    let text = answer.good()?;
    let (name, rest) = text.lines().find_map(|line| {
        let rest = line.trim().strip_prefix("sprint-")?;
        rest.split_once(' ')
    })?;
    let version = rest.replace(' ', ".").parse().ok()?;
    Some(Text::new(if name == "clang" { "clang " } else { "gcc " }).version(version))
}
