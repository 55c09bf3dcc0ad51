//! Prints what `run` returns and exits with its code; everything else lives in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    sprint::run(std::env::args_os())
}
