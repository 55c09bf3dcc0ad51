//! What a room's function lists: claims, guests, what happened. All of it as others said it; show it with
//! `name::shown`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Everything there is to see. Times are seconds of the room's own clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The room's time.
    #[serde(default)]
    pub now: u64,
    /// Claims that have not expired, by task.
    #[serde(default)]
    pub claims: BTreeMap<String, Claim>,
    /// Finished tasks.
    #[serde(default)]
    pub done: BTreeMap<String, Done>,
    /// Guests, by name.
    #[serde(default)]
    pub guests: BTreeMap<String, Guest>,
    /// The last of them first.
    #[serde(default)]
    pub events: Vec<Event>,
}

/// A claim on a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Whose.
    pub by: String,
    /// Since when.
    pub since: u64,
    /// Until when, unless it is renewed.
    pub until: u64,
}

/// A finished task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// By whom.
    pub by: String,
    /// When.
    pub at: u64,
}

/// A guest, and what they reported of their builds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// The last call.
    pub seen: u64,
    /// Builds that came from a snapshot.
    #[serde(default)]
    pub restored: u64,
    /// Builds that were built.
    #[serde(default)]
    pub built: u64,
    /// Seconds that snapshots saved.
    #[serde(default)]
    pub saved: u64,
    /// Seconds spent building or restoring.
    #[serde(default)]
    pub spent: u64,
    /// Bytes fetched.
    #[serde(default)]
    pub bytes: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: u64,
    /// Who.
    pub by: String,
    /// `took`, `dropped`, `finished`, `restored`, `built`.
    pub what: String,
    /// Of a task: which.
    #[serde(default)]
    pub task: Option<String>,
    /// Of a build: seconds spent.
    #[serde(default)]
    pub spent: u64,
    /// Of a build: seconds saved.
    #[serde(default)]
    pub saved: u64,
}

impl Table {
    /// Seconds saved by everybody, and builds that were restored.
    pub fn saved(&self) -> (u64, u64) {
        self.guests
            .values()
            .fold((0, 0), |(seconds, count), guest| {
                (
                    seconds.saturating_add(guest.saved),
                    count.saturating_add(guest.restored),
                )
            })
    }
}
