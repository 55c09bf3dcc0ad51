//! Writes the file: the description, its signature, then every file as described.

use std::fs::{self, File};
use std::io::{BufWriter, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::make::{Collected, Making};
use super::manifest::{self, FORMAT, Manifest, NAME, Part, SIGNATURE};
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::{atomic, hash, snapshot};

/// A bundle that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Of the whole file: what its maker reads out.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

pub(super) fn write(
    what: &Making<'_>,
    collected: Collected,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Made> {
    let secret = snapshot::own_secret(what.host)?;
    let mut files = Vec::new();
    for piece in &collected.pieces {
        files.push(manifest::File {
            path: format!("{}/{}", piece.part.directory(), piece.name),
            size: piece.path.metadata().on("look at", &piece.path)?.len(),
            sha256: hash::of_file(&piece.path).on("read", &piece.path)?,
            part: piece.part,
            tree: piece.tree,
        });
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let manifest = Manifest {
        format: FORMAT,
        signer: secret.public().to_string(),
        made: now.map_or(0, |since| since.as_secs()),
        kit: env!("CARGO_PKG_VERSION").to_owned(),
        host: what.host.rust(what.root)?.host,
        builds: collected.builds,
        about: collected.about,
        files,
        missing: collected.missing,
    };
    let text = manifest.to_json()?;
    // Read back as another machine would: a name that it would refuse is told here.
    Manifest::parse(&text)?;
    let signature = secret.sign(text.as_bytes(), "sprint-kit bundle").to_file();
    let temporary = atomic::beside(what.to);
    let paths: Vec<&Path> = collected
        .pieces
        .iter()
        .map(|piece| piece.path.as_path())
        .collect();
    let result = tar(
        &temporary, &manifest, &text, &signature, &paths, progress, interrupt,
    )
    .and_then(|()| {
        let sha256 = hash::of_file(&temporary).on("read", &temporary)?;
        let size = temporary.metadata().on("look at", &temporary)?.len();
        fs::rename(&temporary, what.to).on("rename", &temporary)?;
        Ok((sha256, size))
    });
    progress.clear();
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    let (sha256, size) = result?;
    Ok(Made {
        manifest,
        sha256,
        size,
    })
}

fn tar(
    to: &Path,
    manifest: &Manifest,
    text: &str,
    signature: &str,
    paths: &[&Path],
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<()> {
    let file = File::create(to).on("create", to)?;
    let mut builder = tar::Builder::new(BufWriter::with_capacity(1 << 18, file));
    let header = |size: u64, mode: u32| {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(mode);
        header
    };
    for (name, text) in [(NAME, text), (SIGNATURE, signature)] {
        builder
            .append_data(&mut header(text.len() as u64, 0o644), name, text.as_bytes())
            .on("write", to)?;
    }
    let total: u64 = manifest.files.iter().map(|file| file.size).sum();
    let mut so_far = 0;
    for (listed, path) in manifest.files.iter().zip(paths) {
        let mode = if listed.part == Part::Program {
            0o755
        } else {
            0o644
        };
        let mut from = Told {
            from: File::open(path).on("open", path)?.take(listed.size),
            hasher: Sha256::new(),
            seen: &mut |bytes| {
                so_far += bytes;
                progress.bytes("bundle", so_far, total);
                !interrupt.requested()
            },
        };
        let appended = builder.append_data(&mut header(listed.size, mode), &listed.path, &mut from);
        let seen = hash::hex(&from.hasher.finalize());
        interrupt.check("making a bundle")?;
        appended.on("write", to)?;
        if seen != listed.sha256 {
            return Err(Error::new(
                Exit::Busy,
                "file-changed",
                format!("`{}` changed while the bundle was made", path.display()),
            )
            .next("sprint bundle make"));
        }
    }
    let finished = builder.into_inner().and_then(|stream| {
        let file = stream.into_inner().map_err(|error| error.into_error())?;
        file.sync_data()
    });
    finished.on("write", to)
}

/// Takes the digest of what is read, and tells how much it was.
struct Told<'a, R> {
    from: R,
    hasher: Sha256,
    /// Given bytes; false to stop.
    seen: &'a mut dyn FnMut(u64) -> bool,
}

impl<R: Read> Read for Told<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        match (self.seen)(read as u64) {
            true => Ok(read),
            false => Err(std::io::Error::other("interrupted")),
        }
    }
}
