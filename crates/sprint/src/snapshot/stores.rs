//! Where snapshots are looked for: the local store first, then what the person or a room added, in order. One line
//! per store in `<config>/stores`: its name, a tab, an address (`https://…`, `s3://…`, `webdavs://…`, `gha:`) or an
//! absolute path. An address holds no credential: it is kept here, and shown.

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
    /// An address that `sprint-store` understands: S3, WebDAV, GitHub's Actions cache.
    Remote(String),
}

/// What `sprint-store` is asked for; it looks at the rest of the address itself.
const REMOTE: [&str; 3] = ["s3", "webdav", "webdavs"];

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => Display::fmt(&path.display(), f),
            Self::Http(address) | Self::Remote(address) => f.write_str(address),
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
        if let Some((_, rest)) = text.split_once("://")
            && rest.contains('@')
        {
            // Not repeated: it may be a password.
            return Err(Error::usage(
                "login-in-address",
                "a login may not stand in a store's address: it would be kept and shown",
            )
            .next("docs/snapshots.md says where credentials come from"));
        }
        let blank = text.contains(' ');
        let short = text.trim_end_matches('/').to_owned();
        match text.split_once("://") {
            Some(("http" | "https", rest)) if !rest.is_empty() && !blank => Ok(Self::Http(short)),
            Some((scheme, rest)) if REMOTE.contains(&scheme) && !rest.is_empty() && !blank => {
                Ok(Self::Remote(short))
            }
            None if text.starts_with("gha:") && !blank => Ok(Self::Remote(short)),
            Some(_) => Err(Error::usage(
                "no-store",
                format!("`{text}` is neither a store's address nor a directory"),
            )
            .next("sprint snapshot stores --add s3://BUCKET/PREFIX, webdavs://HOST/PATH, gha:, http://HOST:PORT/PATH or DIR")),
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
    let lines = lines(host)?.into_iter();
    lines
        .map(|(name, place)| {
            Ok(Store {
                place: Place::parse(&place, Path::new("/"))?,
                name,
            })
        })
        .collect()
}

/// Names and addresses, as they were written.
fn lines(host: &Host) -> Result<Vec<(String, String)>> {
    let text = settings::read(&file(host)?)?;
    let pair = |line: &str| {
        let (name, place) = line.split_once('\t').unwrap_or(("", line));
        (name.to_owned(), place.to_owned())
    };
    Ok(text.lines().map(pair).collect())
}

/// Adds a store at the end. `false` if it was there.
pub fn add(host: &Host, place: &Place, name: &str) -> Result<bool> {
    let mut stores = lines(host)?;
    let place = place.to_string();
    if stores.iter().any(|(_, known)| *known == place) {
        return Ok(false);
    }
    let name = name.replace(|letter: char| letter.is_control(), " ");
    stores.push((name, place));
    save(host, &stores).map(|()| true)
}

/// Takes a store away, by address or by name, even one whose address cannot be read. Returns how many went.
pub fn remove(host: &Host, what: &str) -> Result<usize> {
    let address = what.trim_end_matches('/');
    let (gone, kept): (Vec<_>, Vec<_>) = lines(host)?.into_iter().partition(|(name, place)| {
        place.trim_end_matches('/') == address || (name == what && !what.is_empty())
    });
    if !gone.is_empty() {
        save(host, &kept)?;
    }
    Ok(gone.len())
}

fn save(host: &Host, stores: &[(String, String)]) -> Result<()> {
    let lines = stores
        .iter()
        .map(|(name, place)| format!("{name}\t{place}\n"));
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
        assert_eq!(remove(&host, "table 4").expect("remove"), 1);
        assert_eq!(added(&host).expect("list").len(), 1);
        assert!(Place::parse("ftp://x/y", Path::new("/")).is_err());
    }

    #[test]
    fn every_kind_of_address_is_known_by_its_beginning() {
        let parse = |text| Place::parse(text, Path::new("/w")).expect(text);
        for text in [
            "s3://kit/a",
            "webdav://h:80/a",
            "webdavs://h",
            "gha:",
            "gha:v1",
        ] {
            assert_eq!(parse(text), Place::Remote(text.into()));
        }
        assert_eq!(parse("https://h/a/"), Place::Http("https://h/a".into()));
        assert_eq!(parse("/a"), Place::Directory("/a".into()));
        for text in ["ftp://h", "s3://", "s3://a b", "webdavs://"] {
            assert!(Place::parse(text, Path::new("/")).is_err(), "{text}");
        }
    }

    #[test]
    fn a_login_in_an_address_is_refused_and_not_repeated() {
        for scheme in ["http", "https", "s3", "webdav", "webdavs", "ftp"] {
            let text = format!("{scheme}://ana:SECRET@host/x");
            let error = Place::parse(&text, Path::new("/")).expect_err("a login");
            assert_eq!(error.id(), "login-in-address");
            assert!(!error.to_json().contains("SECRET"));
        }
    }

    #[test]
    fn what_was_kept_and_cannot_be_read_can_be_removed() {
        let home = tempfile::tempdir().expect("dir");
        let env = [("HOME".to_owned(), home.path().display().to_string())];
        let host = Host::with_env(env.into());
        let old = ("old".to_owned(), "http://ana:pw@host/x".to_owned());
        save(&host, &[old]).expect("save");
        assert!(added(&host).is_err());
        assert_eq!(remove(&host, "old").expect("remove"), 1);
        assert!(added(&host).expect("list").is_empty());
    }
}
