//! Makes a bundle of what this machine has.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::manifest::{self, FORMAT, Manifest, NAME, Part, SIGNATURE};
use crate::build::BuildPlan;
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::hash;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::snapshot::{self, Directory, Saving};
use crate::{atomic, exec, source};

/// The release's tarball, crates and programs come from here.
#[derive(Clone, Copy, Debug)]
pub struct Making<'a> {
    /// The repository.
    pub root: &'a Path,
    /// The machine.
    pub host: &'a Host,
    /// The builds whose snapshots go in.
    pub plans: &'a [BuildPlan],
    /// The release's tarball, if it is at hand.
    pub tarball: Option<&'a Path>,
    /// The bundle's file.
    pub to: &'a Path,
}

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

/// What a bundle of this kit never carries.
const NEVER: [&str; 4] = [
    "the Rust toolchain (rustup's directory must be there, or the distribution's rustc)",
    "system packages: the compiler, make, headers (doctor lists them)",
    "the kit's own clone (git clone from a stick does)",
    "a container image, and the fork's history",
];

/// Collects, signs, writes.
pub fn make(what: &Making<'_>, progress: &Progress, interrupt: &Interrupt) -> Result<Made> {
    let Making {
        root, host, plans, ..
    } = *what;
    let store = snapshot::local_store(host).map(Directory::new);
    let store = store.ok_or_else(|| {
        Error::setup("no-home", "there is no local store: HOME is not set")
            .next("export HOME=/your/home")
    })?;
    let mut missing: Vec<String> = NEVER.map(str::to_owned).to_vec();
    let mut files: Vec<(Part, String, PathBuf)> = Vec::new();
    let mut builds = Vec::new();
    for plan in plans {
        let saving = Saving {
            root,
            host,
            plan,
            store: &store,
            again: false,
        };
        let saved = snapshot::save(&saving, progress, interrupt)?;
        builds.push(saved.key.clone());
        for key in [Some(&saved.key), saved.base_key.as_ref()]
            .into_iter()
            .flatten()
        {
            for ending in ["json", "json.minisig"] {
                let name = format!("{key}.{ending}");
                files.push((Part::Snapshot, name.clone(), store.files().join(name)));
            }
        }
        let name = file_name(&saved.archive);
        files.push((Part::Snapshot, name, saved.archive));
    }
    match what.tarball {
        Some(tarball) => files.push((Part::Source, file_name(tarball), tarball.to_owned())),
        None => missing.push("the release's source: its tarball is not on this machine".to_owned()),
    }
    let program =
        std::env::current_exe().map_err(|error| Error::io("find", Path::new("sprint"), &error))?;
    files.push((Part::Program, "sprint".to_owned(), program));
    for tool in ["just", "sccache"] {
        match host.find_tool(tool) {
            Some(path) => files.push((Part::Program, tool.to_owned(), path)),
            None => missing.push(format!("{tool}: it is not on this machine")),
        }
    }
    let temporary = atomic::beside(what.to);
    let scratch = temporary.with_extension("crates");
    let result = crates(root, host, &scratch, progress).and_then(|crates| {
        files.push((Part::Crates, "vendor.tar.zst".to_owned(), crates));
        write(what, builds, missing, &files, &temporary)
    });
    let cleared = crate::build::wipe(&scratch);
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    let made = result?;
    cleared?;
    Ok(made)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// `cargo vendor` of both workspaces, packed.
fn crates(root: &Path, host: &Host, scratch: &Path, progress: &Progress) -> Result<PathBuf> {
    let vendor = scratch.join("vendor");
    fs::create_dir_all(&vendor).on("create directory", &vendor)?;
    progress.say("collecting the crates that modules and kit are compiled from");
    let line = exec::CommandLine::new("cargo", root)
        .args([
            "vendor",
            "--locked",
            "--versioned-dirs",
            "--quiet",
            "--sync",
        ])
        .args([root.join("modules/Cargo.toml").to_string_lossy()])
        .args([vendor.to_string_lossy()]);
    let output = exec::output(&line, host.env())?;
    if !output.status.success() {
        return Err(Error::setup("no-crates", "cargo cannot collect the crates")
            .detail("seen", String::from_utf8_lossy(&output.stderr).trim())
            .next("cargo fetch --locked, with a network; then the same command again"));
    }
    let zstd = host.need("zstd", "to pack the crates")?;
    let packed = scratch.join("vendor.tar.zst");
    let file = File::create(&packed).on("create", &packed)?;
    let mut child = Command::new(&zstd)
        .args(["-q", "-10", "--stdout"])
        .stdin(Stdio::piped())
        .stdout(file)
        .spawn()
        .map_err(|error| Error::io("run", &zstd, &error))?;
    let written = match child.stdin.take() {
        Some(stdin) => {
            let mut builder = tar::Builder::new(std::io::BufWriter::new(stdin));
            builder.mode(tar::HeaderMode::Deterministic);
            builder.append_dir_all("vendor", &vendor).and_then(|()| {
                let stream = builder.into_inner()?;
                stream
                    .into_inner()
                    .map(drop)
                    .map_err(|error| error.into_error())
            })
        }
        None => return Err(Error::bug("zstd has no stdin")),
    };
    let status = child.wait().on("wait for", &zstd)?;
    written.on("write", &packed)?;
    if !status.success() {
        return Err(
            Error::setup("cannot-compress", "zstd could not pack the crates")
                .next("free some space, then the same command again"),
        );
    }
    Ok(packed)
}

fn write(
    what: &Making<'_>,
    builds: Vec<String>,
    missing: Vec<String>,
    files: &[(Part, String, PathBuf)],
    temporary: &Path,
) -> Result<Made> {
    let secret = snapshot::own_secret(what.host)?;
    let mut listed = Vec::new();
    for (part, name, path) in files {
        listed.push(manifest::File {
            path: format!("{}/{name}", part.directory()),
            size: path.metadata().on("look at", path)?.len(),
            sha256: hash::of_file(path).on("read", path)?,
            part: *part,
        });
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let manifest = Manifest {
        format: FORMAT,
        signer: secret.public().to_string(),
        made: now.map_or(0, |since| since.as_secs()),
        kit: env!("CARGO_PKG_VERSION").to_owned(),
        host: what.host.rust(what.root)?.host,
        builds,
        files: listed,
        missing,
    };
    let text = manifest.to_json()?;
    let signature = secret.sign(text.as_bytes(), "sprint-kit bundle").to_file();
    let file = File::create(temporary).on("create", temporary)?;
    let mut builder = tar::Builder::new(std::io::BufWriter::new(file));
    let mut append = |name: &str, mode: u32, bytes: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        builder
            .append_data(&mut header, name, bytes)
            .on("write", temporary)
    };
    append(NAME, 0o644, text.as_bytes())?;
    append(SIGNATURE, 0o644, signature.as_bytes())?;
    for (listed, (part, _, path)) in manifest.files.iter().zip(files) {
        let bytes = fs::read(path).on("read", path)?;
        if hash::of_bytes(&bytes) != listed.sha256 {
            return Err(Error::new(
                Exit::Busy,
                "file-changed",
                format!("`{}` changed while the bundle was made", path.display()),
            )
            .next("sprint bundle make"));
        }
        let mode = if *part == Part::Program { 0o755 } else { 0o644 };
        append(&listed.path, mode, &bytes)?;
    }
    let finished = builder.into_inner().and_then(|stream| {
        let file = stream.into_inner().map_err(|error| error.into_error())?;
        file.sync_data()
    });
    finished.on("write", temporary)?;
    let sha256 = hash::of_file(temporary).on("read", temporary)?;
    let size = temporary.metadata().on("look at", temporary)?.len();
    fs::rename(temporary, what.to).on("rename", temporary)?;
    Ok(Made {
        manifest,
        sha256,
        size,
    })
}

/// Where the release's tarball is, if it is at hand.
pub(crate) fn tarball(root: &Path, host: &Host, pins: &crate::pins::Pins) -> Option<PathBuf> {
    source::release_tarball(root, host, &pins.cpython.release)
}
