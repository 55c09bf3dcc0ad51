//! `list` and `verify`: what only looks at a store.

use super::super::{Answer, Context, to_json};
use super::place;
use crate::count;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::snapshot::{self, Checked, Opened, Place, Verifying, short};

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A directory, s3://…, webdav(s)://… (default: the local store)
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// Only these keys, or their first letters
    keys: Vec<String>,
    #[command(flatten)]
    pub(super) look: Args,
}

pub(super) fn list(args: &Args, context: &Context<'_>) -> Result<Answer> {
    look(args, &[], false, context)
}

pub(super) fn verify(args: &VerifyArgs, context: &Context<'_>) -> Result<Answer> {
    let mut answer = look(&args.look, &args.keys, true, context)?;
    if !args.look.json && answer.exit == Exit::Ok && !answer.text.starts_with(NOTHING) {
        answer
            .text
            .push_str("every signature and every byte is right\n");
    }
    Ok(answer)
}

/// How the answer begins where there is nothing to look at.
const NOTHING: &str = "there are no snapshots";

fn look(args: &Args, keys: &[String], contents: bool, context: &Context<'_>) -> Result<Answer> {
    let place = place(args.store.as_deref(), context)?;
    // The local store comes to be when something is saved; one that was named was meant to be there.
    if let Place::Directory(path) = &place
        && args.store.is_some()
        && !path.join("v1").exists()
    {
        return Err(Error::setup(
            "no-store",
            format!("{place} is no store: there is no `v1` in it"),
        )
        .next("sprint snapshot save --store DIR makes one"));
    }
    let what = Verifying {
        host: context.host,
        store: &Opened::new(context.host, &place)?,
        place: &place,
        contents,
    };
    let checked = snapshot::verify(&what, keys, &context.progress, &context.interrupt)?;
    let wrong = checked.iter().any(|one| one.problem.is_some());
    // A listing shows what is wrong; only checking judges it.
    let exit = if wrong && contents {
        Exit::Integrity
    } else {
        Exit::Ok
    };
    let text = if args.json {
        to_json(&checked)?
    } else if checked.is_empty() {
        format!("{NOTHING} in {place}\n")
    } else {
        checked.iter().map(line).collect()
    };
    Ok(Answer { text, exit })
}

fn line(one: &Checked) -> String {
    let key = short(&one.key);
    match (&one.problem, &one.build, &one.signer, one.size) {
        (None, Some(build), Some(signer), Some(size)) => {
            let what = if one.is_base { "base " } else { "exact" };
            format!(
                "{key}  {what}  {build}  {}  by {signer}\n",
                count::bytes(size)
            )
        }
        (problem, ..) => format!(
            "{key}  refused: {}\n",
            problem.as_deref().unwrap_or("unknown")
        ),
    }
}
