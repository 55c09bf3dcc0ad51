//! `sprint-store`: moves the files of a store of snapshots to and from servers that people already run. It only moves
//! bytes: signatures and digests are `sprint`'s affair, which believes nothing that comes from here.
//!
//! A program of its own, in a workspace of its own, since an object-store client is ten times what a newcomer's own
//! tool is compiled from. `sprint` starts it with `--json` and reads one event per line (`events`).
//!
//! What it promises: a file appears whole or not at all, as far as the service lets it (`put`); files are put in
//! the order that was given, so that a description comes after its content; every call ends within `--seconds`; no
//! credential is in anything that it prints (`secrets`), nor taken from an address (`address`).

mod address;
mod cli;
mod delete;
mod events;
mod fault;
mod get;
mod list;
mod name;
mod netrc;
mod open;
mod put;
mod s3;
mod secrets;

use std::process::ExitCode;

use clap::Parser;

use events::Events;
use secrets::Secrets;

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    let mut secrets = Secrets::from_environment();
    let result = cli::run(&arguments, &mut secrets);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            Events::new(arguments.json).fault(&fault, &secrets);
            ExitCode::from(fault.exit())
        }
    }
}
