//! What can be typed.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

use sprint::error::{Error, Result};
use sprint::host::Host;
use sprint::interrupt::Interrupt;
use sprint::progress::Progress;
use sprint::term::Term;

use crate::{board, state, up};

/// The servers of a room, on the lead's machine.
#[derive(Debug, Parser)]
#[command(name = "sprint-room", version, max_term_width = 80)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open a room: claims, snapshots, the board. Ctrl-C closes it and leaves nothing
    Up(Up),
    /// Show the board of the room that this clone has joined
    Board(Board),
    /// Free a task whose holder has gone (in the clone whose room is up)
    Release {
        /// The task: T02
        id: String,
    },
}

/// Arguments of `sprint-room up`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint-room up                          Redis and HTTP on this machine's address
  sprint-room up --redis redis://admin:PASSWORD@10.0.0.7:6379
  sprint-room up --claim 45m --dry-run    what would be started")]
pub(crate) struct Up {
    /// Use this Redis (7.0 or newer, as a user who may make users) instead of starting one
    #[arg(long, value_name = "URL")]
    pub(crate) redis: Option<String>,
    /// Listen at this address only (default: all of this machine's)
    #[arg(long, value_name = "IP", default_value = "0.0.0.0")]
    pub(crate) listen: IpAddr,
    /// What guests call this machine (default: its address on the LAN)
    #[arg(long, value_name = "HOST")]
    pub(crate) address: Option<String>,
    /// Port for HTTP
    #[arg(long, default_value_t = 8470)]
    pub(crate) port: u16,
    /// Port for Redis, where one is started
    #[arg(long, default_value_t = 8471)]
    pub(crate) redis_port: u16,
    /// The snapshots to share (default: this person's store)
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Bundles to share
    #[arg(long, value_name = "DIR")]
    pub(crate) bundles: Option<PathBuf>,
    /// How long a claim lasts without a sign of life: 2h, 45m, 90s
    #[arg(long, value_name = "TIME", default_value = "2h", value_parser = duration)]
    pub(crate) claim: Duration,
    /// What Redis may use for the shared compile cache, in MB
    #[arg(long, value_name = "MB", default_value_t = 512)]
    pub(crate) memory: u32,
    /// Print what would be started
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print no QR code
    #[arg(long)]
    pub(crate) no_qr: bool,
}

/// Arguments of `sprint-room board`.
#[derive(Debug, clap::Args)]
pub(crate) struct Board {
    /// Listen at this address (0.0.0.0 shows the board to everybody on the LAN)
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(crate) listen: IpAddr,
    /// Port; 0 takes any that is free
    #[arg(long, default_value_t = 8472)]
    pub(crate) port: u16,
}

/// What every command is given.
pub(crate) struct Context<'a> {
    pub(crate) root: PathBuf,
    pub(crate) host: &'a Host,
    pub(crate) progress: Progress,
    pub(crate) interrupt: Interrupt,
}

pub(crate) fn run(cli: Cli, host: &Host, term: Term) -> Result<()> {
    let context = Context {
        root: root()?,
        host,
        progress: Progress::new(term, false),
        interrupt: Interrupt::watch(),
    };
    match cli.command {
        Command::Up(args) => up::run(&args, &context),
        Command::Board(args) => board::run(&args, &context),
        Command::Release { id } => state::release(&id, &context),
    }
}

/// The clone that the person is in, whose task list the room has.
fn root() -> Result<PathBuf> {
    let directory = std::env::current_dir().map_err(|source| {
        Error::setup(
            "no-directory",
            format!("the current directory cannot be entered: {source}"),
        )
    })?;
    let found = directory
        .ancestors()
        .find(|path| path.join(sprint::pins::FILE).is_file());
    found.map(std::path::Path::to_owned).ok_or_else(|| {
        Error::setup(
            "no-repository",
            format!(
                "there is no {} above `{}`",
                sprint::pins::FILE,
                directory.display()
            ),
        )
        .next("cd into your clone of the sprint kit")
    })
}

fn duration(text: &str) -> std::result::Result<Duration, String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[number.len()..] {
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        _ => return Err("a number with h, m or s is wanted: 2h, 45m, 90s".to_owned()),
    };
    let seconds = number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    match seconds {
        Some(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err("between 1s and 24h is wanted".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_are_read() {
        assert_eq!(duration("45m"), Ok(Duration::from_secs(2700)));
        for text in [
            "",
            "2",
            "h",
            "0s",
            "25h",
            "-1h",
            "99999999999999999999h",
            "2 h",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
