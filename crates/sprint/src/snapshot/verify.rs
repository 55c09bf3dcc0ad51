//! Looks at everything in a directory store as a restore would, and writes nothing.

use serde::Serialize;

use super::find;
use super::store::Directory;
use super::stores::Place;
use super::unpack;
use crate::error::Result;
use crate::host::Host;

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

/// Looks at these keys, or all. `contents`: reads the archives too.
pub fn verify(
    host: &Host,
    store: &Directory,
    keys: &[String],
    contents: bool,
) -> Result<Vec<Checked>> {
    let all = match keys {
        [] => store.keys()?.into_iter().map(|(key, _)| key).collect(),
        keys => keys.to_vec(),
    };
    all.into_iter()
        .map(|key| one(host, store, key, contents))
        .collect()
}

fn one(host: &Host, store: &Directory, key: String, contents: bool) -> Result<Checked> {
    let mut checked = Checked {
        key: key.clone(),
        is_base: false,
        signer: None,
        build: None,
        size: None,
        problem: None,
        problem_id: None,
    };
    let Some(raw) = store.read(&key)? else {
        checked.problem = Some("there is none with this key".to_owned());
        checked.problem_id = Some("no-snapshot");
        return Ok(checked);
    };
    let place = Place::Directory(store.files());
    let found = find::check(host, &raw, &key, &place).and_then(|found| {
        let archive = &found.manifest.archive;
        let file = store.archive(&archive.sha256);
        if contents {
            unpack::check(&file, archive)?;
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
        Err(error) => {
            checked.problem = Some(error.to_string());
            checked.problem_id = Some(error.id());
        }
    }
    Ok(checked)
}
