//! The fork: the submodule `cpython/`, fetched by git or, where git cannot, as the pinned archive.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::download::{self, Wanted};
use super::manifest::{self, Manifest};
use super::release;
use crate::error::{Error, IoContext, Result};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::pins::Fork;
use crate::progress::{Progress, Working};

/// The submodule's directory.
pub(super) fn tree(root: &Path) -> PathBuf {
    root.join("cpython")
}

/// The manifest of a tree that came as an archive.
pub(super) fn manifest_file(root: &Path, pin: &Fork) -> PathBuf {
    root.join("build/sources")
        .join(format!("fork-{}.manifest", &pin.commit[..12]))
}

/// A person has initialised it: there is something to configure.
pub(super) fn is_initialised(root: &Path) -> bool {
    tree(root).join("configure").is_file()
}

/// Initialises the submodule. One commit without history is the smallest thing git can fetch here: a
/// blobless clone brings every commit and tree besides the same blobs (measured elsewhere: about 200 MB).
pub(super) fn ensure(
    root: &Path,
    host: &Host,
    pin: &Fork,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<PathBuf> {
    if is_initialised(root) {
        return Ok(tree(root));
    }
    let git = host.need("git", "to fetch the fork")?;
    let carried = carried(&git, root, pin);
    progress.say(&format!(
        "fetching the fork at {} with git (one commit, no history{})",
        &pin.commit[..12],
        if carried.is_empty() {
            ""
        } else {
            ", from the bundle"
        }
    ));
    let mut child = Command::new(&git)
        .args(carried)
        .args([
            "submodule",
            "update",
            "--init",
            "--depth",
            "1",
            "--quiet",
            "--",
            "cpython",
        ])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Error::io("run", &git, &source))?;
    let started = Instant::now();
    while child.try_wait().on("wait for", &git)?.is_none() {
        let at = "git submodule update".to_owned();
        progress.working(&[Working {
            title: "fork".to_owned(),
            elapsed: started.elapsed(),
            expected: None,
            at,
        }]);
        if interrupt.requested() {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::interrupted("git submodule update"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    progress.clear();
    let output = child.wait_with_output().on("wait for", &git)?;
    if output.status.success() && is_initialised(root) {
        return Ok(tree(root));
    }
    let seen = String::from_utf8_lossy(&output.stderr);
    let seen = seen
        .lines()
        .rfind(|line| line.contains("fatal"))
        .unwrap_or("git gave no reason")
        .to_owned();
    progress.warn(&format!(
        "git could not fetch the fork ({seen}); trying the pinned archive"
    ));
    archive(root, host, pin, progress, interrupt).map_err(|error| error.detail("git said", seen))
}

/// Options that make git take the commit from what a bundle brought, if it is there. The submodule's own address stays
/// as it is, for later.
fn carried(git: &Path, root: &Path, pin: &Fork) -> Vec<String> {
    let bare = root.join("build/bundle/fork.git");
    let said = |line: &mut Command| {
        let output = line.stdin(Stdio::null()).output().ok();
        let output = output.filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let has = bare.is_dir()
        && said(
            Command::new(git)
                .arg("-C")
                .arg(&bare)
                .args(["cat-file", "-e"])
                .arg(format!("{}^{{commit}}", pin.commit)),
        )
        .is_some();
    let address = said(
        Command::new(git)
            .args(["config", "-f", ".gitmodules", "submodule.cpython.url"])
            .current_dir(root),
    );
    match address {
        Some(address) if has && !address.is_empty() => vec![
            "-c".to_owned(),
            // git reads no submodule from a directory unless it is told to.
            "protocol.file.allow=always".to_owned(),
            "-c".to_owned(),
            format!("url.file://{}.insteadOf={address}", bare.display()),
        ],
        _ => Vec::new(),
    }
}

/// Where the pinned archive is, or will be.
pub(crate) fn archive_file(root: &Path, pin: &Fork) -> PathBuf {
    root.join("build/downloads")
        .join(format!("fork-{}.tar.gz", pin.commit))
}

fn archive(
    root: &Path,
    host: &Host,
    pin: &Fork,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<PathBuf> {
    let curl = host.need("curl", "to download the fork")?;
    let gzip = host.need("gzip", "to unpack the fork")?;
    let tarball = archive_file(root, pin);
    let wanted = Wanted {
        title: "the fork",
        size: pin.size,
        sha256: &pin.sha256,
        addresses: vec![pin.archive.clone()],
    };
    download::fetch(&curl, &wanted, &tarball, progress, interrupt)?;
    let tree = tree(root);
    if tree.exists() {
        // Only ever an empty directory, as git leaves it for a submodule that is not initialised; or one with
        // nothing but git's own file, where git cloned but could not get the commit.
        let own = tree.join(".git");
        if own.is_file() && std::fs::read_dir(&tree).on("list", &tree)?.count() == 1 {
            std::fs::remove_file(&own).on("remove", &own)?;
        }
        std::fs::remove_dir(&tree).on("replace", &tree)?;
    }
    // gzip takes the same options as xz.
    release::unpack(&gzip, &tarball, &tree, interrupt)?;
    manifest::save(
        &manifest_file(root, pin),
        &manifest::scan(&tree, &Manifest::new())?,
    )?;
    Ok(tree)
}
