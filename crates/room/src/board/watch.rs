//! Keeping the board up to date: the room is asked now and then, and whoever looks is told of changes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use sprint::error::Result;
use sprint::room::{Room, Table};
use sprint::tasks::{self, State, Task};

use super::model::{Board, RoomState};

/// The board as it is now.
#[derive(Debug)]
pub(crate) struct Live {
    root: PathBuf,
    room: Option<Room>,
    tasks: Mutex<Vec<Task>>,
    last: Mutex<Table>,
    board: Mutex<Arc<Board>>,
    version: watch::Sender<u64>,
}

impl Live {
    /// Of this room, with the task list of this clone.
    pub(crate) fn new(root: &Path, room: Option<Room>) -> Result<Self> {
        let live = Self {
            root: root.to_owned(),
            room,
            tasks: Mutex::new(tasks::load(root)?),
            last: Mutex::default(),
            board: Mutex::default(),
            version: watch::channel(0).0,
        };
        live.refresh(None);
        Ok(live)
    }

    pub(crate) fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Reads the task list again. Its ids, if it changed; a list that is being edited and cannot be read is left.
    pub(crate) fn reload(&self) -> Option<Vec<String>> {
        let now = tasks::load(&self.root).ok()?;
        let mut known = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == now {
            return None;
        }
        let ids = now.iter().map(|task| task.id.clone()).collect();
        *known = now;
        Some(ids)
    }

    /// Asks the room, and tells those who look if something changed.
    pub(crate) fn refresh(&self, served: Option<(u64, u64)>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let room = match self.room.as_ref().map(Room::list) {
            None => RoomState::None,
            Some(Err(_)) => RoomState::Away,
            Some(Ok(table)) => {
                *last = table;
                RoomState::Up
            }
        };
        // What this clone's own person does counts only where there is no room to ask.
        let own = match room {
            RoomState::None => State::load(&self.root).unwrap_or_default(),
            RoomState::Up | RoomState::Away => State::default(),
        };
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Board::new(&tasks, &last, &own, room, served);
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        if **board != new {
            *board = Arc::new(new);
            self.version.send_modify(|version| *version += 1);
        }
    }
}
