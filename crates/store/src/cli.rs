//! What can be typed, and how long it may take.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use crate::address::Address;
use crate::events::Events;
use crate::fault::Fault;
use crate::name::Name;
use crate::secrets::Secrets;
use crate::{delete, get, list, open, put};

/// Moves snapshots to and from remote stores. Checks nothing: that is what `sprint` does with all that comes from it.
#[derive(Debug, Parser)]
#[command(
    name = "sprint-store",
    version,
    max_term_width = 80,
    after_help = "Stores:
  s3://BUCKET/PREFIX?endpoint=URL&region=NAME   AWS_*, ~/.aws (mode 600), or nothing: unsigned
  webdavs://HOST/PATH  webdav://HOST/PATH       ~/.netrc (mode 600), SPRINT_NETRC
  gha:  gha:NAME                                ACTIONS_RESULTS_URL, ACTIONS_RUNTIME_TOKEN
  https://HOST/PATH  http://HOST/PATH           read only
  file:///PATH"
)]
pub(crate) struct Cli {
    /// Where the store is
    #[arg(long, value_name = "ADDRESS")]
    store: String,
    /// Give up after this time
    #[arg(long, value_name = "NUMBER", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What is there
    List,
    /// Fetch files
    Get {
        /// Refuse a file of more bytes
        #[arg(long, value_name = "BYTES")]
        most: u64,
        /// NAME=FILE
        #[arg(required = true, value_parser = pair)]
        files: Vec<(Name, PathBuf)>,
    },
    /// Send files, in this order; content that is there in its size is not sent again
    Put {
        /// Send it all the same
        #[arg(long)]
        again: bool,
        /// NAME=FILE
        #[arg(required = true, value_parser = pair)]
        files: Vec<(Name, PathBuf)>,
    },
    /// Is it there, and how large is it?
    Stat {
        #[arg(required = true)]
        names: Vec<Name>,
    },
    /// Remove files
    Delete {
        #[arg(required = true)]
        names: Vec<Name>,
    },
}

fn pair(text: &str) -> Result<(Name, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("it is not NAME=FILE")?;
    Ok((name.parse()?, PathBuf::from(file)))
}

/// Runs the command, until it is done, told to stop, or out of time.
pub(crate) fn run(cli: &Cli, secrets: &mut Secrets) -> Result<(), Fault> {
    let address: Address = cli.store.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Fault::new("io", format!("cannot start: {error}")))?;
    let result = runtime.block_on(async {
        let limit = Duration::from_secs(cli.seconds);
        tokio::select! {
            biased;
            stopped = stopped() => Err(stopped),
            done = tokio::time::timeout(limit, command(cli, &address, secrets)) => done.unwrap_or_else(|_| {
                Err(Fault::new("store-slow", format!("{address} was not done within {} s", cli.seconds)))
            }),
        }
    });
    // What hangs in the system (a name that nobody resolves) is not waited for.
    runtime.shutdown_background();
    result
}

async fn command(cli: &Cli, address: &Address, secrets: &mut Secrets) -> Result<(), Fault> {
    let mut events = Events::new(cli.json);
    match &cli.command {
        Command::List => list::list(&open::open(address, 0, secrets)?, &events).await,
        Command::Get { most, files } => {
            let store = open::open(address, 0, secrets)?;
            for (name, file) in files {
                get::get(&store, name, file, *most, &mut events).await?;
            }
            Ok(())
        }
        Command::Put { again, files } => {
            for (name, file) in files {
                let size = put::size(file)?;
                let store = open::open(address, put::request(address, size), secrets)?;
                let sent = put::put(&store, address, name, file, *again, &mut events).await?;
                // Only a store that replaces nothing keeps a signature that was there: its description is theirs, too.
                if !sent && !name.is_content() {
                    break;
                }
            }
            Ok(())
        }
        Command::Stat { names } => {
            list::stat(&open::open(address, 0, secrets)?, names, &events).await
        }
        Command::Delete { names } => {
            delete::delete(&open::open(address, 0, secrets)?, names, &events).await
        }
    }
}

/// Ctrl-C, or the end of our time.
async fn stopped() -> Fault {
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return Fault::new("bug", "signals cannot be watched");
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Fault::new("interrupted", "stopped before it was done")
}
