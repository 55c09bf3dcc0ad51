//! What joining a room changes for builds: its store is asked for snapshots, and its lead's signature is believed. Leaving
//! takes back what joining added, and nothing that was there before.

use super::Room;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::snapshot::{self, Place, PublicKey};

impl Room {
    /// Adds the store and accepts the key; notes in `self` what was added. Call before `save`.
    pub fn share(&mut self, host: &Host) -> Result<()> {
        let Some(text) = &self.key else {
            // Without a key nothing of the store would be believed: it is not asked.
            return Ok(());
        };
        let key = PublicKey::parse(text).ok_or_else(|| {
            Error::usage("join-line", "the key in the join line is not a public key")
                .next("copy the whole line that `just room up` printed, in single quotes")
        })?;
        let known = snapshot::trusted(host)?
            .iter()
            .any(|trusted| trusted.key == key);
        if !known {
            snapshot::accept(host, &key, &format!("room {}", self.host()))?;
            self.accepted = true;
        }
        let place = self.place();
        // The lead's own clone has these snapshots on its disk already.
        if snapshot::own_key(host)? != Some(key)
            && snapshot::add_store(host, &place, &format!("room {}", self.host()))?
        {
            self.added = true;
        }
        Ok(())
    }

    /// Takes back what `share` added.
    pub fn unshare(&self, host: &Host) -> Result<()> {
        if self.added {
            snapshot::remove_store(host, &self.place().to_string())?;
        }
        if let (true, Some(key)) = (self.accepted, &self.key) {
            snapshot::revoke(host, key)?;
        }
        Ok(())
    }

    /// Did this place of a restored snapshot belong to the room?
    pub fn is_place(&self, place: &str) -> bool {
        place == self.place().to_string()
    }

    fn place(&self) -> Place {
        Place::Http(self.store().trim_end_matches('/').to_owned())
    }

    fn host(&self) -> &str {
        self.base.trim_start_matches("http://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::JoinLine;

    /// minisign's own example of a public key.
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    #[test]
    fn leaving_takes_back_what_joining_added_and_nothing_else() {
        let home = tempfile::tempdir().expect("dir");
        let host = Host::with_env([("HOME".to_owned(), home.path().display().to_string())].into());
        let line = JoinLine::parse(&format!("http://10.0.0.1:8470/#1,8471,guest,p,{KEY}"))
            .expect("a line");
        let join = || {
            let mut room = line.room("ana".to_owned(), false).expect("random");
            room.share(&host).expect("shared");
            room
        };
        let room = join();
        assert_eq!(snapshot::accepted(&host).expect("keys").len(), 1);
        let stores = snapshot::added_stores(&host).expect("stores");
        assert!(room.is_place(&stores[0].place.to_string()));
        room.unshare(&host).expect("taken back");
        assert_eq!(snapshot::accepted(&host).expect("keys").len(), 0);
        assert_eq!(snapshot::added_stores(&host).expect("stores").len(), 0);
        // Somebody whom the person trusted before the room is trusted after it.
        let key = PublicKey::parse(KEY).expect("a key");
        snapshot::accept(&host, &key, "bea").expect("accepted");
        join().unshare(&host).expect("taken back");
        assert_eq!(snapshot::accepted(&host).expect("keys")[0].name, "bea");
    }

    #[test]
    fn a_line_without_a_key_changes_nothing() {
        let home = tempfile::tempdir().expect("dir");
        let host = Host::with_env([("HOME".to_owned(), home.path().display().to_string())].into());
        let line = JoinLine::parse("http://10.0.0.1:8470/#1,8471,guest,p,").expect("a line");
        let mut room = line.room("ana".to_owned(), false).expect("random");
        room.share(&host).expect("nothing to do");
        assert_eq!(snapshot::added_stores(&host).expect("stores").len(), 0);
    }
}
