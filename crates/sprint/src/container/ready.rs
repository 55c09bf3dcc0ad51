//! Inside a new container, before the first build: are the caches and the checkout ours to write to, and will git
//! work?
//!
//! A fresh named volume takes its owner from the image, an old one keeps whoever filled it: another clone, opened by
//! somebody with another number, left files that we may not touch. With sudo that is mended; the checkout itself is
//! the person's, on their own disk, so there it is only told.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};
use crate::exec::{self, CommandLine, quote};
use crate::host::Host;

/// What was done, one line each, for the person who reads the container's log.
pub fn ready(root: &Path, host: &Host) -> Result<Vec<String>> {
    let uid = rustix::process::getuid().as_raw();
    let mut said = vec![format!(
        "you are {} (uid {uid}, gid {})",
        name_of(uid).unwrap_or_else(|| "without a name here".to_owned()),
        rustix::process::getgid().as_raw()
    )];
    checkout(root, uid)?;
    for cache in caches(host) {
        said.extend(cache_writable(&cache, root, host)?);
    }
    said.extend(git(root, uid, host)?);
    Ok(said)
}

/// The directories that devcontainer.json and compose.yaml keep in volumes.
pub fn caches(host: &Host) -> Vec<PathBuf> {
    let home = host.home();
    let cargo = host
        .var("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(home?.join(".cargo")));
    let sccache = host
        .var("SCCACHE_DIR")
        .map(PathBuf::from)
        .or_else(|| Some(home?.join(".cache/sccache")));
    let found = [
        cargo.map(|cargo| cargo.join("registry")),
        sccache,
        host.user_cache(),
    ];
    found.into_iter().flatten().collect()
}

/// The name that goes with a number in here.
fn name_of(uid: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let number = uid.to_string();
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(number.as_str())).then(|| name.to_owned())
    })
}

fn checkout(root: &Path, uid: u32) -> Result<()> {
    let data = root.metadata().on("look at", root)?;
    if is_writable(root) {
        return Ok(());
    }
    Err(Error::setup(
        "checkout-not-yours",
        format!("`{}` cannot be written to from in here", root.display()),
    )
    .detail("seen", format!("it belongs to uid {}, and you are uid {uid}", data.uid()))
    .detail(
        "likely",
        "it was cloned as root, or with sudo; the container's user has the number of the person who opened it",
    )
    .next("on your own machine, in the clone: sudo chown -R \"$(id -u):$(id -g)\" . and open the container again"))
}

/// Makes a cache directory and everything in it ours, with sudo where that is needed.
fn cache_writable(directory: &Path, root: &Path, host: &Host) -> Result<Option<String>> {
    // Where even that is not permitted, the next question is the same: may we write?
    let _ = std::fs::create_dir_all(directory);
    if is_writable(directory) && !holds_foreign(directory) {
        return Ok(None);
    }
    let owner = format!(
        "{}:{}",
        rustix::process::getuid().as_raw(),
        rustix::process::getgid().as_raw()
    );
    let line = CommandLine::new("sudo", root)
        .args(["-n", "chown", "-R", &owner])
        .args([directory.to_string_lossy()]);
    let seen = match exec::output(&line, host.env()) {
        Ok(output) if output.status.success() && is_writable(directory) => {
            return Ok(Some(format!("{} is yours now", directory.display())));
        }
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    Err(Error::setup(
        "volume-not-writable",
        format!("the cache `{}` cannot be written to", directory.display()),
    )
    .detail("tried", line.paste())
    .detail("seen", if seen.is_empty() { "it is still not writable" } else { &seen })
    .detail("likely", "its volume was filled by another user, or is mounted read-only")
    .next("on your own machine: docker volume ls --filter name=sprint-kit, then docker volume rm the one in the way"))
}

/// Something directly in it belongs to somebody else: the volume was another person's.
fn holds_foreign(directory: &Path) -> bool {
    let uid = rustix::process::getuid().as_raw();
    std::fs::read_dir(directory).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.metadata().is_ok_and(|data| data.uid() != uid))
    })
}

