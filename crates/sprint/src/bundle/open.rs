//! Looks into a bundle, and takes what is in it. Nothing is written before every byte was checked.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Serialize;

use super::manifest::{Manifest, NAME, Part, SIGNATURE, refuse};
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::host::Host;
use crate::snapshot::{self, PublicKey, Signature};
use crate::{atomic, hash};

/// A bundle whose description is believed.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Who vouches for it.
    pub vouched_by: String,
}

/// What was taken from a bundle.
#[derive(Clone, Debug, Serialize)]
pub struct Used {
    /// Files that are now where the kit looks for them.
    pub placed: Vec<PathBuf>,
    /// The maker's key, if it was accepted with the bundle.
    pub accepted: Option<String>,
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
            let digest = digest(from).on("read", file)?;
            if size != entry.size || digest != entry.sha256 {
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

/// Puts what a bundle carries where the kit looks for it. `open` has checked it; what is written is checked once more.
pub fn take(
    host: &Host,
    root: &Path,
    file: &Path,
    opened: &Opened,
    accept: Option<&str>,
) -> Result<Used> {
    let no_home = || {
        Error::setup("no-home", "there is no place for a cache: HOME is not set")
            .next("export HOME=/your/home")
    };
    let downloads = host.user_cache().ok_or_else(no_home)?.join("downloads");
    let store = snapshot::local_store(host).ok_or_else(no_home)?.join("v1");
    let tools = host.user_data().ok_or_else(no_home)?.join("bin");
    let mut placed = Vec::new();
    let mut position = 0;
    each(file, &mut |path, _, from| {
        if path == NAME || path == SIGNATURE {
            return Ok(());
        }
        let entry = opened
            .manifest
            .files
            .get(position)
            .filter(|entry| entry.path == path);
        let entry = entry.ok_or_else(|| refuse(&format!("`{path}` came meanwhile")))?;
        position += 1;
        let name = path.rsplit('/').next().unwrap_or(path);
        let to = match entry.part {
            // Bootstrap puts the kit itself into the checkout.
            Part::Program if name == "sprint" => return Ok(()),
            Part::Program => tools.join(name),
            Part::Source => downloads.join(name),
            Part::Snapshot => store.join(name),
            Part::Crates => root.join("build/bundle").join(name),
        };
        place(from, &to, &entry.sha256, entry.part == Part::Program)?;
        placed.push(to);
        Ok(())
    })?;
    let crates = root.join("build/bundle/vendor.tar.zst");
    if crates.is_file() {
        placed.extend(vendor(host, root, &crates)?);
    }
    let accepted = match (accept, PublicKey::parse(&opened.manifest.signer)) {
        (Some(name), Some(key)) if snapshot::own_key(host)? != Some(key.clone()) => {
            snapshot::accept(host, &key, name)?;
            Some(key.to_string())
        }
        _ => None,
    };
    Ok(Used { placed, accepted })
}

fn place(from: &mut dyn Read, to: &Path, sha256: &str, is_program: bool) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if let Some(directory) = to.parent() {
        fs::create_dir_all(directory).on("create directory", directory)?;
    }
    let temporary = atomic::beside(to);
    let written = File::create(&temporary)
        .and_then(|mut file| std::io::copy(from, &mut file))
        .and_then(|_| hash::of_file(&temporary))
        .on("write", &temporary);
    let right = written.and_then(|seen| match seen == sha256 {
        true => Ok(()),
        false => Err(refuse(&format!("`{}` changed meanwhile", to.display()))),
    });
    let finished = right.and_then(|()| {
        let mode = if is_program { 0o755 } else { 0o644 };
        fs::set_permissions(&temporary, fs::Permissions::from_mode(mode))
            .and_then(|()| fs::rename(&temporary, to))
            .on("rename", &temporary)
    });
    if finished.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    finished
}

/// Unpacks the crates, and tells cargo of them in this checkout alone, unless the person has told it something there.
fn vendor(host: &Host, root: &Path, packed: &Path) -> Result<Vec<PathBuf>> {
    let config = root.join(".cargo/config.toml");
    let at = root.join("build/bundle");
    let vendor = at.join("vendor");
    crate::build::wipe(&vendor)?;
    let zstd = host.need("zstd", "to unpack the crates")?;
    let mut child = Command::new(&zstd)
        .args(["-q", "-d", "--stdout", "--"])
        .arg(packed)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Error::io("run", &zstd, &error))?;
    let unpacked = match child.stdout.take() {
        // The crate refuses what leads out; and the bundle was vouched for.
        Some(stdout) => tar::Archive::new(stdout).unpack(&at).on("unpack", packed),
        None => Err(Error::bug("zstd has no stdout")),
    };
    child.wait().on("wait for", &zstd)?;
    unpacked?;
    if config.exists() {
        return Ok(vec![vendor]);
    }
    let text = "# Written by `sprint bundle use`: without a network, crates come from the bundle.\n\
                [source.crates-io]\nreplace-with = \"bundle\"\n\n\
                [source.bundle]\ndirectory = \"build/bundle/vendor\"\n";
    atomic::write(&config, text.as_bytes())?;
    Ok(vec![vendor, config])
}

/// Calls `visit` with name, size and content of every file of a tar; anything but files is refused. So are the entries
/// by which a tar says long names: they are read whole, before a signature was.
fn each(file: &Path, visit: &mut dyn FnMut(&str, u64, &mut dyn Read) -> Result<()>) -> Result<()> {
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
