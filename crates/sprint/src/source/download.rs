//! One pinned file, from the first place that has it: resumed where a former run stopped, checked
//! before anybody sees it under its name.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::atomic;
use crate::count;
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::hash;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// What is wanted, by pin.
pub(super) struct Wanted<'a> {
    /// What people call it.
    pub(super) title: &'a str,
    /// Bytes.
    pub(super) size: u64,
    /// Lower-case hexadecimal.
    pub(super) sha256: &'a str,
    /// Where it may be, in order.
    pub(super) addresses: Vec<String>,
}

/// Brings the file to `to`, unless it is there already, whole and right.
pub(super) fn fetch(
    curl: &Path,
    wanted: &Wanted<'_>,
    to: &Path,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<()> {
    if is_right(to, wanted)? {
        return Ok(());
    }
    if let Some(directory) = to.parent() {
        fs::create_dir_all(directory).on("create directory", directory)?;
    }
    // One name for all runs, so that a stopped download is taken up again; curl holds it alone.
    let part = to.with_extension("part");
    let lock = crate::lock::exclusive(&to.with_extension("lock"), progress, interrupt)?;
    if is_right(to, wanted)? {
        return Ok(());
    }
    let mut failures = Vec::new();
    for address in &wanted.addresses {
        let place = place(address);
        match attempt(curl, address, wanted, &part, progress, interrupt)? {
            Attempt::Right => {
                fs::rename(&part, to).on("rename", &part)?;
                drop(lock);
                return Ok(());
            }
            Attempt::Unreachable(reason) => failures.push((place, reason, false)),
            Attempt::Wrong(reason) => {
                progress.warn(&format!(
                    "{place} sent something else than the pinned file ({reason}); thrown away"
                ));
                fs::remove_file(&part).on("remove", &part)?;
                failures.push((place, reason, true));
            }
        }
    }
    Err(failed(wanted, &failures))
}

enum Attempt {
    Right,
    Unreachable(String),
    Wrong(String),
}

fn attempt(
    curl: &Path,
    address: &str,
    wanted: &Wanted<'_>,
    part: &Path,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Attempt> {
    // More bytes than wanted cannot be a beginning of it.
    if size(part) > wanted.size {
        fs::remove_file(part).on("remove", part)?;
    }
    if size(part) < wanted.size {
        let mut command = Command::new(curl);
        command
            .args([
                "--fail",
                "--location",
                "--silent",
                "--show-error",
                "--connect-timeout",
                "10",
                "--retry",
                "2",
            ])
            .args([
                "--speed-limit",
                "1000",
                "--speed-time",
                "30",
                "--continue-at",
                "-",
                "--max-filesize",
            ])
            .arg((wanted.size + (1 << 20)).to_string())
            .arg("--output")
            .arg(part)
            .arg(address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|source| Error::io("run", curl, &source))?;
        while child.try_wait().on("wait for", curl)?.is_none() {
            if interrupt.requested() {
                // Killing is safe: the part file stays and is resumed.
                let _ = child.kill();
                let _ = child.wait();
                return Err(Error::interrupted("the download"));
            }
            progress.bytes(wanted.title, size(part), wanted.size);
            std::thread::sleep(Duration::from_millis(50));
        }
        let output = child.wait_with_output().on("wait for", curl)?;
        progress.clear();
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        match output.status.code() {
            Some(0) => {}
            // 33: this server cannot resume. 23: curl could not write what it received.
            Some(33) => {
                fs::remove_file(part).on("remove", part)?;
                return attempt(curl, address, wanted, part, progress, interrupt);
            }
            Some(23) => return Err(cannot_write(part, &reason)),
            // 63: larger than wanted, so not the pinned file.
            Some(63) => {
                fs::write(part, b"").on("write", part)?;
                return Ok(Attempt::Wrong(reason));
            }
            _ => return Ok(Attempt::Unreachable(reason)),
        }
    }
    let present = size(part);
    if present < wanted.size {
        return Ok(Attempt::Wrong(format!(
            "{} of {} bytes",
            present, wanted.size
        )));
    }
    let sha256 = hash::of_file(part).on("read", part)?;
    if sha256 == wanted.sha256 {
        Ok(Attempt::Right)
    } else {
        Ok(Attempt::Wrong(format!("sha256 {sha256}")))
    }
}

fn cannot_write(part: &Path, reason: &str) -> Error {
    Error::setup("disk-full", format!("cannot write the download to `{}`", part.display()))
        .detail("seen", reason)
        .next("free some space or make the directory writable, then run the same command again: it resumes")
}

fn failed(wanted: &Wanted<'_>, failures: &[(String, String, bool)]) -> Error {
    let tampered = failures.iter().any(|(_, _, wrong)| *wrong);
    let mut error = if tampered {
        Error::new(
            Exit::Integrity,
            "wrong-checksum",
            format!(
                "{} is not what was pinned, wherever it was asked for",
                wanted.title
            ),
        )
        .detail(
            "pinned",
            format!("sha256 {} ({})", wanted.sha256, count::bytes(wanted.size)),
        )
    } else {
        Error::setup(
            "no-network",
            format!("{} cannot be downloaded", wanted.title),
        )
    };
    for (place, reason, _) in failures {
        error = error.detail("tried", format!("{place}: {reason}"));
    }
    if tampered {
        error.next("leave the network that rewrites downloads (a login page?), then run the same command again")
    } else {
        error.next(format!(
            "connect to a network, or put the file at hand: just source path DIR (a tree of {})",
            wanted.title
        ))
    }
}

/// The host of an address: enough to know who was asked, short enough to read.
fn place(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/')
        .next()
        .filter(|host| !host.is_empty())
        .unwrap_or(address)
        .to_owned()
}

fn is_right(path: &Path, wanted: &Wanted<'_>) -> Result<bool> {
    if size(path) != wanted.size {
        return Ok(false);
    }
    let sha256 = hash::of_file(path).on("read", path)?;
    if sha256 == wanted.sha256 {
        return Ok(true);
    }
    // Right size, wrong content: damaged on this disk. Out of the way, so that it is fetched again.
    fs::rename(path, atomic::beside(path).with_extension("damaged")).on("rename", path)?;
    Ok(false)
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |data| data.len())
}
