//! `room.toml` in the person's configuration directory: the room that was joined. Readable by nobody else, since the
//! token in it is what claims belong to.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use serde::Deserialize;

use super::JoinLine;
use crate::atomic;
use crate::error::{Error, IoContext, Result};
use crate::host::Host;

/// A room that was joined.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Room {
    /// The name this guest chose.
    pub name: String,
    /// What this guest's claims belong to: 32 hexadecimal digits.
    pub token: String,
    /// `http://HOST:PORT`.
    pub base: String,
    /// `HOST:PORT` of Redis.
    pub redis: String,
    /// The user that guests share.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The lead's public key, in minisign's base64 form.
    pub key: Option<String>,
    /// Objects of the room's compile cache may be used, unsigned as they are.
    #[serde(default)]
    pub trust_lan: bool,
    /// Joining accepted the key; leaving revokes it.
    #[serde(default)]
    pub accepted: bool,
    /// Joining added the store; leaving removes it.
    #[serde(default)]
    pub added: bool,
}

impl Room {
    /// Where the file is.
    pub fn file(host: &Host) -> Result<PathBuf> {
        let directory = host.user_config().ok_or_else(|| {
            Error::setup(
                "no-home",
                "neither HOME nor XDG_CONFIG_HOME is set; a room is kept there",
            )
        })?;
        Ok(directory.join("room.toml"))
    }

    /// The room that was joined, if any.
    pub fn load(host: &Host) -> Result<Option<Self>> {
        let Ok(path) = Self::file(host) else {
            return Ok(None);
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path, &error)),
        };
        toml::from_str(&text).map(Some).map_err(|error| {
            Error::usage("room-file", format!("`{}` cannot be read", path.display()))
                .detail("seen", error.message())
                .next("just room leave (then join again)")
        })
    }

    /// Keeps the room, whole or not at all, for this person's eyes only.
    pub fn save(&self, host: &Host) -> Result<()> {
        let path = Self::file(host)?;
        let directory = path.parent().unwrap_or(&path);
        fs::create_dir_all(directory).on("create directory", directory)?;
        let temporary = atomic::beside(&path);
        let written = fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&temporary)
            .and_then(|mut file| {
                file.write_all(self.to_toml().as_bytes())
                    .and_then(|()| file.sync_data())
            })
            .and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            // The reason of the failure is what matters.
            let _ = fs::remove_file(&temporary);
        }
        written.on("write", &path)
    }

    /// Forgets it. Whether there was one.
    pub fn forget(host: &Host) -> Result<bool> {
        let path = Self::file(host)?;
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io("remove", &path, &error)),
        }
    }

    /// Where its snapshots are.
    pub fn store(&self) -> String {
        format!("{}/snapshots/", self.base)
    }

    /// The key's fingerprint, for people to compare.
    pub fn fingerprint(&self) -> Option<String> {
        self.key.as_deref().map(JoinLine::fingerprint)
    }

    fn to_toml(&self) -> String {
        // A JSON string of characters that a join line or a name can hold is a TOML string.
        let text = |value: &str| serde_json::Value::from(value).to_string();
        let mut file = format!(
            "# Written by `sprint room join`; `sprint room leave` removes it. The token is what your claims belong to.\n\
             name = {}\ntoken = {}\nbase = {}\nredis = {}\nuser = {}\npassword = {}\ntrust_lan = {}\naccepted = {}\nadded = {}\n",
            text(&self.name),
            text(&self.token),
            text(&self.base),
            text(&self.redis),
            text(&self.user),
            text(&self.password),
            self.trust_lan,
            self.accepted,
            self.added
        );
        if let (Some(key), Some(fingerprint)) = (&self.key, self.fingerprint()) {
            file.push_str(&format!(
                "key = {}\nfingerprint = {}\n",
                text(key),
                text(&fingerprint)
            ));
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_room_is_kept_for_its_guest_alone() {
        let home = tempfile::tempdir().expect("dir");
        let host = Host::with_env([("HOME".to_owned(), home.path().display().to_string())].into());
        assert_eq!(Room::load(&host).expect("none"), None);
        let line = JoinLine {
            base: "http://10.0.0.1:8470".to_owned(),
            redis: "10.0.0.1:8471".to_owned(),
            user: "guest".to_owned(),
            password: "secret".to_owned(),
            key: Some(format!("RWQ{}", "a".repeat(53))),
        };
        let room = line.room("Zoë d'A".to_owned(), true).expect("random");
        room.save(&host).expect("save");
        assert_eq!(Room::load(&host).expect("load"), Some(room));
        let path = Room::file(&host).expect("a place");
        let mode = fs::metadata(&path).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(Room::forget(&host).expect("forget"));
        assert!(!Room::forget(&host).expect("nothing there"));
    }
}
