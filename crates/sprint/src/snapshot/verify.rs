//! Looks at everything in a store as a restore would, and changes nothing in it.

use serde::Serialize;

use super::find;
use super::manifest::Archive;
use super::opened::Opened;
use super::stores::Place;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// One key of a store.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// The key that it answers to.
    pub key: String,
    /// It is the base key of what it holds.
    pub is_base: bool,
    /// Who signed it.
    pub signer: Option<String>,
    /// Version of the tree, target, profile.
    pub build: Option<String>,
    /// Bytes of the archive.
    pub size: Option<u64>,
    /// What is wrong; `None` if nothing is.
    pub problem: Option<String>,
    /// The stable name of what is wrong.
    pub problem_id: Option<&'static str>,
}

/// What looking needs.
#[derive(Clone, Copy, Debug)]
pub struct Verifying<'a> {
    /// The machine.
    pub host: &'a Host,
    /// The store.
    pub store: &'a Opened,
    /// Its name for people.
    pub place: &'a Place,
    /// Read the archives too.
    pub contents: bool,
}

/// Looks at these keys (the first letters of one will do), or all.
pub fn verify(
    what: &Verifying<'_>,
    keys: &[String],
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Vec<Checked>> {
    let there = what.store.keys(interrupt)?;
    let there: Vec<String> = there.into_iter().map(|(key, _)| key).collect();
    for asked in keys {
        if !there.iter().any(|key| key.starts_with(asked.as_str())) {
            return Err(Error::usage(
                "no-such-key",
                format!(
                    "no snapshot in {} has a key that begins with `{asked}`",
                    what.place
                ),
            )
            .next("sprint snapshot list"));
        }
    }
    let is_asked =
        |key: &String| keys.is_empty() || keys.iter().any(|asked| key.starts_with(asked.as_str()));
    // The names of one build share its archive, which is fetched once.
    let mut right: Vec<Archive> = Vec::new();
    let mut content = |archive: &Archive| {
        if !right.contains(archive) {
            what.store.check(archive, progress, interrupt)?;
            right.push(archive.clone());
        }
        Ok(())
    };
    there
        .into_iter()
        .filter(is_asked)
        .map(|key| one(what, key, &mut content, interrupt))
        .collect()
}

fn one(
    what: &Verifying<'_>,
    key: String,
    content: &mut dyn FnMut(&Archive) -> Result<()>,
    interrupt: &Interrupt,
) -> Result<Checked> {
    let mut checked = Checked {
        key: key.clone(),
        is_base: false,
        signer: None,
        build: None,
        size: None,
        problem: None,
        problem_id: None,
    };
    let Some(raw) = what.store.read(&key, interrupt)? else {
        checked.problem = Some("there is none with this key".to_owned());
        checked.problem_id = Some("no-snapshot");
        return Ok(checked);
    };
    let found = find::check(what.host, &raw, &key, what.place).and_then(|found| {
        if what.contents {
            content(&found.manifest.archive)?;
        }
        Ok(found)
    });
    match found {
        Ok(found) => {
            let manifest = found.manifest;
            checked.is_base = manifest.key != key;
            checked.signer = Some(found.signer.name);
            checked.build = Some(format!(
                "{} {} {}",
                manifest.source.version, manifest.target, manifest.profile
            ));
            checked.size = Some(manifest.archive.size);
        }
        Err(error) if error.exit() == Exit::Interrupted => return Err(error),
        Err(error) => {
            checked.problem = Some(error.to_string());
            checked.problem_id = Some(error.id());
        }
    }
    Ok(checked)
}
