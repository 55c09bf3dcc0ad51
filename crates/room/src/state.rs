//! What a room that is up wrote down, for the lead's own commands and for the next run, if this one is killed:
//! `build/state/room.json`, readable by this person alone.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use sprint::error::{Error, IoContext, Result};
use sprint::exit::Exit;
use sprint::tasks;

use crate::cli::Context;
use crate::redis::{Admin, Secrets};

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    /// Process of this program.
    pub(crate) process: u32,
    /// `HOST:PORT` of Redis, as this machine reaches it.
    pub(crate) redis: String,
    /// Process of a Redis that this program started.
    pub(crate) redis_process: Option<u32>,
    /// The lead's own join line.
    pub(crate) lead_line: String,
    /// Users, passwords, the prefix.
    pub(crate) secrets: Secrets,
}

impl State {
    pub(crate) fn file(root: &Path) -> PathBuf {
        root.join("build/state/room.json")
    }

    pub(crate) fn load(root: &Path) -> Option<Self> {
        let text = fs::read_to_string(Self::file(root)).ok()?;
        serde_json::from_str(&text).ok()
    }

    pub(crate) fn save(&self, root: &Path) -> Result<()> {
        let path = Self::file(root);
        let text =
            serde_json::to_string_pretty(self).map_err(|error| Error::bug(error.to_string()))?;
        // Gone first, so that the mode is the one below.
        Self::forget(root)?;
        fs::OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .on("write", &path)
    }

    pub(crate) fn forget(root: &Path) -> Result<()> {
        let path = Self::file(root);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io("remove", &path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Ends what a run that was killed has left behind: only a Redis that knows this room's password is ours.
    pub(crate) fn clean_up(&self, root: &Path) -> Result<bool> {
        let mut found = false;
        if let Ok(mut admin) = Admin::connect(&self.redis, &self.secrets) {
            found = true;
            match self.redis_process {
                Some(_) => admin.shut_down(&self.redis),
                None => admin.clean(&self.secrets)?,
            }
        }
        Self::forget(root)?;
        Ok(found)
    }
}

/// One room a clone. Unlike the kit's other locks, children do not inherit it: a Redis that outlives a killed room must
/// not keep the next one from ending it.
pub(crate) fn lock(root: &Path) -> Result<fs::File> {
    let path = root.join("build/state/room/lock");
    let directory = path.parent().unwrap_or(root);
    fs::create_dir_all(directory).on("create directory", directory)?;
    let file = fs::File::create(&path).on("create", &path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let error = Error::new(Exit::Busy, "busy", "a room is open already from this clone");
            Err(error.next("Ctrl-C in its terminal, then the same command again"))
        }
        Err(fs::TryLockError::Error(source)) => Err(Error::io("lock", &path, &source)),
    }
}

/// `sprint-room release ID`.
pub(crate) fn release(typed: &str, context: &Context<'_>) -> Result<()> {
    let tasks = tasks::load(&context.root)?;
    let id = &tasks::find(&tasks, typed)?.id;
    let state = State::load(&context.root).ok_or_else(|| {
        Error::usage("no-room", "no room was opened from this clone").next("just room up")
    })?;
    let had = Admin::connect(&state.redis, &state.secrets)?.release(&state.secrets, id)?;
    crate::print(&if had {
        format!("{id} is free again\n")
    } else {
        format!("nobody has {id}\n")
    });
    Ok(())
}
