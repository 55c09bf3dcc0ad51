//! The pinned release: downloaded, checked, unpacked, with a manifest of what was in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::download::{self, Wanted};
use super::manifest::{self, Manifest};
use crate::count;
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::pins::Release;
use crate::progress::Progress;

/// Where the release's tree is, or will be.
pub(super) fn tree(root: &Path, pin: &Release) -> PathBuf {
    root.join("build/sources")
        .join(format!("cpython-{}", pin.version))
}

/// Where its manifest is.
pub(super) fn manifest_file(root: &Path, pin: &Release) -> PathBuf {
    root.join("build/sources")
        .join(format!("cpython-{}.manifest", pin.version))
}

/// Makes sure that the tree is there, fetching what is missing.
pub(super) fn ensure(
    root: &Path,
    host: &Host,
    pin: &Release,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<PathBuf> {
    let tree = tree(root, pin);
    let manifest_file = manifest_file(root, pin);
    // The manifest is written last, so its presence says that the tree is whole.
    if manifest_file.is_file() && tree.is_dir() {
        return Ok(tree);
    }
    let title = format!("CPython {}", pin.version);
    let curl = host.need("curl", "to download CPython")?;
    let xz = host.need("xz", "to unpack CPython")?;
    let tarball = downloaded(root, host, &format!("Python-{}.tar.xz", pin.version));
    let wanted = Wanted {
        title: &title,
        size: pin.size,
        sha256: &pin.sha256,
        addresses: addresses(host, pin),
    };
    download::fetch(&curl, &wanted, &tarball, progress, interrupt)?;
    let _lock = crate::lock::exclusive(&root.join("build/sources/lock"), progress, interrupt)?;
    if manifest_file.is_file() && tree.is_dir() {
        return Ok(tree);
    }
    if tree.exists() {
        // No manifest: we cannot know what of it is the person's own work, so it is kept aside.
        let aside = tree.with_extension(format!("aside-{}", std::process::id()));
        progress.warn(&format!(
            "an incomplete tree was moved to {}",
            aside.display()
        ));
        fs::rename(&tree, &aside).on("rename", &tree)?;
    }
    progress.say(&format!(
        "{title}, {}, sha256 as pinned: unpacking",
        count::bytes(pin.size)
    ));
    unpack(&xz, &tarball, &tree, interrupt)?;
    manifest::save(&manifest_file, &manifest::scan(&tree, &Manifest::new())?)?;
    Ok(tree)
}

/// The release's tarball, where a run has left it.
pub(crate) fn at_hand(root: &Path, host: &Host, pin: &Release) -> Option<PathBuf> {
    let file = downloaded(root, host, &format!("Python-{}.tar.xz", pin.version));
    file.is_file().then_some(file)
}

/// Upstream first, then every Debian mirror that this machine's apt knows.
fn addresses(host: &Host, pin: &Release) -> Vec<String> {
    let mut addresses = vec![pin.url.clone()];
    if let Some(mirror) = host.var("SPRINT_SOURCE_MIRROR") {
        addresses.insert(
            0,
            format!("{}/{}", mirror.trim_end_matches('/'), pin.debian_pool),
        );
    }
    addresses.extend(
        apt_sites(host)
            .into_iter()
            .map(|site| format!("{}/{}", site.trim_end_matches('/'), pin.debian_pool)),
    );
    addresses
}

fn apt_sites(host: &Host) -> Vec<String> {
    let Some(apt) = host.find("apt-get") else {
        return Vec::new();
    };
    let arguments = [
        "indextargets",
        "--format",
        "$(SITE)",
        "Created-By: Packages",
    ];
    let Ok(output) = Command::new(apt).args(arguments).output() else {
        return Vec::new();
    };
    let mut sites: Vec<String> = Vec::new();
    for site in String::from_utf8_lossy(&output.stdout).lines() {
        // Only a main archive has a pool of sources; security and vendors' archives do not.
        if site.ends_with("/debian") && !sites.iter().any(|known| known == site) {
            sites.push(site.to_owned());
        }
    }
    sites
}

/// A file in the cache that all clones of a person share, or one in the repository where that cannot be written
/// and does not hold it yet.
fn downloaded(root: &Path, host: &Host, name: &str) -> PathBuf {
    let shared = host.user_cache().map(|cache| cache.join("downloads"));
    let usable = |directory: &PathBuf| {
        directory.join(name).is_file()
            || (fs::create_dir_all(directory).is_ok() && is_writable(directory))
    };
    shared
        .filter(usable)
        .unwrap_or_else(|| root.join("build/downloads"))
        .join(name)
}

fn is_writable(directory: &Path) -> bool {
    rustix::fs::access(directory, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Unpacks a `.tar.xz` whose entries all lie below one directory, to `tree`, which appears whole or not at all.
pub(super) fn unpack(xz: &Path, tarball: &Path, tree: &Path, interrupt: &Interrupt) -> Result<()> {
    let temporary = tree.with_extension(format!("unpacking-{}", std::process::id()));
    if temporary.exists() {
        fs::remove_dir_all(&temporary).on("remove", &temporary)?;
    }
    fs::create_dir_all(&temporary).on("create directory", &temporary)?;
    let result = unpack_into(xz, tarball, &temporary, interrupt)
        .and_then(|()| fs::rename(&temporary, tree).on("rename", &temporary));
    if result.is_err() {
        // The cause is what the person must read; a leftover does no harm but take space.
        let _ = fs::remove_dir_all(&temporary);
    }
    result
}

fn unpack_into(xz: &Path, tarball: &Path, directory: &Path, interrupt: &Interrupt) -> Result<()> {
    let mut child = Command::new(xz)
        .args(["--decompress", "--stdout", "--"])
        .arg(tarball)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Error::io("run", xz, &source))?;
    let stdout = child
        .stdout
        .take()
        .ok_or_else(|| Error::bug("xz has no stdout"))?;
    let mut stream = io::BufReader::with_capacity(1 << 18, stdout);
    let result = entries(&mut stream, tarball, directory, interrupt).and_then(|()| {
        // An archive ends before its last block does. Were the pipe closed there, xz would fail on the rest.
        io::copy(&mut stream, &mut io::sink())
            .map(|_| ())
            .on("read", tarball)
    });
    if result.is_err() {
        let _ = child.kill();
    }
    drop(stream);
    finish(child, xz, tarball, result)
}

fn finish(child: Child, xz: &Path, tarball: &Path, result: Result<()>) -> Result<()> {
    let output = child.wait_with_output().on("wait for", xz)?;
    result?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::new(
        Exit::Integrity,
        "broken-archive",
        format!("`{}` cannot be decompressed", tarball.display()),
    )
    .detail("seen", String::from_utf8_lossy(&output.stderr).trim())
    .next(format!("rm '{}'  (it is fetched again)", tarball.display())))
}

fn entries(
    stream: impl io::Read,
    tarball: &Path,
    directory: &Path,
    interrupt: &Interrupt,
) -> Result<()> {
    let refuse = |what: String| {
        Error::new(
            Exit::Integrity,
            "hostile-archive",
            format!("`{}` {what}", tarball.display()),
        )
        .next(format!("rm '{}'  (it is fetched again)", tarball.display()))
    };
    let mut archive = tar::Archive::new(stream);
    archive.set_preserve_mtime(true);
    for entry in archive.entries().on("read", tarball)? {
        interrupt.check("unpacking")?;
        let mut entry = entry.on("read", tarball)?;
        let path = entry.path().on("read", tarball)?.into_owned();
        let inside: PathBuf = path.components().skip(1).collect();
        if inside.as_os_str().is_empty() {
            continue;
        }
        let kind = entry.header().entry_type();
        if !(kind.is_file() || kind.is_dir() || kind.is_symlink()) {
            return Err(refuse(format!(
                "holds an entry that no source tarball needs: {}",
                path.display()
            )));
        }
        if path
            .components()
            .any(|part| !matches!(part, std::path::Component::Normal(_)))
        {
            return Err(refuse(format!(
                "leads out of its directory: {}",
                path.display()
            )));
        }
        if kind.is_symlink() {
            let to = entry.link_name().on("read", tarball)?.unwrap_or_default();
            if to
                .components()
                .any(|part| !matches!(part, std::path::Component::Normal(_)))
            {
                return Err(refuse(format!(
                    "holds a link that leads out: {} -> {}",
                    path.display(),
                    to.display()
                )));
            }
        }
        let target = directory.join(&inside);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).on("create directory", parent)?;
        }
        entry.unpack(&target).on("unpack", &target)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tar stream with one directory, one file and one entry made by hand.
    fn archive(hostile: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(3);
        header.set_mode(0o644);
        header.set_cksum();
        builder
            .append_data(&mut header, "Python-1/good.c", &b"ok\n"[..])
            .expect("append");
        hostile(&mut builder);
        builder.into_inner().expect("finish")
    }

    fn unpack_bytes(bytes: &[u8]) -> (tempfile::TempDir, Result<()>) {
        let directory = tempfile::tempdir().expect("dir");
        let inside = directory.path().join("tree");
        fs::create_dir(&inside).expect("mkdir");
        let result = entries(bytes, Path::new("t.tar"), &inside, &Interrupt::default());
        (directory, result)
    }

    #[test]
    fn a_plain_archive_unpacks_without_its_first_directory() {
        let (directory, result) = unpack_bytes(&archive(|_| {}));
        result.expect("unpacks");
        assert_eq!(
            fs::read(directory.path().join("tree/good.c")).expect("read"),
            b"ok\n"
        );
    }

    #[test]
    fn what_follows_the_end_of_an_archive_does_not_make_it_broken() {
        let directory = tempfile::tempdir().expect("dir");
        let mut bytes = archive(|_| {});
        // Far more padding than a pipe holds: whoever writes it must find a reader.
        bytes.resize(bytes.len() + (1 << 20), 0);
        let (plain, packed) = (
            directory.path().join("t.tar"),
            directory.path().join("t.tar.xz"),
        );
        fs::write(&plain, bytes).expect("write");
        let done = Command::new("xz").arg(&plain).status().expect("xz runs");
        assert!(done.success());
        let tree = directory.path().join("tree");
        unpack(Path::new("xz"), &packed, &tree, &Interrupt::default()).expect("unpacks");
        assert_eq!(fs::read(tree.join("good.c")).expect("read"), b"ok\n");
    }

    #[test]
    fn nothing_lands_outside() {
        let link = archive(|builder| {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            header.set_mode(0o777);
            builder
                .append_link(&mut header, "Python-1/out", "../../escape")
                .expect("append");
        });
        let dots = archive(|builder| {
            let mut header = tar::Header::new_gnu();
            header.set_size(1);
            header.set_mode(0o644);
            let name = b"Python-1/../../escape";
            header.as_mut_bytes()[..name.len()].copy_from_slice(name);
            header.set_cksum();
            builder.append(&header, &b"x"[..]).expect("append");
        });
        for bytes in [link, dots] {
            let (directory, result) = unpack_bytes(&bytes);
            assert_eq!(result.expect_err("refused").exit(), Exit::Integrity);
            assert!(!directory.path().join("escape").exists());
        }
    }
}
