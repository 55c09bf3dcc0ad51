//! From a store into a file.

use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt;
use opendal::{ErrorKind, Operator};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::events::Events;
use crate::fault::Fault;
use crate::name::Name;
use crate::open::SLOWEST;

/// So long may a store be slower than `SLOWEST`.
const WINDOW: Duration = Duration::from_secs(10);

/// Writes a file of at most `most` bytes. That there is none is an answer.
pub(crate) async fn get(
    store: &Operator,
    name: &Name,
    file: &Path,
    most: u64,
    events: &mut Events,
) -> Result<(), Fault> {
    match fetch(store, name, file, most, events).await {
        Ok(bytes) => events.answer(
            "got",
            json!({ "name": name.to_string(), "there": true, "bytes": bytes }),
            &format!("got {name}, {bytes} bytes"),
        ),
        Err(fault) if fault.id == "store-not-there" => events.answer(
            "got",
            json!({ "name": name.to_string(), "there": false }),
            &format!("there is no {name}"),
        ),
        Err(fault) => Err(fault),
    }
}

async fn fetch(
    store: &Operator,
    name: &Name,
    file: &Path,
    most: u64,
    events: &mut Events,
) -> Result<u64, Fault> {
    let action = format!("fetch {name}");
    let of = |error: &opendal::Error| match error.kind() {
        // An empty file has no first byte.
        ErrorKind::RangeNotSatisfied => Fault::new("store-not-there", format!("{name} is empty")),
        _ => Fault::of(&action, error),
    };
    let slow = || {
        let what = format!("cannot {action}: less than {SLOWEST} bytes a second");
        Fault::new("store-slow", what)
    };
    let reader = store
        .reader(&name.path())
        .await
        .map_err(|error| of(&error))?;
    let mut stream = tokio::time::timeout(WINDOW, reader.into_stream(..))
        .await
        .map_err(|_| slow())?
        .map_err(|error| of(&error))?;
    let mut to: Option<tokio::fs::File> = None;
    let write = |error: std::io::Error| Fault::file("write", file, &error);
    let mut bytes = 0;
    let mut window = (tokio::time::Instant::now(), 0);
    loop {
        let deadline = window.0 + WINDOW;
        let next = tokio::time::timeout_at(deadline, stream.try_next()).await;
        let Some(chunk) = next.map_err(|_| slow())?.map_err(|error| of(&error))? else {
            break;
        };
        bytes += chunk.len() as u64;
        if bytes > most {
            let what = format!("cannot {action}: it is more than {most} bytes");
            return Err(Fault::new("store-too-big", what));
        }
        let to = match &mut to {
            Some(to) => to,
            None => to.insert(tokio::fs::File::create(file).await.map_err(write)?),
        };
        to.write_all(&chunk.to_bytes()).await.map_err(write)?;
        if bytes - window.1 >= SLOWEST * WINDOW.as_secs() {
            window = (tokio::time::Instant::now(), bytes);
        }
        events.progress(&name.to_string(), bytes, most)?;
    }
    let mut to = match to {
        Some(to) => to,
        None => tokio::fs::File::create(file).await.map_err(write)?,
    };
    to.flush().await.map_err(write)?;
    Ok(bytes)
}
