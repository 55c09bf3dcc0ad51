//! From what a person asked for (or did not) to a tree on this disk.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Choice, Kind, Lane, Source, choice, fork, identity, release};
use crate::error::{Error, IoContext, Result};
use crate::hash;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::pins::Pins;
use crate::progress::Progress;

/// What `--source` said, if anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted(Option<Choice>);

impl Wanted {
    /// `release`, `fork`, or a directory.
    pub fn parse(text: Option<&str>, directory: &Path) -> Self {
        Self(text.map(|text| match text {
            "release" => Choice::Release,
            "fork" => Choice::Fork,
            path => Choice::Path(directory.join(path)),
        }))
    }
}

impl From<Choice> for Wanted {
    fn from(choice: Choice) -> Self {
        Self(Some(choice))
    }
}

/// The lasting choice, or what counts as one: an initialised submodule means the fork.
pub fn chosen(root: &Path) -> Result<Choice> {
    let choice = choice::load(root)?;
    Ok(choice.unwrap_or(if fork::is_initialised(root) {
        Choice::Fork
    } else {
        Choice::Release
    }))
}

/// Where the tree of a choice is, or would be. Fetches nothing.
pub fn place(root: &Path, pins: &Pins, choice: &Choice) -> PathBuf {
    match choice {
        Choice::Release => release::tree(root, &pins.cpython.release),
        Choice::Fork => fork::tree(root),
        Choice::Path(path) => path.clone(),
    }
}

