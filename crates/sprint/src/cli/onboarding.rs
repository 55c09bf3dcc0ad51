//! `sprint onboarding`: the page to read first, or the text that a moderator pastes on Discord.

use super::{Answer, Context};
use crate::error::{Error, IoContext, Result};
use crate::pins::Pins;
use crate::profile::Profile;
use crate::source::{self, Kind};
use crate::target::Target;

/// The page.
const PAGE: &str = "docs/onboarding.md";
/// What Discord accepts in one message is 2,000 characters; a moderator adds a line of their own.
const DISCORD_LIMIT: usize = 1900;

/// Arguments of `sprint onboarding`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint onboarding            the page
  sprint onboarding --short    a greeting, for a new terminal
  sprint onboarding --discord  the part to paste on Discord")]
pub struct Args {
    /// Only the text to paste on Discord
    #[arg(long)]
    discord: bool,
    /// Only what there is and what to type next
    #[arg(long, conflicts_with = "discord")]
    short: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    if args.short {
        return short(context).map(Answer::ok);
    }
    let path = context.root.join(PAGE);
    let page = std::fs::read_to_string(&path).on("read", &path)?;
    if !args.discord {
        return Ok(Answer::ok(page));
    }
    let text = discord(&page)
        .ok_or_else(|| Error::usage("no-discord-text", format!("{PAGE} has no text to paste")))?;
    let length = text.chars().count();
    if length >= DISCORD_LIMIT {
        return Err(Error::usage(
            "too-long",
            format!("the text has {length} characters, and Discord takes {DISCORD_LIMIT} with a greeting"),
        )
        .next(format!("shorten it in {PAGE}")));
    }
    Ok(Answer::ok(text))
}

/// What a new terminal says: by looks alone, so that it is there at once.
fn short(context: &Context<'_>) -> Result<String> {
    let pins = Pins::load(&context.root)?;
    let tree = source::glance(&context.root, &pins)?;
    let target = Target::native(context.host)?;
    let name = format!("{}-{}", target.triple, Profile::default());
    let python = tree.slug.map(|slug| {
        context
            .root
            .join("build")
            .join(slug)
            .join(name)
            .join(target.python)
    });
    let state = match python {
        Some(python) if python.is_file() => "built",
        _ => "not built yet: the first of these does it",
    };
    let tree_is = match tree.kind {
        Kind::Release => format!("CPython {}", pins.cpython.release.version),
        Kind::Fork => "the fork".to_owned(),
        Kind::Path => tree.root.display().to_string(),
    };
    let line = |command: &str, what: &str| {
        let padded = format!("{command:<28}");
        format!("  {}{what}\n", context.out.name(&padded))
    };
    Ok([
        format!("Rust for CPython: {tree_is}, {state}.\n"),
        line(
            "just test-module base64",
            "build, prove that it is Rust, test",
        ),
        line("just tour", "five steps to a change of your own"),
        line("just tasks --hour --here", "something to do"),
        line("just doctor", "if anything is odd"),
    ]
    .concat())
}

/// The part between the two marks.
fn discord(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("<!-- discord: begin -->\n")?;
    let (text, _) = rest.split_once("<!-- discord: end -->")?;
    Some(format!("{}\n", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_fits_a_discord_message() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let page = std::fs::read_to_string(root.join(PAGE)).expect("the page");
        let text = discord(&page).expect("the text to paste");
        assert!(
            text.chars().count() < DISCORD_LIMIT,
            "{}",
            text.chars().count()
        );
        // It must lead to a task on its own.
        for command in ["git clone", "./scripts/bootstrap.sh", "just tasks"] {
            assert!(text.contains(command), "{command}");
        }
    }
}
