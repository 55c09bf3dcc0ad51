//! The Rust-for-CPython sprint kit: from a clone to a CPython with Rust modules in it, built from
//! source, with that module's tests green and the proof that it was Rust that ran.
//!
//! One build flows through plain values, each arrow a value passed forward:
//! `cli` → `pins` + `host` → `source::resolve` → `build::BuildPlan` → its key → `build::execute` →
//! `testing::prove` → `testing::run` → `testing::Report`.

pub mod atomic;
pub mod build;
pub mod bundle;
pub mod cache;
pub mod cli;
pub mod container;
pub mod count;
pub mod doctor;
pub mod editor;
pub mod error;
pub mod exec;
pub mod exit;
pub mod finding;
pub mod hash;
pub mod host;
pub mod interrupt;
pub mod lock;
pub mod module;
pub mod new_module;
pub mod pins;
pub mod profile;
pub mod progress;
pub mod proof;
pub mod remedy;
pub mod room;
pub mod snapshot;
pub mod source;
pub mod suggest;
pub mod system;
pub mod target;
pub mod tasks;
pub mod term;
pub mod testing;
pub mod toolchain;
pub mod watch;

use std::ffi::OsString;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Parses the arguments, does what they say, prints the answer. The one place that prints.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let host = host::Host::probe();
    let args: Vec<OsString> = args.into_iter().collect();
    // Called hundreds of times in a build, by make and not by people: not a command like the others.
    if args
        .get(1)
        .is_some_and(|word| word == cache::launcher::COMMAND)
    {
        return match cache::launcher::run(&args[2..], &host) {
            Ok(code) => ExitCode::from(code),
            Err(error) => {
                let text = format!("the compiler cannot be run: {error}\n");
                emit(&mut std::io::stderr().lock(), &text);
                ExitCode::from(exit::Exit::Setup as u8)
            }
        };
    }
    let cli = match cli::parse(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and versions go to stdout with code 0, mistakes to stderr with code 2.
            let code = if error.use_stderr() {
                exit::Exit::Usage
            } else {
                exit::Exit::Ok
            };
            let _ = error.print();
            return ExitCode::from(code as u8);
        }
    };
    let term = term::Term::detect(cli.color, host.var("NO_COLOR").is_some());
    let json = cli.command.wants_json();
    // The panic's own message is on stderr by then; the exit code must still be the documented one.
    let result = catch_unwind(AssertUnwindSafe(|| cli::execute(cli, &host, term)))
        .unwrap_or_else(|_| Err(error::Error::bug("the kit panicked; see above")));
    match result {
        Ok(answer) => {
            emit(&mut std::io::stdout().lock(), &answer.text);
            ExitCode::from(answer.exit as u8)
        }
        Err(error) => {
            emit(&mut std::io::stderr().lock(), &error.render(term.err));
            if json {
                emit(&mut std::io::stdout().lock(), &error.to_json());
            }
            ExitCode::from(error.exit() as u8)
        }
    }
}

/// For a command that answers more than once.
pub(crate) fn print(text: &str) {
    emit(&mut std::io::stdout().lock(), text);
}

/// For a command that goes on after an error.
pub(crate) fn print_error(error: &error::Error, palette: term::Palette) {
    emit(&mut std::io::stderr().lock(), &error.render(palette));
}

/// A reader that has gone away (`| head`) is no failure.
fn emit(stream: &mut impl Write, text: &str) {
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
}
