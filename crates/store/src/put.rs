//! From a file into a store, where it appears whole or not at all, as far as the service lets it:
//!
//! | service | how |
//! | --- | --- |
//! | S3 | one request, or parts that become a file with the last one |
//! | Actions cache | parts that become an entry with the last one; an entry is never replaced |
//! | WebDAV | under another name, its size looked at, then renamed |
//! | directory | beside, then renamed |

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use opendal::Operator;
use serde_json::json;
use tokio::io::AsyncReadExt;

use crate::address::Address;
use crate::events::Events;
use crate::fault::Fault;
use crate::name::Name;

/// What one request to S3 or the Actions cache carries. S3 takes parts from 5 MiB on, and 10,000 of them.
const PART: u64 = 8 << 20;
/// What is kept in memory at most, where a service takes a file in one request only. The kit's own archives are
/// smaller than this.
const MOST: u64 = 1 << 30;

/// Bytes of a file of ours.
pub(crate) fn size(file: &Path) -> Result<u64, Fault> {
    let size = std::fs::metadata(file)
        .map_err(|error| Fault::file("read", file, &error))?
        .len();
    match size > MOST {
        true => Err(Fault::new(
            "usage",
            format!("`{}` has more than {MOST} bytes", file.display()),
        )),
        false => Ok(size),
    }
}

/// The bytes of the largest request that sends a file of this size.
pub(crate) fn request(address: &Address, size: u64) -> u64 {
    match address {
        Address::Webdav { .. } => size,
        _ => size.min(PART),
    }
}

/// Puts one file. `false`: it was there, and stays.
pub(crate) async fn put(
    store: &Operator,
    address: &Address,
    name: &Name,
    file: &Path,
    again: bool,
    events: &mut Events,
) -> Result<bool, Fault> {
    let size = size(file)?;
    let answer = |sent: bool, events: &Events| {
        let words = match sent {
            true => format!("put {name}, {size} bytes"),
            false => format!("{name} was there"),
        };
        let fields = json!({ "name": name.to_string(), "sent": sent, "bytes": size });
        events.answer("put", fields, &words).map(|()| sent)
    };
    if name.is_content() && !again && there(store, name).await? == Some(size) {
        return answer(false, events);
    }
    let renames = matches!(address, Address::Webdav { .. });
    let place = match renames {
        true => name.part(mark()),
        false => name.clone(),
    };
    let part = request(address, size).max(1);
    let sent = send(store, &place, file, size, part, events).await;
    let sent = match sent {
        Ok(sent) if renames => rename(store, &place, name, size).await.map(|()| sent),
        other => other,
    };
    if sent.is_err() && renames {
        // Left-overs are what pruning takes away; to the error that there is, nothing is added.
        let _ = store.delete(&place.path()).await;
    }
    let sent = sent?;
    // Reserved by somebody who has not ended, or never will: a description of it must not follow.
    if !sent && name.is_content() && there(store, name).await? != Some(size) {
        let what = format!("cannot put {name}: somebody else has begun to, and not ended");
        return Err(Fault::new("store-crowded", what));
    }
    answer(sent, events)
}

/// `false`: somebody else put it there before, in a store that replaces nothing.
async fn send(
    store: &Operator,
    place: &Name,
    file: &Path,
    size: u64,
    part: u64,
    events: &mut Events,
) -> Result<bool, Fault> {
    let action = format!("put {place}");
    let of = |error: &opendal::Error| Fault::of(&action, error);
    let read = |error: &std::io::Error| Fault::file("read", file, error);
    let mut from = tokio::fs::File::open(file)
        .await
        .map_err(|error| read(&error))?;
    let mut writer = store
        .writer(&place.path())
        .await
        .map_err(|error| of(&error))?;
    let mut bytes = 0;
    loop {
        let mut chunk = Vec::new();
        (&mut from)
            .take(part)
            .read_to_end(&mut chunk)
            .await
            .map_err(|error| read(&error))?;
        if chunk.is_empty() {
            break;
        }
        bytes += chunk.len() as u64;
        let written = match bytes > size {
            true => Err(Fault::new(
                "io",
                format!("`{}` changed while it was sent", file.display()),
            )),
            false => writer.write(chunk).await.map_err(|error| of(&error)),
        };
        if let Err(fault) = written {
            if fault.id == "already-there" {
                return Ok(false);
            }
            // Parts of what will never be whole are given back, if the store still answers.
            let _ = writer.abort().await;
            return Err(fault);
        }
        events.progress(&place.to_string(), bytes, size)?;
    }
    if bytes != size {
        let _ = writer.abort().await;
        return Err(Fault::new(
            "io",
            format!("`{}` changed while it was sent", file.display()),
        ));
    }
    match writer.close().await {
        Ok(_) => Ok(true),
        Err(error) => {
            let fault = of(&error);
            if fault.id == "already-there" {
                return Ok(false);
            }
            let _ = writer.abort().await;
            Err(fault)
        }
    }
}

async fn rename(store: &Operator, from: &Name, to: &Name, size: u64) -> Result<(), Fault> {
    match there(store, from).await? {
        Some(there) if there == size => {}
        there => {
            let what = format!("cannot put {to}: of {size} bytes, {there:?} arrived");
            return Err(Fault::new("store-unreachable", what));
        }
    }
    store
        .rename(&from.path(), &to.path())
        .await
        .map_err(|error| Fault::of(&format!("put {to} in its place"), &error))
}

/// The size of what is there.
pub(crate) async fn there(store: &Operator, name: &Name) -> Result<Option<u64>, Fault> {
    match store.stat(&name.path()).await {
        Ok(metadata) => Ok(Some(metadata.content_length())),
        Err(error) => match Fault::of(&format!("look for {name}"), &error) {
            fault if fault.id == "store-not-there" => Ok(None),
            fault => Err(fault),
        },
    }
}

/// Another one for every process: two may put the same file at once.
fn mark() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.subsec_nanos()) ^ std::process::id().rotate_left(16)
}
