//! Where snapshots are looked for: the local store first, then what the person or a room added, in order. One line
//! per store in `<config>/stores`: its name, a tab, an address (`http://…`, `https://…`) or an absolute path.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use super::settings;
use crate::atomic;
use crate::error::{Error, Result};
use crate::host::Host;

/// A place that holds snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A directory; can be written.
    Directory(PathBuf),
    /// The address above `v1/`, without a slash at its end; read only.
    Http(String),
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => Display::fmt(&path.display(), f),
            Self::Http(address) => f.write_str(address),
        }
    }
}

/// A store that was added, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Where.
    pub place: Place,
    /// A room's name, for example.
    pub name: String,
}

impl Place {
    /// From an address or a path (seen from `directory`).
    pub fn parse(text: &str, directory: &Path) -> Result<Self> {
        if text.chars().any(|letter| letter.is_control()) {
            return Err(Error::usage("no-store", "a store's address is one line"));
        }
        match text.split_once("://") {
            Some(("http" | "https", rest)) if !rest.is_empty() && !text.contains(' ') => {
                Ok(Self::Http(text.trim_end_matches('/').to_owned()))
            }
            Some(_) => Err(Error::usage(
                "no-store",
                format!("`{text}` is neither an http(s) address nor a directory"),
            )
            .next("sprint snapshot stores --add http://HOST:PORT/snapshots")),
            None => Ok(Self::Directory(directory.join(text))),
        }
    }
}

/// The local store: `<cache>/snapshots`, or `SPRINT_SNAPSHOT_STORE`.
pub fn local(host: &Host) -> Option<PathBuf> {
    match host.var("SPRINT_SNAPSHOT_STORE") {
        Some(path) => Some(PathBuf::from(path)),
        None => host.user_cache().map(|cache| cache.join("snapshots")),
    }
}

fn file(host: &Host) -> Result<PathBuf> {
    settings::file(host, "stores")
}

/// The stores that were added, in the order they are asked.
pub fn added(host: &Host) -> Result<Vec<Store>> {
    let text = settings::read(&file(host)?)?;
    text.lines()
        .map(|line| {
            let (name, place) = line.split_once('\t').unwrap_or(("", line));
            Ok(Store {
                place: Place::parse(place, Path::new("/"))?,
                name: name.to_owned(),
            })
        })
        .collect()
}

/// Adds a store at the end. `false` if it was there.
pub fn add(host: &Host, place: &Place, name: &str) -> Result<bool> {
    let mut stores = added(host)?;
    if stores.iter().any(|store| store.place == *place) {
        return Ok(false);
    }
    let name = name.replace(|letter: char| letter.is_control(), " ");
    stores.push(Store {
        place: place.clone(),
        name,
    });
    save(host, &stores).map(|()| true)
}

/// Takes a store away, by address or by name. Returns those that went.
pub fn remove(host: &Host, what: &str) -> Result<Vec<Store>> {
    let address = what.trim_end_matches('/');
    let (gone, kept): (Vec<_>, Vec<_>) = added(host)?
        .into_iter()
        .partition(|store| store.place.to_string() == address || store.name == what);
    if !gone.is_empty() {
        save(host, &kept)?;
    }
    Ok(gone)
}

fn save(host: &Host, stores: &[Store]) -> Result<()> {
    let lines = stores
        .iter()
        .map(|store| format!("{}\t{}\n", store.name, store.place));
    atomic::write(&file(host)?, lines.collect::<String>().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_kept_in_order_and_go_by_name() {
        let home = tempfile::tempdir().expect("dir");
        let env = [("HOME".to_owned(), home.path().display().to_string())];
        let host = Host::with_env(env.into());
        let place = |text| Place::parse(text, Path::new("/w")).expect("a place");
        let room = place("http://10.0.0.2:8000/snapshots/");
        assert!(add(&host, &room, "table 4").expect("add"));
        assert!(!add(&host, &room, "again").expect("once"));
        assert!(add(&host, &place("stick"), "").expect("add"));
        let places: Vec<String> = added(&host)
            .expect("list")
            .iter()
            .map(|store| store.place.to_string())
            .collect();
        assert_eq!(places, ["http://10.0.0.2:8000/snapshots", "/w/stick"]);
        assert_eq!(remove(&host, "table 4").expect("remove").len(), 1);
        assert_eq!(added(&host).expect("list").len(), 1);
        assert!(Place::parse("ftp://x/y", Path::new("/")).is_err());
    }
}