/// Asks the system itself: modes alone do not know of read-only mounts.
fn is_writable(directory: &Path) -> bool {
    rustix::fs::access(
        directory,
        rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK,
    )
    .is_ok()
}

/// git refuses a checkout that belongs to another user, and cannot follow a worktree out of the container.
fn git(root: &Path, uid: u32, host: &Host) -> Result<Option<String>> {
    let file = root.join(".git");
    let Ok(data) = file.symlink_metadata() else {
        return Ok(Some(format!("{} is no git checkout", root.display())));
    };
    if data.is_file()
        && let Some(main) = outside(&file)
    {
        return Ok(Some(format!(
            "git does not work in here: this is a worktree of {}, which is not in the container. Open that clone instead",
            main.display()
        )));
    }
    let owner = root.metadata().on("look at", root)?.uid();
    if owner == uid && data.uid() == uid {
        return Ok(None);
    }
    let place = root.to_string_lossy();
    let get = CommandLine::new("git", root).args(["config", "--get-all", "safe.directory"]);
    let known = exec::output(&get, host.env())?;
    if String::from_utf8_lossy(&known.stdout)
        .lines()
        .any(|line| line == place)
    {
        return Ok(None);
    }
    let add = CommandLine::new("git", root)
        .args(["config", "--global", "--add", "safe.directory"])
        .args([place.clone()]);
    let done = exec::output(&add, host.env())?;
    if done.status.success() {
        return Ok(Some(format!(
            "git trusts {} now (uid {owner} owns it)",
            quote(&place)
        )));
    }
    Err(
        Error::setup("git-config", "git cannot be told to trust this checkout")
            .detail("seen", String::from_utf8_lossy(&done.stderr).trim())
            .next(add.paste()),
    )
}

/// Where the `.git` file of a worktree or submodule leads, if that is not there.
fn outside(file: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(file).ok()?;
    let target = PathBuf::from(text.strip_prefix("gitdir:")?.trim());
    (!file.parent()?.join(&target).exists()).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(home: &Path) -> Host {
        let pairs = [
            ("HOME", home.to_string_lossy().into_owned()),
            ("PATH", "/usr/bin:/bin".to_owned()),
        ];
        Host::with_env(pairs.map(|(name, value)| (name.to_owned(), value)).into())
    }

    #[test]
    fn caches_are_made_and_nothing_is_said_of_what_was_fine() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let host = host(home.path());
        let said = ready(home.path(), &host).expect("ready");
        assert_eq!(said.len(), 2, "{said:?}");
        // root is 0 on every machine; whoever runs this test has a name or not.
        assert_eq!(name_of(0).as_deref(), Some("root"));
        assert!(said[1].contains("no git checkout"), "{said:?}");
        for cache in [".cargo/registry", ".cache/sccache", ".cache/sprint-kit"] {
            assert!(home.path().join(cache).is_dir(), "{cache}");
        }
    }

    #[test]
    fn a_worktree_whose_repository_is_elsewhere_is_told() {
        let home = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(
            home.path().join(".git"),
            "gitdir: /nowhere/.git/worktrees/x\n",
        )
        .expect("write");
        let said = ready(home.path(), &host(home.path())).expect("ready");
        assert!(said[1].contains("worktree of /nowhere"), "{said:?}");
    }

    #[test]
    fn what_devcontainer_json_mounts_is_what_is_made_ready() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text =
            std::fs::read_to_string(root.join(".devcontainer/devcontainer.json")).expect("read");
        let caches = caches(&host(Path::new("/home/sprint")));
        assert_eq!(text.matches("type=volume").count(), caches.len());
        for cache in caches {
            assert!(
                text.contains(&format!("target={},", cache.display())),
                "{}",
                cache.display()
            );
        }
    }
}
