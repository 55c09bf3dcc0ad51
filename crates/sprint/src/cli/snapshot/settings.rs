//! `trust` and `stores`: what the person decided.

use serde::Serialize;

use super::super::{Answer, Context, to_json};
use crate::error::{Error, Result};
use crate::snapshot::{self, Place, PublicKey};

/// Arguments of `trust`.
#[derive(Debug, clap::Args)]
pub(super) struct TrustArgs {
    /// A public key (RW…), to accept; without one, the list
    #[arg(requires = "name", conflicts_with = "revoke")]
    key: Option<String>,
    /// Whose key it is
    #[arg(long, requires = "key")]
    name: Option<String>,
    /// Take back what was accepted, by name or key
    #[arg(long, value_name = "WHO")]
    revoke: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `stores`.
#[derive(Debug, clap::Args)]
pub(super) struct StoresArgs {
    /// A directory, http(s)://…, s3://…, webdav(s)://… or gha:, to be asked from now on
    #[arg(long, value_name = "STORE", conflicts_with = "remove")]
    add: Option<String>,
    /// What to call it
    #[arg(long, requires = "add", default_value = "")]
    name: String,
    /// Ask it no more (address or name)
    #[arg(long, value_name = "STORE")]
    remove: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Serialize)]
struct Key {
    key: String,
    name: String,
}

pub(super) fn trust(args: &TrustArgs, context: &Context<'_>) -> Result<Answer> {
    let mut text = String::new();
    if let (Some(key), Some(name)) = (&args.key, &args.name) {
        let parsed = PublicKey::parse(key).ok_or_else(|| {
            Error::usage("no-key", format!("`{key}` is no public key"))
                .next("it is 56 letters and begins with RW; its owner sees it with: sprint snapshot trust")
        })?;
        if snapshot::accept(context.host, &parsed, name)? {
            text = format!(
                "from now on, what {name} signed is taken: any program in it runs as you\n"
            );
        } else {
            text = format!("that key was accepted before; it is called {name} now\n");
        }
    } else if let Some(who) = &args.revoke {
        let gone = snapshot::revoke(context.host, who)?;
        if gone.is_empty() {
            return Err(
                Error::usage("no-such-key", format!("no accepted key is `{who}`"))
                    .next("sprint snapshot trust"),
            );
        }
        text = format!(
            "what {who} signed is no longer taken; what was restored from it stays until: just clean\n"
        );
    }
    let keys: Vec<Key> = snapshot::trusted(context.host)?
        .into_iter()
        .map(|known| Key {
            key: known.key.to_string(),
            name: known.name,
        })
        .collect();
    if args.json {
        return Ok(Answer::ok(to_json(&keys)?));
    }
    if text.is_empty() {
        for known in &keys {
            text.push_str(&format!("{}  {}\n", known.key, known.name));
        }
        if snapshot::own_key(context.host)?.is_none() {
            text.push_str("you have no key yet: the first `sprint snapshot save` makes one\n");
        }
    }
    Ok(Answer::ok(text))
}

#[derive(Serialize)]
struct Shown {
    place: String,
    name: String,
}

pub(super) fn stores(args: &StoresArgs, context: &Context<'_>) -> Result<Answer> {
    let mut text = String::new();
    if let Some(place) = &args.add {
        let place = Place::parse(place, &context.directory)?;
        let verb = match snapshot::add_store(context.host, &place, &args.name)? {
            true => "from now on asked",
            false => "was asked before",
        };
        text = format!("{verb}: {place}\n");
    } else if let Some(what) = &args.remove {
        // An address that was kept before logins were refused may hold one.
        let shown = if what.contains('@') { "it" } else { what };
        if snapshot::remove_store(context.host, what)? == 0 {
            return Err(
                Error::usage("no-such-store", format!("no store is `{shown}`"))
                    .next("sprint snapshot stores"),
            );
        }
        text = format!("no longer asked: {shown}\n");
    }
    let local = snapshot::local_store(context.host).map(|path| Shown {
        place: path.display().to_string(),
        name: "local".to_owned(),
    });
    let added = snapshot::added_stores(context.host)?;
    let added = added.into_iter().map(|store| Shown {
        place: store.place.to_string(),
        name: store.name,
    });
    let all: Vec<Shown> = local.into_iter().chain(added).collect();
    if args.json {
        return Ok(Answer::ok(to_json(&all)?));
    }
    if text.is_empty() {
        text = all
            .iter()
            .map(|store| {
                format!("{}  {}\n", store.place, store.name)
                    .trim_end()
                    .to_owned()
                    + "\n"
            })
            .collect();
    }
    Ok(Answer::ok(text))
}