/// Finds the source that is wanted, fetching what is missing, and looks at what is in it.
///
/// Without a wish or a lasting choice: the fork where its submodule is initialised (that is how a person
/// says "fork"), the pinned release otherwise.
pub fn resolve(
    root: &Path,
    host: &Host,
    pins: &Pins,
    wanted: &Wanted,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Source> {
    let wish = match &wanted.0 {
        Some(wish) => wish.clone(),
        None => chosen(root)?,
    };
    match wish {
        Choice::Release => {
            let pin = &pins.cpython.release;
            let tree = release::ensure(root, host, pin, progress, interrupt)?;
            let id = identity::of_release(&tree, &release::manifest_file(root, pin), &pin.sha256)?;
            let slug = build_name(Kind::Release, root, &tree, pins);
            look(Kind::Release, tree, slug, id)
        }
        Choice::Fork => {
            if !fork::is_initialised(root) {
                return Err(Error::setup(
                    "no-fork",
                    "the fork is chosen, but its submodule is not initialised",
                )
                .next("just source fork"));
            }
            let tree = fork::tree(root);
            let manifest = fork::manifest_file(root, &pins.cpython.fork);
            let id = match identity::of_checkout(&tree, Some(&pins.cpython.fork.commit))? {
                Some(id) => id,
                None if manifest.is_file() => {
                    identity::of_release(&tree, &manifest, &pins.cpython.fork.sha256)?
                }
                None => identity::of_directory(&tree, &cache_of(root, &tree))?,
            };
            let slug = build_name(Kind::Fork, root, &tree, pins);
            look(Kind::Fork, tree, slug, id)
        }
        Choice::Path(path) => {
            let tree = fs::canonicalize(&path).map_err(|source| {
                Error::usage(
                    "no-such-source",
                    format!("there is no CPython tree at `{}`: {source}", path.display()),
                )
                .next("just source release")
            })?;
            let id = match identity::of_checkout(&tree, Some(&pins.cpython.fork.commit))? {
                Some(id) => id,
                None => identity::of_directory(&tree, &cache_of(root, &tree))?,
            };
            let slug = build_name(Kind::Path, root, &tree, pins);
            look(Kind::Path, tree, slug, id)
        }
    }
}

/// `just source fork`: makes sure that the fork is there.
pub fn fetch_fork(
    root: &Path,
    host: &Host,
    pins: &Pins,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<PathBuf> {
    fork::ensure(root, host, &pins.cpython.fork, progress, interrupt)
}

/// `just source release --again`: the unpacked tree and its manifest go; the tarball stays.
pub fn discard_release(root: &Path, pins: &Pins) -> Result<()> {
    let pin = &pins.cpython.release;
    let manifest = release::manifest_file(root, pin);
    // The manifest first: without it a half removed tree counts as none.
    if manifest.exists() {
        fs::remove_file(&manifest).on("remove", &manifest)?;
    }
    crate::build::wipe(&release::tree(root, pin))
}

fn cache_of(root: &Path, tree: &Path) -> PathBuf {
    root.join("build/state")
        .join(format!("{}.manifest", slug(root, tree)))
}

/// The name of a tree's directory under `build/`.
pub(super) fn build_name(kind: Kind, root: &Path, tree: &Path, pins: &Pins) -> String {
    match kind {
        Kind::Release => format!("release-{}", pins.cpython.release.version),
        Kind::Fork => "fork".to_owned(),
        Kind::Path => slug(root, tree),
    }
}

/// A directory name for a tree anywhere: its own name and a digest of its path as the root sees it. Built files name
/// the directory, so it must not tell where the root is: another clone with a tree in the same place beside it has the
/// same key, and the same bytes.
fn slug(root: &Path, tree: &Path) -> String {
    let seen = crate::build::relative(root, tree);
    let name: String = tree
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!(
        "path-{name}-{}",
        &hash::of_bytes(seen.as_os_str().as_encoded_bytes())[..8]
    )
}

fn look(kind: Kind, root: PathBuf, slug: String, id: identity::Identity) -> Result<Source> {
    let header = root.join("Include/patchlevel.h");
    let not_cpython = || {
        Error::usage(
            "not-cpython",
            format!("`{}` is not a CPython tree", root.display()),
        )
        .next("just source release")
    };
    if !root.join("configure").is_file() || !header.is_file() {
        return Err(not_cpython().detail("seen", "no configure, or no Include/patchlevel.h"));
    }
    let text = fs::read_to_string(&header).on("read", &header)?;
    let version_text = defined(&text, "PY_VERSION")
        .map(|value| value.trim_matches('"'))
        .ok_or_else(not_cpython)?;
    // Between releases the tree calls itself `3.16.0a0+`.
    let version_text = version_text.trim_end_matches('+').to_owned();
    let version = version_text
        .parse()
        .map_err(|reason: String| not_cpython().detail("seen", reason))?;
    Ok(Source {
        kind,
        version,
        version_text,
        lane: lane(&root)?,
        identity: id.digest,
        pristine: id.pristine,
        edited: id.edited,
        slug,
        root,
    })
}

/// A tree with a Cargo workspace of its own brings its Rust itself.
pub fn lane(root: &Path) -> Result<Lane> {
    let path = root.join("Cargo.toml");
    if !path.is_file() {
        return Ok(Lane::Overlay);
    }
    let text = fs::read_to_string(&path).on("read", &path)?;
    let is_workspace = text.lines().any(|line| line.trim() == "[workspace]");
    Ok(if is_workspace {
        Lane::InTree
    } else {
        Lane::Overlay
    })
}

/// The value of `#define NAME value`.
fn defined<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let mut words = line.strip_prefix("#define")?.splitn(2, name);
        (words.next()?.trim().is_empty())
            .then(|| words.next())?
            .map(str::trim)
            .filter(|value| !value.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_header() {
        let text = "/* PY_VERSION */\n#define PY_MAJOR_VERSION 3\n#define PY_VERSION              \"3.16.0a0+\"\n";
        assert_eq!(defined(text, "PY_VERSION"), Some("\"3.16.0a0+\""));
        assert_eq!(defined(text, "PY_MICRO_VERSION"), None);
    }

    #[test]
    fn a_directory_that_is_not_cpython_is_refused() {
        let root = tempfile::tempdir().expect("dir");
        let id = identity::Identity {
            digest: String::new(),
            pristine: String::new(),
            edited: 0,
        };
        let error =
            look(Kind::Path, root.path().to_owned(), String::new(), id).expect_err("refused");
        assert_eq!(error.id(), "not-cpython");
    }
}
