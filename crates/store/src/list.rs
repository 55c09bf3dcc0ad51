//! What is in a store. Files that are none of a store's are passed over.

use futures_util::TryStreamExt;
use opendal::Operator;
use serde_json::json;

use crate::events::Events;
use crate::fault::Fault;
use crate::name::Name;
use crate::put;

/// No store holds more; what does is endless.
const MOST: usize = 100_000;

/// Every file, with its size and its time where the store tells them.
pub(crate) async fn list(store: &Operator, events: &Events) -> Result<(), Fault> {
    let of = |error: &opendal::Error| Fault::of("list the store", error);
    let mut lister = match store.lister("v1/").await {
        Ok(lister) => lister,
        Err(error) => return nothing(of(&error)),
    };
    let mut seen = 0;
    loop {
        let entry = match lister.try_next().await {
            Ok(Some(entry)) => entry,
            Ok(None) => return Ok(()),
            Err(error) => return nothing(of(&error)),
        };
        seen += 1;
        if seen > MOST {
            let what = format!("cannot list the store: it holds more than {MOST} files");
            return Err(Fault::new("store-too-big", what));
        }
        let Ok(name) = entry.name().parse::<Name>() else {
            continue;
        };
        let metadata = entry.metadata();
        let modified = metadata
            .last_modified()
            .map(|time| time.into_inner().as_second());
        let size = metadata.content_length();
        events.answer(
            "file",
            json!({ "name": name.to_string(), "size": size, "modified": modified }),
            &format!("{size:>12}  {name}"),
        )?;
    }
}

/// A store that nobody has put anything into is empty, not broken.
fn nothing(fault: Fault) -> Result<(), Fault> {
    match fault.id {
        "store-not-there" => Ok(()),
        _ => Err(fault),
    }
}

/// Sizes of these files.
pub(crate) async fn stat(store: &Operator, names: &[Name], events: &Events) -> Result<(), Fault> {
    for name in names {
        let size = put::there(store, name).await?;
        let words = match size {
            Some(size) => format!("{size:>12}  {name}"),
            None => format!("there is no {name}"),
        };
        events.answer(
            "stat",
            json!({ "name": name.to_string(), "size": size }),
            &words,
        )?;
    }
    Ok(())
}
