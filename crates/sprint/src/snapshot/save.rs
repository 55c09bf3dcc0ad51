//! A finished build into a store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::content;
use super::find;
use super::keys;
use super::manifest::{FORMAT, Manifest, Tree, lane_name};
use super::pack::{self, Content};
use super::store::{Directory, Raw};
use super::stores::Place;
use crate::build::{self, BuildPlan, StepId};
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::lock;
use crate::progress::Progress;
use crate::source::Lane;
use crate::source::times::Seen;

/// What saving did.
#[derive(Clone, Debug, Serialize)]
pub struct Saved {
    /// The build's key.
    pub key: String,
    /// It is also there for others' edits, under this key.
    pub base_key: Option<String>,
    /// The archive.
    pub archive: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// It was there before; nothing was written.
    pub was_there: bool,
}

/// What saving needs.
#[derive(Clone, Copy, Debug)]
pub struct Saving<'a> {
    /// The repository.
    pub root: &'a Path,
    /// The machine.
    pub host: &'a Host,
    /// The build.
    pub plan: &'a BuildPlan,
    /// The store.
    pub store: &'a Directory,
    /// Even if it is there.
    pub again: bool,
}

/// Saves. Does not hold the build directory's lock: nobody should wait for it; a build that changes meanwhile is
/// noticed, and then nothing is saved.
pub fn save(what: &Saving<'_>, progress: &Progress, interrupt: &Interrupt) -> Result<Saved> {
    let Saving {
        root,
        host,
        plan,
        store,
        again,
    } = *what;
    let steps = build::finished_steps(plan).ok_or_else(|| {
        Error::setup(
            "not-built",
            format!(
                "`{}` is not a finished build of what is there now",
                plan.directory.display()
            ),
        )
        .next("just build, then the same command again")
    })?;
    let zstd = zstd(host)?;
    let key = plan.key();
    let lock = store.files().join(format!("{key}.lock"));
    let _lock = lock::exclusive(&lock, progress, interrupt)?;
    if !again && let Some(saved) = already_there(host, store, &key)? {
        return Ok(saved);
    }
    let secret = keys::own_secret(host)?;
    let outputs: Vec<PathBuf> = plan
        .steps
        .iter()
        .flat_map(|step| &step.outputs)
        .filter_map(|output| Some(output.strip_prefix(&plan.directory).ok()?.to_owned()))
        .collect();
    let cargo_lock = match plan.source.lane {
        Lane::Overlay => root.join(crate::module::DIRECTORY).join("Cargo.lock"),
        Lane::InTree => plan.source.root.join("Cargo.lock"),
    };
    let items = content::list(
        &plan.directory,
        &content::foreign_crates(&cargo_lock),
        &outputs,
    )?;
    let content = Content {
        build: &plan.directory,
        items: &items,
        sources: &sources(plan)?,
        roots: &roots(root, plan)?,
    };
    let temporary = store.temporary(&key)?;
    let saved = pack::pack(&zstd, &content, &temporary, interrupt).and_then(|archive| {
        // A make by somebody else may have ended before the last look at the files.
        if build::finished_steps(plan).as_ref() != Some(&steps) {
            return Err(Error::new(
                Exit::Busy,
                "build-changed",
                "the build changed while it was being saved",
            )
            .next("sprint snapshot save"));
        }
        let manifest = describe(plan, steps, archive, secret.public().to_string())?;
        let text = manifest.to_json()?;
        let comment = format!("sprint-kit snapshot {key}");
        let signature = secret.sign(text.as_bytes(), &comment).to_file();
        store.put(&temporary, &manifest, &Raw { text, signature })?;
        Ok(of(store, &manifest, false))
    });
    if saved.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    saved
}

/// The program that packs and unpacks.
pub(super) fn zstd(host: &Host) -> Result<PathBuf> {
    host.need("zstd", "to pack and unpack snapshots")
}

fn already_there(host: &Host, store: &Directory, key: &str) -> Result<Option<Saved>> {
    let Some(raw) = store.read(key)? else {
        return Ok(None);
    };
    let place = Place::Directory(store.files());
    // One by an unknown key, or a broken one, is replaced by ours.
    let Ok(found) = find::check(host, &raw, key, &place) else {
        return Ok(None);
    };
    let archive = store.archive(&found.manifest.archive.sha256);
    let whole = archive
        .metadata()
        .is_ok_and(|data| data.len() == found.manifest.archive.size);
    Ok(whole.then(|| of(store, &found.manifest, true)))
}

fn of(store: &Directory, manifest: &Manifest, was_there: bool) -> Saved {
    Saved {
        key: manifest.key.clone(),
        base_key: manifest.base_key.clone(),
        archive: store.archive(&manifest.archive.sha256),
        size: manifest.archive.size,
        was_there,
    }
}

fn describe(
    plan: &BuildPlan,
    steps: BTreeMap<String, String>,
    archive: super::manifest::Archive,
    signer: String,
) -> Result<Manifest> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Ok(Manifest {
        format: FORMAT,
        key: plan.key(),
        base_key: (plan.source.identity == plan.source.pristine).then(|| plan.base_key()),
        signer,
        // A clock before 1970 tells nobody anything.
        made: now.map_or(0, |since| since.as_secs()),
        kit: env!("CARGO_PKG_VERSION").to_owned(),
        source: Tree {
            version: plan.source.version_text.clone(),
            identity: plan.source.identity.clone(),
            seen_as: plan.source_seen().to_string_lossy().into_owned(),
            lane: lane_name(plan.source.lane).to_owned(),
        },
        target: plan.target.triple.to_owned(),
        profile: plan.profile.name().to_owned(),
        inputs: plan.inputs.digests(),
        steps,
        archive,
    })
}

/// The record of the tree that make was run on.
fn sources(plan: &BuildPlan) -> Result<String> {
    let seen = match Seen::load(&plan.seen(StepId::Make))? {
        Some(seen) => seen,
        // A build from before the kit kept them: its make step is done with the tree as it is now.
        None => Seen::look(&plan.source.root, &Seen::default())?,
    };
    seen.timeless().to_text().ok_or_else(|| {
        Error::setup(
            "strange-names",
            format!(
                "`{}` holds a file whose name has a line break",
                plan.source.root.display()
            ),
        )
        .next(format!(
            "rename it; to find it: find {} -name '*\n*'",
            plan.source.root.display()
        ))
    })
}

/// The paths of the checkout in the build's text files: today's, and the one in which it was configured.
fn roots(root: &Path, plan: &BuildPlan) -> Result<Vec<String>> {
    let mut roots = vec![root.to_string_lossy().into_owned()];
    if let Ok(real) = root.canonicalize() {
        roots.push(real.to_string_lossy().into_owned());
    }
    let makefile = plan.directory.join("Makefile");
    let text = std::fs::read(&makefile).on("read", &makefile)?;
    let text = String::from_utf8_lossy(&text);
    let below = plan.directory.strip_prefix(root).unwrap_or(&plan.directory);
    let built_in = text
        .lines()
        .find_map(|line| line.strip_prefix("abs_builddir="))
        .and_then(|path| path.trim().strip_suffix(&*below.to_string_lossy()))
        .map(|path| path.trim_end_matches('/').to_owned());
    roots.extend(built_in);
    roots.sort_by_key(|root| std::cmp::Reverse(root.len()));
    roots.dedup();
    Ok(roots)
}
