//! `sprint-room`: what the lead's machine runs for a room. Newcomers never compile it: an asynchronous web server is
//! longer in the making than all of their own tool.
//!
//! `up` starts a Redis (or uses one), puts one function and two users into it (`redis`), and serves snapshots, bundles
//! (`files`) and the board (`board`) over HTTP (`http`). `board` shows the board of a room that this clone has joined.

mod address;
mod board;
mod cli;
mod files;
mod http;
mod join;
mod qr;
mod redis;
mod state;
mod up;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use sprint::term::{ColourChoice, Term};

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    let host = sprint::host::Host::probe();
    let term = Term::detect(ColourChoice::Auto, host.var("NO_COLOR").is_some());
    match cli::run(arguments, &host, term) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be said to somebody whose stderr is gone.
            let _ = std::io::stderr().write_all(error.render(term.err).as_bytes());
            ExitCode::from(error.exit() as u8)
        }
    }
}

/// Prints to stdout; a reader that has gone away is no failure.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
