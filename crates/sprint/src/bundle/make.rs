//! Makes a bundle of what this machine has.

use std::fs;
use std::path::{Path, PathBuf};

use super::manifest::Part;
use super::parts::fork::Found;
use super::parts::rust::Toolchain;
use super::parts::system::Packages;
use super::parts::{Piece, clone, crates, fork, image, rust, system};
use super::write::{Made, write};
use crate::build::BuildPlan;
use crate::error::{Error, IoContext, Result};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::pins::Pins;
use crate::progress::Progress;
use crate::snapshot::{self, Directory, Saving};
use crate::{atomic, count, source};

/// What a bundle is made of, and what a person wants in it.
#[derive(Clone, Copy, Debug)]
pub struct Making<'a> {
    /// The repository.
    pub root: &'a Path,
    /// The machine.
    pub host: &'a Host,
    /// The pins.
    pub pins: &'a Pins,
    /// The builds whose snapshots go in.
    pub plans: &'a [BuildPlan],
    /// Parts to leave out: `Rust`, `Clone`, `Fork`.
    pub without: &'a [Part],
    /// With the distribution's packages?
    pub system: bool,
    /// An image's archive that goes in.
    pub image: Option<&'a Path>,
    /// The bundle's file.
    pub to: &'a Path,
}

/// What would go in, before anything is collected.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Each with its bytes, where they are known, and whether that is a guess.
    pub parts: Vec<(String, Option<u64>, bool)>,
    /// What would not.
    pub missing: Vec<String>,
}

struct Looked<'a> {
    tarball: Option<PathBuf>,
    tools: Vec<(&'static str, PathBuf)>,
    rust: Option<Toolchain>,
    clone: Option<String>,
    fork: Option<Found>,
    system: Option<Packages>,
    image: Option<(&'a Path, String)>,
    missing: Vec<String>,
}

/// Packed as measured for 1.95.0: 600 MB were 184 MB.
const RUST_PACKED: f64 = 0.31;

fn look<'a>(what: &Making<'a>) -> Result<Looked<'a>> {
    let Making {
        root, host, pins, ..
    } = *what;
    let mut missing = Vec::new();
    let left_out = |part: Part, name: &str| {
        what.without
            .contains(&part)
            .then(|| format!("{name} (left out)"))
    };
    let tarball = source::release_tarball(root, host, &pins.cpython.release);
    if tarball.is_none() {
        missing.push("the release's source: its tarball is not on this machine".to_owned());
    }
    let mut wanted = vec!["just", "sccache"];
    if what
        .plans
        .iter()
        .any(|plan| plan.target.triple.starts_with("wasm"))
    {
        wanted.push("wasmtime");
    }
    let mut tools = Vec::new();
    for tool in wanted {
        match host.find_tool(tool) {
            Some(path) => tools.push((tool, path)),
            None => missing.push(format!("{tool}: it is not on this machine")),
        }
    }
    let triples: Vec<&str> = what.plans.iter().map(|plan| plan.target.triple).collect();
    let rust = match left_out(Part::Rust, "the Rust toolchain") {
        Some(why) => Err(why),
        None => rust::look(root, host, pins, &triples)?,
    };
    let clone = match left_out(Part::Clone, "the kit's own clone") {
        Some(why) => Err(why),
        None => clone::look(root, host),
    };
    let fork = match left_out(Part::Fork, "the fork") {
        Some(why) => Err(why),
        None => fork::look(root, host, &pins.cpython.fork),
    };
    let system = match what.system {
        true => system::look(
            root,
            host,
            rust.is_err() && !what.without.contains(&Part::Rust),
        ),
        false => Err(
            "system packages: the compiler, make, headers (--with-system, on Debian and Ubuntu)"
                .to_owned(),
        ),
    };
    let image = match what.image {
        Some(file) => Some((file, image::look(file)?)),
        None => {
            missing.push("a container image (--with-image FILE, from: just image-save)".to_owned());
            None
        }
    };
    Ok(Looked {
        tarball,
        tools,
        rust: or_missing(rust, &mut missing),
        clone: or_missing(clone, &mut missing),
        fork: or_missing(fork, &mut missing),
        system: or_missing(system, &mut missing),
        image,
        missing,
    })
}

fn or_missing<T>(found: std::result::Result<T, String>, missing: &mut Vec<String>) -> Option<T> {
    found.map_err(|why| missing.push(why)).ok()
}

/// What `make` would put in. Collects nothing.
pub fn preview(what: &Making<'_>) -> Result<Contents> {
    let Making {
        root, host, pins, ..
    } = *what;
    let looked = look(what)?;
    let size = |path: &Path| path.metadata().ok().map(|data| data.len());
    let mut contents = Contents::default();
    let mut add = |title: String, bytes, guess| contents.parts.push((title, bytes, guess));
    for plan in what.plans {
        let built = plan.directory.join("Makefile").is_file();
        let state = if built {
            ""
        } else {
            ", which is not built yet"
        };
        let title = format!("snapshot of {}{state}", plan.directory.display());
        // Measured of a debug build: 54 MB; a snapshot of another is of that order.
        add(title, Some(54_000_000), true);
    }
    if let Some(tarball) = &looked.tarball {
        add(
            format!("source: {}", tarball.display()),
            size(tarball),
            false,
        );
    }
    let program = std::env::current_exe().ok();
    add(
        "program: sprint".to_owned(),
        program.as_deref().and_then(size),
        false,
    );
    for (tool, path) in &looked.tools {
        add(format!("program: {tool}"), size(path), false);
    }
    add("crates of modules and kit".to_owned(), None, true);
    if let Some(rust) = &looked.rust {
        let packed = (rust.unpacked as f64 * RUST_PACKED) as u64;
        add(rust.about.clone(), Some(packed), true);
    }
    if let Some(about) = &looked.clone {
        add(about.clone(), None, true);
    }
    if let Some(fork) = &looked.fork {
        add(
            fork.about(&pins.cpython.fork),
            Some(pins.cpython.fork.size),
            true,
        );
    }
    if let Some(system) = &looked.system {
        let scratch = tempfile_beside(what.to);
        let bytes = system.estimate(root, host, &scratch);
        crate::build::wipe(&scratch)?;
        add(system.about(), Some(bytes?), false);
    }
    if let Some((file, about)) = &looked.image {
        add(about.clone(), size(file), false);
    }
    contents.missing = looked.missing;
    Ok(contents)
}

