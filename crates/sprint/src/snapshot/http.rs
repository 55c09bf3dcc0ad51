//! A store behind an address, read with curl: static files, nothing else is asked of the server. Every call has a limit
//! in time and in size, so that a store that is slow, dead or endless costs seconds, and the build goes on without it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::manifest::Archive;
use super::store::Raw;
use super::unpack;
use crate::error::{Error, IoContext, Result};
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// No description comes near this.
const MOST_TEXT: u64 = 1 << 20;

/// A store behind an address.
pub(super) struct Http {
    curl: PathBuf,
    address: String,
}

impl Http {
    pub(super) fn new(host: &Host, address: &str) -> Result<Self> {
        Ok(Self {
            curl: host.need("curl", "to read a store of snapshots")?,
            address: address.to_owned(),
        })
    }

    /// What is kept under a key. `temporary` is a file that may be written and is removed.
    pub(super) fn read(
        &self,
        key: &str,
        temporary: &Path,
        interrupt: &Interrupt,
    ) -> Result<Option<Raw>> {
        let get = |name: String| {
            let limits = ["--max-time", "10"];
            let result = self
                .get(&name, temporary, MOST_TEXT, &limits, &mut |_| {}, interrupt)
                .and_then(|there| match there {
                    true => fs::read(temporary).on("read", temporary).map(Some),
                    false => Ok(None),
                });
            let _ = fs::remove_file(temporary);
            Ok::<_, Error>(result?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
        };
        let Some(text) = get(format!("{key}.json"))? else {
            return Ok(None);
        };
        let signature = get(format!("{key}.json.minisig"))?.unwrap_or_default();
        Ok(Some(Raw { text, signature }))
    }

    /// Fetches an archive to `to`, and checks it.
    pub(super) fn fetch(
        &self,
        archive: &Archive,
        to: &Path,
        progress: &Progress,
        interrupt: &Interrupt,
    ) -> Result<()> {
        // Slower than this, compiling would be done first.
        let limits = [
            "--speed-limit",
            "100000",
            "--speed-time",
            "10",
            "--max-time",
            "600",
        ];
        let name = format!("{}.tar.zst", archive.sha256);
        let mut seen = |so_far| progress.bytes("snapshot", so_far, archive.size);
        let there = self.get(&name, to, archive.size, &limits, &mut seen, interrupt);
        progress.clear();
        if !there? {
            return Err(self.unreachable("it has the description but not the content"));
        }
        unpack::check(to, archive)
    }

    /// `false` if the server says that there is no such file.
    fn get(
        &self,
        name: &str,
        to: &Path,
        most: u64,
        limits: &[&str],
        seen: &mut dyn FnMut(u64),
        interrupt: &Interrupt,
    ) -> Result<bool> {
        if let Some(directory) = to.parent() {
            fs::create_dir_all(directory).on("create directory", directory)?;
        }
        let mut child = Command::new(&self.curl)
            .args(["--fail", "--location", "--silent", "--show-error"])
            .args(["--proto", "=http,https", "--proto-redir", "=http,https"])
            .args(["--connect-timeout", "3", "--max-redirs", "3"])
            .args(["--write-out", "%{http_code}", "--max-filesize"])
            .arg(most.to_string())
            .args(limits)
            .arg("--output")
            .arg(to)
            .arg(format!("{}/v1/{name}", self.address))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| Error::io("run", &self.curl, &source))?;
        let size = || to.metadata().map_or(0, |data| data.len());
        while child.try_wait().on("wait for", &self.curl)?.is_none() {
            // A server that states no size is watched here.
            if interrupt.requested() || size() > most {
                let _ = child.kill();
                let _ = child.wait();
                interrupt.check("fetching a snapshot")?;
                return Err(self.unreachable("it sends more than it should"));
            }
            seen(size());
            std::thread::sleep(Duration::from_millis(10));
        }
        let output = child.wait_with_output().on("wait for", &self.curl)?;
        if output.status.success() {
            return match size() > most {
                true => Err(self.unreachable("it sends more than it should")),
                false => Ok(true),
            };
        }
        match String::from_utf8_lossy(&output.stdout).trim() {
            "404" | "410" => Ok(false),
            _ => Err(self.unreachable(String::from_utf8_lossy(&output.stderr).trim())),
        }
    }

    fn unreachable(&self, reason: &str) -> Error {
        Error::setup(
            "store-unreachable",
            format!("the store {} cannot be read", self.address),
        )
        .detail("seen", reason)
        .next("sprint snapshot stores --remove ADDRESS  (or nothing: the build goes on without it)")
    }
}
