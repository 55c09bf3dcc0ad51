//! `sprint snapshot`: finished builds, kept and taken from elsewhere.

mod keep;
mod look;
mod settings;
mod take;

use std::path::PathBuf;

use super::{Answer, Context};
use crate::error::{Error, Result};
use crate::snapshot::{self, Place};

/// Arguments of `sprint snapshot`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint snapshot save                        this build into the local store
  sprint snapshot save --store /media/stick   onto a stick, for a room
  sprint snapshot restore                     what a store has of this build
  sprint snapshot list
  sprint snapshot trust                       whose snapshots are taken; your own key
  sprint snapshot trust KEY --name ana        from now on, Ana's too
  sprint snapshot stores --add http://10.0.0.2:8000/snapshots
  sprint snapshot save --store s3://BUCKET/kit       to S3; also webdavs://HOST/PATH, gha:")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Store the finished build under its key, signed
    Save(keep::SaveArgs),
    /// Put a stored build in the place of the build directory
    Restore(take::Args),
    /// List what a store holds, and whose it is
    List(look::Args),
    /// Check every signature and every byte in a store
    Verify(look::VerifyArgs),
    /// Remove old snapshots and left-overs from a store
    Prune(keep::PruneArgs),
    /// Show, accept or revoke keys
    Trust(settings::TrustArgs),
    /// Show, add or remove stores
    Stores(settings::StoresArgs),
}

impl Args {
    /// Should errors be printed as JSON too?
    pub(super) fn wants_json(&self) -> bool {
        match &self.command {
            Command::Save(args) => args.json,
            Command::Restore(args) => args.json,
            Command::List(args) => args.json,
            Command::Verify(args) => args.look.json,
            Command::Prune(args) => args.json,
            Command::Trust(args) => args.json,
            Command::Stores(args) => args.json,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    match &args.command {
        Command::Save(args) => keep::save(args, context),
        Command::Restore(args) => take::run(args, context),
        Command::List(args) => look::list(args, context),
        Command::Verify(args) => look::verify(args, context),
        Command::Prune(args) => keep::prune(args, context),
        Command::Trust(args) => settings::trust(args, context),
        Command::Stores(args) => settings::stores(args, context),
    }
}

/// The store that was named, or the local one.
fn place(named: Option<&str>, context: &Context<'_>) -> Result<Place> {
    match named {
        Some(named) => Place::parse(named, &context.directory),
        None => local(context).map(Place::Directory),
    }
}

fn local(context: &Context<'_>) -> Result<PathBuf> {
    snapshot::local_store(context.host).ok_or_else(|| {
        Error::setup("no-home", "there is no local store: HOME is not set")
            .next("name one: --store DIR")
    })
}
