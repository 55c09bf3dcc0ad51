//! The room as commands use it: asked with a short deadline, missed once, and never in the way.

use std::cell::Cell;

use super::name::shown;
use super::{Away, Room, Said, Table};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::host::Host;
use crate::progress::Progress;

/// A guest's view of the room; of no room, where none was joined.
#[derive(Debug)]
pub struct Member<'a> {
    room: Option<Room>,
    progress: &'a Progress,
    /// It did not answer once: it is not asked again by this process.
    away: Cell<bool>,
}

/// How a claim went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is this guest's, for so many seconds.
    Yes(u64),
    /// No room was joined.
    NoRoom,
    /// The room does not answer, or does not know the task: nobody else knows of it.
    Unknown,
}

impl<'a> Member<'a> {
    /// The room that was joined. A file that cannot be read is warned of: it costs speed, not work.
    pub fn of(host: &Host, progress: &'a Progress) -> Self {
        let room = Room::load(host).unwrap_or_else(|error| {
            progress.warn(&format!("{error}; going on without a room"));
            None
        });
        Self {
            room,
            progress,
            away: Cell::new(false),
        }
    }

    /// The room.
    pub fn room(&self) -> Option<&Room> {
        self.room.as_ref()
    }

    /// Claims a task, or says who has it (exit code 7).
    pub fn take(&self, id: &str) -> Result<Claimed> {
        let Some(said) = self.ask("take", &[id]) else {
            return Ok(match self.room {
                None => Claimed::NoRoom,
                Some(_) => Claimed::Unknown,
            });
        };
        if said.ok {
            let left = said
                .until
                .unwrap_or(0)
                .saturating_sub(said.now.unwrap_or(0));
            return Ok(Claimed::Yes(left));
        }
        match said.why.as_deref() {
            Some("taken") => Err(Error::new(
                Exit::Busy,
                "taken",
                format!(
                    "{id} is taken in the room, by {}",
                    shown(&said.by.unwrap_or_default())
                ),
            )
            .next("just tasks --free (or, beside them: just task start ID --unclaimed)")),
            Some("too-many") => Err(Error::new(
                Exit::Busy,
                "too-many-claims",
                "you hold as many claims as a room allows".to_owned(),
            )
            .next("just task drop ID, or finish one: just task done ID")),
            why => {
                self.progress.warn(&format!(
                    "the room did not take the claim ({}); nobody else knows that you are at {id}",
                    explain(why)
                ));
                Ok(Claimed::Unknown)
            }
        }
    }

    /// Gives a claim back, `done` or not. A claim that is lost already is nothing to stop for.
    pub fn release(&self, id: &str, done: bool) {
        let verb = if done { "done" } else { "drop" };
        if let Some(said) = self.ask(verb, &[id])
            && !said.ok
            && said.why.as_deref() != Some("not-yours")
        {
            self.progress.warn(&format!(
                "the room still shows your claim ({})",
                explain(said.why.as_deref())
            ));
        }
    }

    /// Keeps the claim on a task for as long again. Warns if somebody else has it by now.
    pub fn renew(&self, id: &str) {
        let Some(said) = self.ask("renew", &[id]) else {
            return;
        };
        if said.ok {
            return;
        }
        // It expired while nobody was at it: take it again, unless somebody was quicker.
        match said.by {
            Some(by) => self.progress.warn(&format!(
                "your claim on {id} expired, and {} has taken it",
                shown(&by)
            )),
            None => {
                // What goes wrong here has been said above, or is said by the next start.
                let _ = self.ask("take", &[id]);
            }
        }
    }

    /// Tells the room what a build cost or was spared, in seconds and bytes.
    pub fn report(&self, restored: bool, spent: u64, saved: u64, bytes: u64) {
        let kind = if restored { "restored" } else { "built" };
        let numbers = [spent, saved, bytes].map(|number| number.to_string());
        // Figures for a board: nothing to stop or to warn for.
        let _ = self.ask("report", &[kind, &numbers[0], &numbers[1], &numbers[2]]);
    }

    /// Who is at what; nothing where there is no room or no answer.
    pub fn list(&self) -> Option<Table> {
        let room = self.reachable()?;
        self.or_away(room.list())
    }

    fn ask(&self, verb: &str, more: &[&str]) -> Option<Said> {
        let room = self.reachable()?;
        self.or_away(room.ask(verb, more))
    }

    fn reachable(&self) -> Option<&Room> {
        self.room.as_ref().filter(|_| !self.away.get())
    }

    fn or_away<T>(&self, answer: std::result::Result<T, Away>) -> Option<T> {
        match answer {
            Ok(said) => Some(said),
            Err(Away(why)) => {
                self.away.set(true);
                self.progress.warn(&format!(
                    "the room: {why}; going on without it (just room leave, if it is over)"
                ));
                None
            }
        }
    }
}

/// A refusal in words.
pub(super) fn explain(why: Option<&str>) -> String {
    match why {
        Some("name-taken") => "somebody else there has your name by now".to_owned(),
        Some("unknown-task") => "its list has no such task".to_owned(),
        Some("bad-name") => "it does not accept your name".to_owned(),
        Some(other) => shown(other),
        None => "it says no more".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::JoinLine;

    fn member<'a>(redis: &str, progress: &'a Progress) -> Member<'a> {
        let line = JoinLine {
            base: "http://127.0.0.1:1".to_owned(),
            redis: redis.to_owned(),
            user: "guest".to_owned(),
            password: "x".to_owned(),
            key: None,
        };
        Member {
            room: Some(line.room("ana".to_owned(), false).expect("random")),
            progress,
            away: Cell::new(false),
        }
    }

    #[test]
    fn a_room_that_is_gone_is_missed_once_and_stops_nothing() {
        let progress = Progress::silent();
        // Nobody listens there.
        let gone = member("127.0.0.1:1", &progress);
        assert_eq!(gone.take("T01").expect("not an error"), Claimed::Unknown);
        assert!(gone.away.get());
        let begin = std::time::Instant::now();
        gone.renew("T01");
        gone.release("T01", true);
        assert_eq!(gone.list(), None);
        assert!(begin.elapsed().as_millis() < 100);
    }

    #[test]
    fn a_server_that_only_listens_costs_one_deadline() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let progress = Progress::silent();
        let silent = member(&address, &progress);
        let begin = std::time::Instant::now();
        assert_eq!(silent.take("T01").expect("not an error"), Claimed::Unknown);
        assert!(begin.elapsed().as_secs() < 3);
    }

    #[test]
    fn no_room_is_no_trouble() {
        let progress = Progress::silent();
        let host = Host::with_env([("HOME".to_owned(), "/nonexistent".to_owned())].into());
        let nobody = Member::of(&host, &progress);
        assert_eq!(nobody.take("T01").expect("not an error"), Claimed::NoRoom);
        assert_eq!(nobody.list(), None);
    }
}
