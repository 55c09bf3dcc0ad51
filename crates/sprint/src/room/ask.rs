//! Asking the room's one function.

use std::io::Read;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::resp::{Connection, Failure, Reply};
use super::{JoinLine, Room, Table};
use crate::error::{IoContext, Result};

/// The function that guests may call.
pub(super) const FUNCTION: &str = "sprint_room";
/// What a call may take, connecting included. On a LAN it takes a few milliseconds.
const WAIT: Duration = Duration::from_millis(1000);

/// Why the room did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away(pub String);

/// The function's answer to everything but `list`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Said {
    /// It was done.
    pub ok: bool,
    /// Why not.
    pub why: Option<String>,
    /// Who holds it.
    pub by: Option<String>,
    /// The room's time.
    pub now: Option<u64>,
    /// When the claim ends.
    pub until: Option<u64>,
}

impl Room {
    /// Calls a verb of the function, as this guest.
    pub fn ask(&self, verb: &str, more: &[&str]) -> std::result::Result<Said, Away> {
        let mut words = vec![verb, &self.name, &self.token];
        words.extend(more);
        self.call(&words)
    }

    /// Is it there, and does it know this guest's password?
    pub fn reach(&self) -> std::result::Result<(), Away> {
        let mut connection = self.connect()?;
        connection.call(&["PING"]).map(drop).map_err(away)
    }

    /// Everything there is to see.
    pub fn list(&self) -> std::result::Result<Table, Away> {
        self.call(&["list"])
    }

    fn connect(&self) -> std::result::Result<Connection, Away> {
        let mut connection =
            Connection::open(&self.redis, WAIT).map_err(|error| away(error.into()))?;
        connection
            .call(&["AUTH", &self.user, &self.password])
            .map_err(away)?;
        Ok(connection)
    }

    fn call<T: serde::de::DeserializeOwned>(&self, words: &[&str]) -> std::result::Result<T, Away> {
        let mut connection = self.connect()?;
        let mut call = vec!["FCALL", FUNCTION, "0"];
        call.extend(words);
        let begun = Instant::now();
        let reply: Reply = loop {
            match connection.call(&call) {
                // A room that was opened this moment, or whose Redis was started again, gives it to Redis last.
                Err(Failure::Refused(text))
                    if text.contains("Function not found") && begun.elapsed() < WAIT / 2 =>
                {
                    std::thread::sleep(WAIT / 20);
                }
                answer => break answer.map_err(away)?,
            }
        };
        serde_json::from_str(&reply.text())
            .map_err(|_| Away("it answers, but not as a room does".to_owned()))
    }
}

impl JoinLine {
    /// The room as this guest would keep it, with a new token.
    pub fn room(&self, name: String, trust_lan: bool) -> Result<Room> {
        Ok(Room {
            name,
            token: random_hex(16)?,
            base: self.base.clone(),
            redis: self.redis.clone(),
            user: self.user.clone(),
            password: self.password.clone(),
            key: self.key.clone(),
            trust_lan,
            accepted: false,
            added: false,
        })
    }
}

fn away(failure: Failure) -> Away {
    Away(match failure {
        Failure::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            "it does not answer in time".to_owned()
        }
        Failure::Io(error) => format!("it cannot be reached ({error})"),
        Failure::Refused(text) if text.starts_with("WRONGPASS") => {
            "it does not know this password: it is another room by now".to_owned()
        }
        Failure::Refused(text) => {
            let text: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
            format!("it refuses ({text})")
        }
    })
}

/// `bytes` random bytes as hexadecimal digits, from the operating system.
pub fn random_hex(bytes: usize) -> Result<String> {
    let path = std::path::Path::new("/dev/urandom");
    let mut buffer = vec![0; bytes];
    std::fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut buffer))
        .on("read", path)?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}
