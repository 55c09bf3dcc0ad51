//! Logins of WebDAV servers: `~/.netrc` (or the file that `NETRC` names), as curl and git read it, which only its owner may
//! read; or such a text in the variable `SPRINT_NETRC`. A login is of one machine: an address that somebody else made
//! up never gets another machine's.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::fault::Fault;

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) name: String,
    pub(crate) password: String,
}

/// The login for this machine, if there is one.
pub(crate) fn login(machine: &str) -> Result<Option<Login>, Fault> {
    if let Ok(text) = env::var("SPRINT_NETRC") {
        return Ok(find(&text, machine));
    }
    let file = match (env::var_os("NETRC"), env::var_os("HOME")) {
        (Some(file), _) => PathBuf::from(file),
        (None, Some(home)) => Path::new(&home).join(".netrc"),
        (None, None) => return Ok(None),
    };
    match fs::read_to_string(&file) {
        Ok(text) => {
            let found = find(&text, machine);
            if found.is_some() {
                only_owner(&file)?;
            }
            Ok(found)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::file("read", &file, &error)),
    }
}

/// An error if others than the owner may read the file.
pub(crate) fn only_owner(file: &Path) -> Result<(), Fault> {
    match fs::metadata(file) {
        Ok(data) if data.mode() & 0o077 == 0 => Ok(()),
        Ok(data) => Err(Fault::new(
            "credentials-readable",
            format!(
                "others may read the credentials in `{}` (mode {:03o})",
                file.display(),
                data.mode() & 0o777
            ),
        )
        .next(format!("chmod 600 '{}'", file.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Fault::file("look at", file, &error)),
    }
}

fn find(text: &str, machine: &str) -> Option<Login> {
    let mut words = text.split_whitespace();
    // Of the entry that the words are in: is it the machine's, and what is known of it.
    let (mut ours, mut name, mut password) = (false, None, None);
    loop {
        let word = words.next();
        if matches!(word, None | Some("machine" | "default"))
            && ours
            && let (Some(name), Some(password)) = (name.take(), password.take())
        {
            return Some(Login { name, password });
        }
        match word? {
            "machine" => {
                ours = words.next()? == machine;
                (name, password) = (None, None);
            }
            // A login for every machine would go to whoever wrote the address.
            "default" => ours = false,
            "login" => name = Some(words.next()?.to_owned()),
            "password" => password = Some(words.next()?.to_owned()),
            "account" | "macdef" => {
                words.next()?;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const TEXT: &str = "machine a login ana password one\nmachine b\n login bo\n password two\ndefault login d password three\n";

    #[test]
    fn a_login_is_of_one_machine() {
        let of = |machine| find(TEXT, machine).map(|login| (login.name, login.password));
        assert_eq!(of("a"), Some(("ana".into(), "one".into())));
        assert_eq!(of("b"), Some(("bo".into(), "two".into())));
        assert_eq!(of("c"), None);
        assert!(find("machine a login ana", "a").is_none());
        assert!(find("", "a").is_none());
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let set = |mode| {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).expect("mode");
        };
        set(0o600);
        assert_eq!(only_owner(file.path()), Ok(()));
        set(0o640);
        let fault = only_owner(file.path()).expect_err("others may read it");
        assert_eq!((fault.id, fault.exit()), ("credentials-readable", 3));
    }
}
