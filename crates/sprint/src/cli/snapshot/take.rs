//! `restore`: a stored build in the place of the build directory.

use std::time::Instant;

use serde::Serialize;

use super::super::prepared::{BuildArgs, hold, prepare};
use super::super::{Answer, Context, to_json};
use crate::build::is_unbuilt;
use crate::count;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::snapshot::{self, Found, Place, Restoring, short};

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    build: BuildArgs,
    /// Only this store: a directory or an address (default: the local one, then those that were added)
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// Also where a finished build would be replaced
    #[arg(long)]
    force: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
    /// Print what would be restored, restore nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Restored<'a> {
    key: &'a str,
    is_base: bool,
    place: String,
    signer: &'a str,
    size: u64,
    seconds: f64,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let plan = prepare(&args.build, context)?.plan;
    let started = Instant::now();
    let named = match &args.store {
        Some(text) => Some(Place::parse(text, &context.directory)?),
        None => None,
    };
    let _lock = hold(&plan, args.build.no_wait, context)?;
    if !args.force && !args.dry_run && !is_unbuilt(&plan) {
        return Ok(Answer::ok(format!(
            "there is a build already: {}; to replace it: --force\n",
            plan.directory.display()
        )));
    }
    let temporary = plan.directory.with_extension("asked");
    let places = snapshot::places(context.host, named.as_ref())?;
    let keys = [plan.key(), plan.base_key()];
    let mut refusals: Vec<Error> = Vec::new();
    let mut candidates: Vec<Found> = Vec::new();
    for key in &keys {
        for place in &places {
            match snapshot::ask(context.host, place, key, &temporary, &context.interrupt) {
                Ok(Some(found)) if snapshot::is_for(&plan, &found) => candidates.push(found),
                Ok(_) => {}
                Err(error) if error.exit() == Exit::Interrupted => return Err(error),
                Err(error) => refusals.push(error),
            }
        }
    }
    let restoring = Restoring {
        root: &context.root,
        host: context.host,
        plan: &plan,
    };
    for found in candidates {
        let is_base = found.manifest.key != keys[0];
        if args.dry_run {
            let base = if is_base {
                " (base; your edits are built after it)"
            } else {
                ""
            };
            return Ok(Answer::ok(format!(
                "would restore {} from {}, signed by {}, {}{base}\n",
                short(&found.manifest.key),
                found.place,
                found.signer.name,
                count::bytes(found.manifest.archive.size)
            )));
        }
        match snapshot::restore(&restoring, &found, &context.progress, &context.interrupt) {
            Ok(()) => return answer(args, &found, is_base, started),
            Err(error) if error.exit() == Exit::Interrupted => return Err(error),
            Err(error) => refusals.push(error),
        }
    }
    // What was refused weighs more than what was not there.
    refusals.sort_by_key(|error| error.exit() != Exit::Integrity);
    Err(refusals.into_iter().next().unwrap_or_else(|| {
        let asked: Vec<String> = places.iter().map(Place::to_string).collect();
        Error::setup("no-snapshot", "no store has a snapshot of this build")
            .detail("key", short(&keys[0]))
            .detail("asked", asked.join(", "))
            .next("just build")
    }))
}

fn answer(args: &Args, found: &Found, is_base: bool, started: Instant) -> Result<Answer> {
    let restored = Restored {
        key: &found.manifest.key,
        is_base,
        place: found.place.to_string(),
        signer: &found.signer.name,
        size: found.manifest.archive.size,
        seconds: started.elapsed().as_secs_f64(),
    };
    if args.json {
        return Ok(Answer::ok(to_json(&restored)?));
    }
    let base = if is_base {
        "; your edits are built by: just build"
    } else {
        ""
    };
    Ok(Answer::ok(format!(
        "restored {} from {}, signed by {}, in {}{base}\n",
        short(restored.key),
        restored.place,
        restored.signer,
        count::seconds(started.elapsed())
    )))
}
