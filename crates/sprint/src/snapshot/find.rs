//! Where a snapshot is, and whether it may be believed.

use std::path::{Path, PathBuf};

use super::http::Http;
use super::manifest::Manifest;
use super::minisign::Signature;
use super::remote::Remote;
use super::store::{Directory, Raw};
use super::stores::{self, Place};
use super::trust::{self, Trusted};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::host::Host;
use crate::interrupt::Interrupt;

/// A snapshot whose description is signed by somebody who is trusted.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it says of itself.
    pub manifest: Manifest,
    /// As it lay in the store.
    pub raw: Raw,
    /// Who signed it.
    pub signer: Trusted,
    /// Where it was.
    pub place: Place,
}

/// The stores to ask, in order: the one that was named, or the local one and those that were added.
pub fn places(host: &Host, named: Option<&Place>) -> Result<Vec<Place>> {
    if let Some(named) = named {
        return Ok(vec![named.clone()]);
    }
    let local = stores::local(host).map(Place::Directory);
    let added = stores::added(host)?.into_iter().map(|store| store.place);
    Ok(local.into_iter().chain(added).collect())
}

/// Asks one store for one key. `None` if it has nothing under it.
pub fn ask(
    host: &Host,
    place: &Place,
    key: &str,
    temporary: &Path,
    interrupt: &Interrupt,
) -> Result<Option<Found>> {
    let mut tries = 0;
    loop {
        let raw = match place {
            Place::Directory(path) => Directory::new(path).read(key)?,
            Place::Http(address) => Http::new(host, address)?.read(key, temporary, interrupt)?,
            Place::Remote(address) => {
                Remote::new(host, address)?.read(key, temporary, interrupt)?
            }
        };
        let Some(raw) = raw else { return Ok(None) };
        match check(host, &raw, key, place) {
            // Description and signature are two files: one of them may just have been replaced.
            Err(error) if tries < 2 && error.id() == "wrong-signature" => {
                tries += 1;
                std::thread::sleep(std::time::Duration::from_millis(300 * tries));
            }
            other => return other.map(Some),
        }
    }
}

/// Checks a description's signature, then what it says.
pub fn check(host: &Host, raw: &Raw, key: &str, place: &Place) -> Result<Found> {
    let what = format!("the snapshot {} in {place}", short(key));
    let signature = Signature::from_file(&raw.signature).ok_or_else(|| {
        Error::new(
            Exit::Integrity,
            "no-signature",
            format!("{what} has no signature that can be read"),
        )
        .next("take it from another store; whoever keeps this one should know")
    })?;
    // Only for the key that it claims: nothing else of it counts before the signature does.
    let claimed = Manifest::parse(&raw.text, key)
        .ok()
        .and_then(|manifest| manifest.claimed());
    let signer = trust::signer(
        host,
        raw.text.as_bytes(),
        &signature,
        claimed.as_ref(),
        &what,
    )?;
    Ok(Found {
        manifest: Manifest::parse(&raw.text, key)?,
        raw: raw.clone(),
        signer,
        place: place.clone(),
    })
}

/// Are description and signature one snapshot's, whoever signed it?
pub(super) fn belong_together(raw: &Raw, key: &str) -> bool {
    let claimed = Manifest::parse(&raw.text, key)
        .ok()
        .and_then(|manifest| manifest.claimed());
    let signature = Signature::from_file(&raw.signature);
    claimed
        .zip(signature)
        .is_some_and(|(claimed, signature)| claimed.verifies(raw.text.as_bytes(), &signature))
}

/// Enough of a key to recognise it.
pub fn short(key: &str) -> &str {
    key.get(..12).unwrap_or(key)
}

/// A file with the content: the store's own, or one that was fetched into the local store (or, where that cannot be
/// written, beside the build).
pub(super) fn content(
    host: &Host,
    found: &Found,
    beside: &Path,
    progress: &crate::progress::Progress,
    interrupt: &Interrupt,
) -> Result<(PathBuf, bool)> {
    let archive = &found.manifest.archive;
    if let Place::Directory(path) = &found.place {
        return Ok((Directory::new(path).archive(&archive.sha256), false));
    }
    let fetch = |to: &Path| match &found.place {
        Place::Remote(address) => {
            Remote::new(host, address)?.fetch(archive, to, progress, interrupt)
        }
        place => Http::new(host, &place.to_string())?.fetch(archive, to, progress, interrupt),
    };
    let local = stores::local(host).map(Directory::new);
    let temporary = local
        .as_ref()
        .and_then(|local| local.temporary(&archive.sha256).ok())
        .filter(|path| std::fs::File::create(path).is_ok());
    let Some((local, temporary)) = local.zip(temporary) else {
        fetch(beside)?;
        return Ok((beside.to_owned(), true));
    };
    let fetched =
        fetch(&temporary).and_then(|()| local.put(&temporary, &found.manifest, &found.raw));
    if let Err(error) = fetched {
        let _ = std::fs::remove_file(&temporary);
        return Err(error);
    }
    Ok((local.archive(&archive.sha256), false))
}
