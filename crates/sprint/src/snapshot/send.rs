//! A saved snapshot from the local store to one far away. Content goes first and the description last, so that nobody
//! sees a description without what it describes.
//!
//! Description and signature are two files, and there is no lock: of two who save one key at once, the one's signature may
//! end beside the other's description. So what was sent is read back, and sent again until the two belong together.
//! Whoever writes last also reads last, so the last look at a store is never at such a pair.

use std::path::PathBuf;
use std::time::Duration;

use super::find;
use super::remote::Remote;
use super::save::Saved;
use super::store::Directory;
use super::stores::Place;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// So often a description is sent, where somebody else sends his at the same time.
const TRIES: u32 = 6;

/// What sending needs.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    /// The machine.
    pub host: &'a Host,
    /// Where it was saved.
    pub from: &'a Directory,
    /// Where it goes.
    pub to: &'a Remote,
    /// Even if it is there.
    pub again: bool,
}

/// Sends what was saved. The answer is what it is there, far away.
pub fn send(
    what: &Sending<'_>,
    saved: &Saved,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Saved> {
    let Sending { host, from, to, .. } = *what;
    let answer = |was_there| Saved {
        archive: PathBuf::from(format!("{}/v1/{}", to.address(), file_name(saved))),
        was_there,
        ..saved.clone()
    };
    let scratch = from.temporary(&saved.key)?;
    let read = |key: &str| to.read(key, &scratch, interrupt);
    if let Some(raw) = read(&saved.key)?.filter(|_| !what.again) {
        let place = Place::Remote(to.address().to_owned());
        // One by an unknown key, or a broken one, is replaced by ours.
        if let Ok(there) = find::check(host, &raw, &saved.key, &place) {
            let archive = there.manifest.archive;
            let name = format!("{}.tar.zst", archive.sha256);
            if to.size(&name, interrupt)? == Some(archive.size) {
                return Ok(answer(true));
            }
        }
    }
    let archive = (file_name(saved), saved.archive.clone());
    to.put(&[archive], what.again, progress, interrupt)?;
    let keys = [Some(&saved.key), saved.base_key.as_ref()];
    for key in keys.into_iter().flatten() {
        let files = ["json.minisig", "json"].map(|ending| {
            let name = format!("{key}.{ending}");
            let file = from.files().join(&name);
            (name, file)
        });
        let mut tries = 0;
        loop {
            to.put(&files, what.again, progress, interrupt)?;
            // Somebody else's, who came later, is as good.
            if read(key)?.is_some_and(|raw| find::belong_together(&raw, key)) {
                break;
            }
            tries += 1;
            if tries == TRIES {
                return Err(crowded(to));
            }
            // Two who keep step would meet again: each waits for another time.
            let pause = 100 * u64::from(tries) + u64::from(std::process::id() % 97) * 5;
            std::thread::sleep(Duration::from_millis(pause));
        }
    }
    Ok(answer(false))
}

fn file_name(saved: &Saved) -> String {
    let name = saved.archive.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn crowded(to: &Remote) -> Error {
    let why = match to.is_write_once() {
        true => {
            "another snapshot is there under this key, which this kind of store does not replace"
        }
        false => {
            "what is there is not what was sent: others write the same key, or the store loses files"
        }
    };
    Error::new(
        Exit::Busy,
        "store-crowded",
        format!("the snapshot could not be put into {}", to.address()),
    )
    .detail("seen", why)
    .next("the same command again")
}
