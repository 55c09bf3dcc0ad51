//! The person's own key pair: made when first something is saved, kept in the user's data directory, readable by
//! nobody else.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::minisign::{PublicKey, SecretKey};
use crate::atomic;
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::host::Host;

/// The secret key's file; beside it, `.pub`.
fn file(host: &Host) -> Result<PathBuf> {
    let data = host.user_data().ok_or_else(|| {
        Error::setup("no-home", "there is no place for a key: HOME is not set")
            .next("export HOME=/your/home")
    })?;
    Ok(data.join("keys/snapshot.key"))
}

/// The person's own public key, if there is one yet.
pub fn own(host: &Host) -> Result<Option<PublicKey>> {
    let file = file(host)?;
    match fs::read_to_string(&file) {
        Ok(text) => read(&file, &text).map(|key| Some(key.public())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", &file, &error)),
    }
}

/// The person's own secret key, made if there is none yet.
pub(crate) fn own_secret(host: &Host) -> Result<SecretKey> {
    let file = file(host)?;
    if !file.exists() {
        make(&file)?;
    }
    let data = file.metadata().on("look at", &file)?;
    if data.mode() & 0o077 != 0 {
        return Err(Error::new(
            Exit::Integrity,
            "key-not-private",
            format!("others may read your key `{}`", file.display()),
        )
        .next(format!(
            "chmod 600 {}",
            crate::exec::quote(&file.to_string_lossy())
        )));
    }
    let text = fs::read_to_string(&file).on("read", &file)?;
    read(&file, &text)
}

fn read(file: &Path, text: &str) -> Result<SecretKey> {
    SecretKey::from_file(text).ok_or_else(|| {
        Error::new(
            Exit::Integrity,
            "broken-key",
            format!("`{}` is no key that the kit wrote", file.display()),
        )
        .next(format!(
            "rm {}  (a new one is made; others must accept it anew)",
            crate::exec::quote(&file.to_string_lossy())
        ))
    })
}

fn make(file: &Path) -> Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory).on("create directory", directory)?;
    }
    let source = Path::new("/dev/urandom");
    let mut random = [0; 40];
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut random))
        .on("read", source)?;
    let secret = SecretKey::new(random);
    let temporary = atomic::beside(file);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(secret.to_file().as_bytes())?;
            file.sync_data()
        })
        // Unlike a rename, a link never replaces a key that another run made in this moment.
        .and_then(|()| fs::hard_link(&temporary, file));
    let removed = fs::remove_file(&temporary);
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(()),
        other => other.on("write", file)?,
    }
    removed.on("remove", &temporary)?;
    atomic::write(
        &file.with_extension("pub"),
        secret.public().to_file().as_bytes(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_is_private() {
        let home = tempfile::tempdir().expect("dir");
        let env = [("HOME".to_owned(), home.path().display().to_string())];
        let host = Host::with_env(env.into());
        assert_eq!(own(&host).expect("no key yet"), None);
        let made = own_secret(&host).expect("made").public();
        assert_eq!(own_secret(&host).expect("read").public(), made);
        assert_eq!(own(&host).expect("read"), Some(made));
        let file = file(&host).expect("a path");
        let mode = |file: &Path| file.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("chmod");
        assert_eq!(
            own_secret(&host).err().expect("refused").id(),
            "key-not-private"
        );
    }
}
