//! Whose snapshots are taken: the person's own key, and every key that the person accepted by name. One line per
//! key in `<config>/trusted-keys`: the key, a blank, its name.
//!
//! Revoking takes the line away; from then on nothing that this key signed is restored, wherever it lies. What was
//! restored before stays: `sprint clean` removes it.

use std::path::PathBuf;

use super::keys;
use super::minisign::{PublicKey, Signature};
use super::settings;
use crate::atomic;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::host::Host;

/// A key that is trusted, and what the person calls its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// The key.
    pub key: PublicKey,
    /// Its owner.
    pub name: String,
}

/// What the person's own key is called.
const OWN: &str = "you";

/// The file of accepted keys.
fn file(host: &Host) -> Result<PathBuf> {
    settings::file(host, "trusted-keys")
}

/// The accepted keys, the person's own not among them. A line that is no key is an error: a list of whom to trust
/// must not be read by guessing.
pub fn accepted(host: &Host) -> Result<Vec<Trusted>> {
    let file = file(host)?;
    let text = settings::read(&file)?;
    text.lines()
        .map(|line| {
            let (key, name) = line.split_once(' ').unwrap_or((line, ""));
            let key = PublicKey::parse(key).ok_or_else(|| {
                Error::usage(
                    "broken-trust",
                    format!("`{}` holds a line that is no key: {line}", file.display()),
                )
                .next("take that line out, or: sprint snapshot trust KEY --name NAME")
            })?;
            Ok(Trusted {
                key,
                name: name.to_owned(),
            })
        })
        .collect()
}

/// All keys whose snapshots are taken.
pub fn all(host: &Host) -> Result<Vec<Trusted>> {
    let own = keys::own(host)?.map(|key| Trusted {
        key,
        name: OWN.to_owned(),
    });
    Ok(own.into_iter().chain(accepted(host)?).collect())
}

/// Accepts a key under a name. `false` if it was accepted before (its name is then this one). A name tells whose work
/// is run: it is not empty, and not what the person's own key is called.
pub fn accept(host: &Host, key: &PublicKey, name: &str) -> Result<bool> {
    let name: String = name
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if name.trim().is_empty() || name.trim() == OWN {
        return Err(Error::usage(
            "no-name",
            format!("`{}` does not say whose key it is", name.trim()),
        )
        .next(format!("sprint snapshot trust {key} --name WHO")));
    }
    let mut keys = accepted(host)?;
    let known = keys.iter().any(|known| known.key == *key);
    keys.retain(|known| known.key != *key);
    keys.push(Trusted {
        key: key.clone(),
        name: name.trim().to_owned(),
    });
    save(host, &keys)?;
    Ok(!known)
}

/// Takes back what was accepted: by key or by name. Returns the keys that went.
pub fn revoke(host: &Host, what: &str) -> Result<Vec<Trusted>> {
    let (gone, kept): (Vec<_>, Vec<_>) = accepted(host)?
        .into_iter()
        .partition(|known| known.name == what || known.key.to_string() == what);
    if !gone.is_empty() {
        save(host, &kept)?;
    }
    Ok(gone)
}

fn save(host: &Host, keys: &[Trusted]) -> Result<()> {
    let lines = keys
        .iter()
        .map(|known| format!("{} {}\n", known.key, known.name));
    atomic::write(&file(host)?, lines.collect::<String>().as_bytes())
}

/// Who signed these bytes, of those who are trusted. `what` is what people call the signed thing, `stranger` the key
/// that came with it, if any: a claim, shown so that the person can compare and accept it.
pub(crate) fn signer(
    host: &Host,
    bytes: &[u8],
    signature: &Signature,
    stranger: Option<&PublicKey>,
    what: &str,
) -> Result<Trusted> {
    let trusted = all(host)?;
    let named: Vec<&Trusted> = trusted
        .iter()
        .filter(|known| known.key.name() == signature.key_name())
        .collect();
    if let Some(known) = named
        .iter()
        .find(|known| known.key.verifies(bytes, signature))
    {
        return Ok((*known).clone());
    }
    if let Some(known) = named.first() {
        return Err(Error::new(
            Exit::Integrity,
            "wrong-signature",
            format!("{what} is not what {} signed", known.name),
        )
        .detail("key", &known.key)
        .next("take it from another store; whoever keeps this one should know"));
    }
    // A key that does not even verify what it came with is worth nothing to the person.
    let stranger = stranger.filter(|key| key.verifies(bytes, signature));
    let error = Error::new(
        Exit::Integrity,
        "unknown-key",
        format!("{what} is signed by a key that you have not accepted"),
    );
    Err(match stranger {
        Some(key) => error
            .detail("key", key)
            .detail(
                "but",
                "compare it with what its owner shows you, not with what the store says",
            )
            .next(format!("sprint snapshot trust {key} --name WHO")),
        None => error
            .detail("key", format!("number {}", signature.key_name()))
            .next("ask its owner for the key, then: sprint snapshot trust KEY --name WHO"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::minisign::SecretKey;

    #[test]
    fn accepted_then_revoked() {
        let home = tempfile::tempdir().expect("dir");
        let env = [("HOME".to_owned(), home.path().display().to_string())];
        let host = Host::with_env(env.into());
        let lead = SecretKey::new([7; 40]);
        let (bytes, public) = (b"manifest", lead.public());
        let signature = lead.sign(bytes, "comment");
        let who = || signer(&host, bytes, &signature, Some(&public), "the snapshot");
        let refused = who().expect_err("unknown");
        assert_eq!(refused.exit(), Exit::Integrity);
        assert!(
            refused
                .render(crate::term::Palette::plain())
                .contains(&format!("sprint snapshot trust {public} --name"))
        );
        assert!(accept(&host, &public, "Ana\nB").expect("accept"));
        assert_eq!(who().expect("trusted").name, "Ana B");
        assert!(!accept(&host, &public, "Ana").expect("again"));
        for name in ["", " ", OWN, " you\t"] {
            assert_eq!(
                accept(&host, &public, name).expect_err(name).id(),
                "no-name"
            );
        }
        assert_eq!(revoke(&host, "Ana").expect("revoke").len(), 1);
        assert_eq!(who().expect_err("revoked").id(), "unknown-key");
    }

    #[test]
    fn a_trusted_name_on_another_content_is_a_wrong_signature() {
        let home = tempfile::tempdir().expect("dir");
        let env = [("HOME".to_owned(), home.path().display().to_string())];
        let host = Host::with_env(env.into());
        let lead = SecretKey::new([7; 40]);
        accept(&host, &lead.public(), "lead").expect("accept");
        let signature = lead.sign(b"manifest", "comment");
        let error = signer(&host, b"other", &signature, None, "it").expect_err("refused");
        assert_eq!(error.id(), "wrong-signature");
    }
}