/// A directory of this run's own, where there is room for a bundle.
fn tempfile_beside(to: &Path) -> PathBuf {
    atomic::beside(to).with_extension("parts")
}

/// Collects, signs, writes.
pub fn make(what: &Making<'_>, progress: &Progress, interrupt: &Interrupt) -> Result<Made> {
    let store = snapshot::local_store(what.host).map(Directory::new);
    let store = store.ok_or_else(|| {
        Error::setup("no-home", "there is no local store: HOME is not set")
            .next("export HOME=/your/home")
    })?;
    let zstd = what.host.need("zstd", "to pack a bundle")?;
    let looked = look(what)?;
    let scratch = tempfile_beside(what.to);
    fs::create_dir_all(&scratch).on("create directory", &scratch)?;
    let collecting = Collecting {
        what,
        zstd,
        store,
        scratch: &scratch,
        progress,
        interrupt,
    };
    let result = collecting
        .all(looked)
        .and_then(|collected| write(what, collected, progress, interrupt));
    let cleared = crate::build::wipe(&scratch);
    let made = result?;
    cleared?;
    Ok(made)
}

/// Everything that is to be written, in the order in which another machine wants it.
pub(super) struct Collected {
    pub(super) pieces: Vec<Piece>,
    pub(super) builds: Vec<String>,
    pub(super) about: Vec<String>,
    pub(super) missing: Vec<String>,
}

struct Collecting<'a> {
    what: &'a Making<'a>,
    zstd: PathBuf,
    store: Directory,
    scratch: &'a Path,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
}

impl Collecting<'_> {
    fn all(&self, looked: Looked<'_>) -> Result<Collected> {
        let Making {
            root, host, pins, ..
        } = *self.what;
        let mut pieces = Vec::new();
        let mut about = Vec::new();
        if let Some(line) = looked.clone {
            self.begin(&line)?;
            pieces.push(clone::pack(root, host, self.scratch)?);
            about.push(line);
        }
        let program = std::env::current_exe()
            .map_err(|error| Error::io("find", Path::new("sprint"), &error))?;
        pieces.push(Piece {
            name: "sprint".to_owned(),
            ..Piece::file(Part::Program, program)
        });
        for (tool, path) in looked.tools {
            pieces.push(Piece {
                name: tool.to_owned(),
                ..Piece::file(Part::Program, path)
            });
        }
        if let Some(system) = looked.system {
            self.begin(&system.about())?;
            let packages = system.pack(root, host, self.scratch)?;
            let number = packages.len() as u64 - 2;
            about.push(format!(
                "{}: {}",
                system.about(),
                count::count(number, "package")
            ));
            pieces.extend(packages);
        }
        if let Some(rust) = looked.rust {
            self.begin(&rust.about)?;
            pieces.push(rust.pack(&self.zstd, self.scratch, self.interrupt)?);
            about.push(rust.about);
        }
        if let Some(tarball) = looked.tarball {
            pieces.push(Piece::file(Part::Source, tarball));
        }
        let builds = self.snapshots(&mut pieces)?;
        self.begin("the crates that modules and kit are compiled from")?;
        pieces.push(crates::pack(
            root,
            host,
            &self.zstd,
            self.scratch,
            self.interrupt,
        )?);
        if let Some(fork) = looked.fork {
            let pin = &pins.cpython.fork;
            self.begin(&fork.about(pin))?;
            pieces.push(fork.pack(pin, host, &self.zstd, self.scratch, self.interrupt)?);
            about.push(fork.about(pin));
        }
        if let Some((file, line)) = looked.image {
            pieces.push(Piece::file(Part::Image, file.to_owned()));
            about.push(line);
        }
        Ok(Collected {
            pieces,
            builds,
            about,
            missing: looked.missing,
        })
    }

    fn begin(&self, what: &str) -> Result<()> {
        self.interrupt.check("making a bundle")?;
        self.progress.say(&format!("collecting {what}"));
        Ok(())
    }

    fn snapshots(&self, pieces: &mut Vec<Piece>) -> Result<Vec<String>> {
        let mut builds = Vec::new();
        for plan in self.what.plans {
            let saving = Saving {
                root: self.what.root,
                host: self.what.host,
                plan,
                store: &self.store,
                again: false,
            };
            let saved = snapshot::save(&saving, self.progress, self.interrupt)?;
            builds.push(saved.key.clone());
            for key in [Some(&saved.key), saved.base_key.as_ref()]
                .into_iter()
                .flatten()
            {
                for ending in ["json", "json.minisig"] {
                    let file = self.store.files().join(format!("{key}.{ending}"));
                    pieces.push(Piece::file(Part::Snapshot, file));
                }
            }
            pieces.push(Piece::file(Part::Snapshot, saved.archive));
        }
        Ok(builds)
    }
}
