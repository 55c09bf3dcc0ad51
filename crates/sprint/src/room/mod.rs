//! A room: a table or a hall that shares one lead's snapshots and one board of tasks over the LAN.
//!
//! This is the guest's side, compiled by everybody, so it is small: a join line is read (`line`), kept in `room.toml`
//! (`file`), and the room's Redis is asked for claims through one function (`ask`, over `resp`). The lead's side, with
//! the servers, is the crate `sprint-room`.
//!
//! The rule of every call: a short deadline, and the network going away costs speed, never a build or a task.
//! What comes back was written by people nobody knows: `name::shown` stands between it and a terminal.
//!
//! The `redis` crate was measured for this: 57 packages and 24 s of compiling without its default features (most of it
//! for parsing URLs), against 0.2 s for `resp`.

mod ask;
mod file;
mod line;
mod member;
pub mod name;
pub mod resp;
mod shared;
mod table;

pub use ask::{Away, Said, random_hex};
pub use file::Room;
pub use line::JoinLine;
pub use member::{Claimed, Member};
pub use table::{Claim, Done, Event, Guest, Table};
