//! `save` and `prune`: what changes a store.

use super::super::prepared::{BuildArgs, prepare};
use super::super::{Answer, Context, to_json};
use super::{local, place};
use crate::count;
use crate::error::Result;
use crate::snapshot::{self, Directory, Keep, Opened, Place, Saving, Sending, short};

/// What a local store keeps by itself.
const LOCAL: Keep = Keep {
    builds: 8,
    bytes: 2_000_000_000,
};

/// Arguments of `save`.
#[derive(Debug, clap::Args)]
pub(super) struct SaveArgs {
    #[command(flatten)]
    build: BuildArgs,
    /// A directory, s3://…, webdav(s)://… or gha: (default: the local store)
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// Even if it is there
    #[arg(long)]
    again: bool,
    /// Leave the terminal and take only spare time
    #[arg(long, hide = true)]
    detached: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
    /// Print what would be saved, save nothing
    #[arg(long)]
    dry_run: bool,
}

/// Arguments of `prune`.
#[derive(Debug, clap::Args)]
pub(super) struct PruneArgs {
    /// A directory, s3://…, webdav(s)://… or gha: (default: the local store)
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// How many builds to keep
    #[arg(long, value_name = "NUMBER", default_value_t = LOCAL.builds)]
    keep: usize,
    /// How many megabytes to keep
    #[arg(long, value_name = "MB", default_value_t = LOCAL.bytes / 1_000_000)]
    megabytes: u64,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
    /// Print what would be removed, remove nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn save(args: &SaveArgs, context: &Context<'_>) -> Result<Answer> {
    if args.detached {
        snapshot::detach();
    }
    let plan = prepare(&args.build, context)?.plan;
    let place = place(args.store.as_deref(), context)?;
    if args.dry_run {
        return Ok(Answer::ok(format!(
            "would save {} under {} in {place}\n",
            plan.directory.display(),
            plan.key()
        )));
    }
    // What goes far away is packed here first: it is then there for the next time, too.
    let store = match &place {
        Place::Directory(path) => Directory::new(path),
        _ => Directory::new(local(context)?),
    };
    let remote = match Opened::new(context.host, &place)? {
        Opened::Remote(remote, _) => Some(remote),
        Opened::Directory(_) => None,
    };
    let saving = Saving {
        root: &context.root,
        host: context.host,
        plan: &plan,
        store: &store,
        again: args.again,
    };
    let mut saved = snapshot::save(&saving, &context.progress, &context.interrupt)?;
    if args.detached {
        store.prune(LOCAL, false)?;
    }
    if let Some(to) = &remote {
        let sending = Sending {
            host: context.host,
            from: &store,
            to,
            again: args.again,
        };
        saved = snapshot::send(&sending, &saved, &context.progress, &context.interrupt)?;
    }
    if args.json {
        return Ok(Answer::ok(to_json(&saved)?));
    }
    let verb = if saved.was_there {
        "was there"
    } else {
        "saved"
    };
    let base = match saved.base_key {
        Some(_) => "; also a start for builds with edits",
        None => "",
    };
    Ok(Answer::ok(format!(
        "{verb}: {} in {place}, {}{base}\n",
        short(&saved.key),
        count::bytes(saved.size)
    )))
}

pub(super) fn prune(args: &PruneArgs, context: &Context<'_>) -> Result<Answer> {
    let place = place(args.store.as_deref(), context)?;
    let keep = Keep {
        builds: args.keep,
        bytes: args.megabytes.saturating_mul(1_000_000),
    };
    let store = Opened::new(context.host, &place)?;
    let pruned = store.prune(keep, args.dry_run, &context.interrupt)?;
    if args.json {
        return Ok(Answer::ok(to_json(&pruned)?));
    }
    let mut text: String = pruned
        .files
        .iter()
        .map(|file| format!("  {file}\n"))
        .collect();
    let verb = if args.dry_run {
        "would remove"
    } else {
        "removed"
    };
    text.push_str(&format!(
        "{verb} {} from {place}, {}\n",
        count::count(pruned.files.len() as u64, "file"),
        count::bytes(pruned.bytes)
    ));
    Ok(Answer::ok(text))
}
