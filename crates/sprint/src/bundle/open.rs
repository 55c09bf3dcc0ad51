//! Looks into a bundle, and says whether it is believed. Writes nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::manifest::{Manifest, NAME, SIGNATURE, refuse};
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::hash;
use crate::host::Host;
use crate::snapshot::{self, PublicKey, Signature};

/// A bundle whose description is believed.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Who vouches for it.
    pub vouched_by: String,
}

/// No description comes near this.
const MOST_TEXT: u64 = 1 << 20;

/// Reads a bundle to its end. `sha256` is the whole file's, as its maker read it out; without it, the signature must be
/// by a key that was accepted before.
pub fn open(host: &Host, file: &Path, sha256: Option<&str>) -> Result<Opened> {
    if let Some(wanted) = sha256 {
        let seen = hash::of_file(file).on("read", file)?;
        if seen != wanted.to_lowercase() {
            return Err(Error::new(
                Exit::Integrity,
                "wrong-checksum",
                format!("`{}` is not the bundle with that checksum", file.display()),
            )
            .detail("wanted", wanted)
            .detail("seen", seen)
            .next("copy it again from its maker"));
        }
    }
    let mut texts = BTreeMap::new();
    let mut manifest = None;
    let mut seen = 0;
    each(file, &mut |path, size, from| {
        if let Some(manifest) = &manifest {
            let listed: &Manifest = manifest;
            let entry = listed.files.get(seen).filter(|entry| entry.path == path);
            let entry = entry.ok_or_else(|| refuse(&format!("`{path}` is not what is listed")))?;
            // The whole file's checksum covers all of them, and each is compared again when it is taken.
            let right = size == entry.size
                && (sha256.is_some() || digest(from).on("read", file)? == entry.sha256);
            if !right {
                return Err(refuse(&format!("`{path}` is damaged")));
            }
            seen += 1;
            return Ok(());
        }
        if size > MOST_TEXT {
            return Err(refuse(&"its description is too long"));
        }
        let mut text = String::new();
        from.read_to_string(&mut text)
            .map_err(|error| refuse(&error))?;
        texts.insert(path.to_owned(), text);
        if texts.len() == 2 {
            let (Some(text), Some(signature)) = (texts.get(NAME), texts.get(SIGNATURE)) else {
                return Err(refuse(&"it does not begin with its description"));
            };
            manifest = Some(believed(host, text, signature, sha256.is_some())?);
        }
        Ok(())
    })?;
    let manifest = manifest.ok_or_else(|| refuse(&"it has no description"))?;
    if seen != manifest.files.len() {
        return Err(refuse(&"it ends too early"));
    }
    let vouched_by = match sha256 {
        Some(_) => "its checksum".to_owned(),
        None => manifest.signer.clone(),
    };
    Ok(Opened {
        manifest,
        vouched_by,
    })
}

fn believed(host: &Host, text: &str, signature: &str, vouched: bool) -> Result<Manifest> {
    let signature =
        Signature::from_file(signature).ok_or_else(|| refuse(&"its signature cannot be read"))?;
    let manifest = Manifest::parse(text)?;
    let claimed = PublicKey::parse(&manifest.signer);
    if vouched {
        // The whole file is vouched for; that its signature is right only shows that it was made in order.
        let right = claimed.is_some_and(|key| key.verifies(text.as_bytes(), &signature));
        return match right {
            true => Ok(manifest),
            false => Err(refuse(&"its signature is wrong")),
        };
    }
    let bytes = text.as_bytes();
    snapshot::signer(host, bytes, &signature, claimed.as_ref(), "the bundle")?;
    Ok(manifest)
}

/// Calls `visit` with name, size and content of every file of a tar; anything but files is refused. So are the entries
/// by which a tar says long names: they are read whole, before a signature was.
pub(super) fn each(
    file: &Path,
    visit: &mut dyn FnMut(&str, u64, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    let open = File::open(file).on("open", file)?;
    let mut archive = tar::Archive::new(std::io::BufReader::with_capacity(1 << 18, open));
    let entries = archive.entries().map_err(|error| refuse(&error))?;
    for entry in entries.raw(true) {
        let mut entry = entry.map_err(|error| refuse(&error))?;
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(refuse(&"it holds something else than files"));
        }
        let path = entry.path().map_err(|error| refuse(&error))?;
        let path = path.to_string_lossy().into_owned();
        let size = entry.size();
        visit(&path, size, &mut entry)?;
    }
    Ok(())
}

fn digest(from: &mut dyn Read) -> std::io::Result<String> {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(hash::hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..read]);
    }
}
