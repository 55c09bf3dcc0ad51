//! The compile cache: sccache, with a server of this clone's own.
//!
//! Three things hold together (a test builds the same project in two trees): the second tree *hits*, its bytes are
//! *identical*, and a header that differs gives another object. Direct mode is off, as it can return the other
//! tree's object (mozilla/sccache#2863); no directories are stripped by sccache. What makes trees alike is the
//! script behind it ([`crate::build::PLACE`]): the same text everywhere, it maps the root away by a variable, so
//! no argument and no line of the preprocessed file says where the tree is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Serialize;

use super::{launcher, patience};
use crate::hash;
use crate::host::Host;
use crate::room::{Away, Room};

/// Longer than a server takes to start on a slow laptop; it starts beside configure.
const START: Duration = Duration::from_secs(20);

/// A server that answers.
#[derive(Clone, Debug)]
pub struct CompileCache {
    program: PathBuf,
    env: BTreeMap<String, String>,
    before: Counts,
    room: RoomPart,
}

/// What a room has to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomPart {
    /// None was joined, or not for its objects.
    None,
    /// Its objects are used.
    Used,
    /// It cannot be used, for this reason.
    Away(String),
}

/// Did the compile cache take part, and how?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cached {
    /// More was found than not.
    Hit,
    /// Less.
    Miss,
    /// It was not asked, or failed.
    #[default]
    Off,
}

impl Cached {
    /// As in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Off => "off",
        }
    }
}

/// What the compile cache did for a build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// In a word.
    pub cached: Cached,
    /// Compilations that were found.
    pub hits: u64,
    /// Compilations that were not.
    pub misses: u64,
    /// Why it took no part, or not to the end.
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    hits: u64,
    misses: u64,
}

impl CompileCache {
    /// Starts the server, or says why there is none.
    pub fn start(host: &Host, root: &Path) -> Result<Self, String> {
        if super::is_off(host) {
            return Err("SPRINT_CACHE=off".to_owned());
        }
        let program = host
            .find_tool("sccache")
            .ok_or("there is no sccache; ./scripts/bootstrap.sh --only sccache")?;
        let (env, room) = environment(host, root)?;
        let mut cache = Self {
            program,
            env,
            before: Counts::default(),
            room,
        };
        let limit = START.min(launcher::patience(host));
        // One that runs already refuses a second, and answers all the same.
        let started = patience::run(&mut cache.command(host, &["--start-server"]), limit);
        match started {
            Ok(Some(_)) => {}
            Ok(None) => return Err("sccache did not start in time".to_owned()),
            Err(error) => return Err(format!("sccache cannot be run: {error}")),
        }
        cache.before = cache.counts(host, limit)?;
        Ok(cache)
    }

    /// What make's environment needs for the launcher, and the word that goes before the compiler.
    pub fn wrap(&self, kit: &Path, directory: &Path) -> (String, BTreeMap<String, String>) {
        let mut env = self.env.clone();
        let text = |path: &Path| path.to_string_lossy().into_owned();
        env.insert(launcher::PROGRAM.to_owned(), text(&self.program));
        env.insert(launcher::DIRECTORY.to_owned(), text(directory));
        let kit = crate::exec::quote(&kit.to_string_lossy());
        (format!("{kit} {}", launcher::COMMAND), env)
    }

    /// What it did since it was started for this build.
    pub fn finish(&self, host: &Host, directory: &Path) -> Outcome {
        let failed = std::fs::read_to_string(launcher::failure_file(directory)).ok();
        let now = self.counts(host, START.min(launcher::patience(host)));
        let (counts, reason) = match (now, failed) {
            (Ok(now), failed) => (now, failed),
            (Err(reason), failed) => (self.before, Some(failed.unwrap_or(reason))),
        };
        let hits = counts.hits.saturating_sub(self.before.hits);
        let misses = counts.misses.saturating_sub(self.before.misses);
        Outcome {
            cached: match (hits, misses) {
                (0, 0) => Cached::Off,
                (hits, misses) if hits >= misses => Cached::Hit,
                _ => Cached::Miss,
            },
            hits,
            misses,
            reason,
        }
    }

    /// Does a room's Redis take part?
    pub fn room(&self) -> &RoomPart {
        &self.room
    }

    fn counts(&self, host: &Host, limit: Duration) -> Result<Counts, String> {
        let mut command = self.command(host, &["--show-stats", "--stats-format=json"]);
        let ended = match patience::run(&mut command, limit) {
            Ok(Some(ended)) if ended.status.success() => ended,
            Ok(Some(ended)) => {
                let text = String::from_utf8_lossy(&ended.stderr).into_owned();
                let line = text.lines().next().unwrap_or("no reason given");
                return Err(format!("sccache does not work: {}", launcher::plain(line)));
            }
            Ok(None) => return Err("sccache does not answer".to_owned()),
            Err(error) => return Err(format!("sccache cannot be run: {error}")),
        };
        let told: serde_json::Value = serde_json::from_slice(&ended.stdout)
            .map_err(|error| format!("sccache's statistics are not JSON: {error}"))?;
        let sum = |name: &str| {
            let counts = told["stats"][name]["counts"].as_object();
            let numbers = counts.into_iter().flat_map(|counts| counts.values());
            numbers.filter_map(serde_json::Value::as_u64).sum()
        };
        Ok(Counts {
            hits: sum("cache_hits"),
            misses: sum("cache_misses"),
        })
    }

    fn command(&self, host: &Host, args: &[&str]) -> Command {
        let mut command = patience::alone(&self.program);
        // The person's own settings of sccache are for their own server.
        let inherited = host.env().iter();
        command
            .args(args)
            .env_clear()
            .envs(inherited.filter(|(name, _)| !name.starts_with("SCCACHE_")))
            .envs(&self.env);
        command
    }
}

/// The settings that are safe (see the module's header), and whether a room's Redis is among them.
fn environment(host: &Host, root: &Path) -> Result<(BTreeMap<String, String>, RoomPart), String> {
    let base = super::directory(host).ok_or("there is no home directory to keep it in")?;
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let mut env = BTreeMap::from(
        [
            ("SCCACHE_DIR", text(base.join("objects"))),
            ("SCCACHE_CONF", text(base.join("no-sccache-settings"))),
            ("SCCACHE_DIRECT", "false".to_owned()),
            ("SCCACHE_CACHE_SIZE", "3G".to_owned()),
            ("SCCACHE_IDLE_TIMEOUT", "600".to_owned()),
            // A server that has died: the client compiles by itself.
            ("SCCACHE_IGNORE_SERVER_IO_ERROR", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    // A room that cannot be read is none: the build must not fail for it. Nor is one that does not answer: sccache
    // would not start at all, and this machine's own objects would be missed as well.
    let room = Room::load(host).ok().flatten();
    let room = room.filter(|room| room.trust_lan);
    let part = match room.as_ref().map(Room::reach) {
        None => RoomPart::None,
        Some(Ok(())) => RoomPart::Used,
        Some(Err(Away(reason))) => RoomPart::Away(reason),
    };
    if let Some(room) = room.filter(|_| part == RoomPart::Used) {
        for (name, value) in [
            ("SCCACHE_MULTILEVEL_CHAIN", "disk,redis".to_owned()),
            ("SCCACHE_MULTILEVEL_WRITE_ERROR_POLICY", "ignore".to_owned()),
            (launcher::ENDPOINT, format!("redis://{}", room.redis)),
            ("SCCACHE_REDIS_USERNAME", room.user.clone()),
            ("SCCACHE_REDIS_PASSWORD", room.password.clone()),
            ("SCCACHE_REDIS_KEY_PREFIX", ROOM_PREFIX.to_owned()),
        ] {
            env.insert(name.to_owned(), value);
        }
    }
    // A server keeps the settings it was started with: others are another server.
    let mut parts = hash::Parts::new();
    parts.add("root", root.as_os_str().as_encoded_bytes());
    for (name, value) in &env {
        parts.add(name, value.as_bytes());
    }
    let digest = parts.finish();
    let socket = base.join("servers").join(&digest[..8]);
    // The longest path of a socket is 104 bytes on macOS, 108 on Linux.
    if socket.as_os_str().len() < 100 {
        let directory = base.join("servers");
        std::fs::create_dir_all(&directory)
            .map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
        env.insert("SCCACHE_SERVER_UDS".to_owned(), text(socket));
    } else {
        let number = u16::from_str_radix(&digest[..4], 16).unwrap_or(0);
        let port = 20_000 + number % 20_000;
        env.insert("SCCACHE_SERVER_PORT".to_owned(), port.to_string());
    }
    Ok((env, part))
}

/// The keys that a room's guests may read.
const ROOM_PREFIX: &str = "sccache";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::JoinLine;

    #[test]
    fn a_room_that_cannot_be_reached_is_left_out_and_the_reason_is_known() {
        let home = tempfile::tempdir().expect("dir");
        let text = home.path().to_string_lossy().into_owned();
        let host = Host::with_env([("HOME".to_owned(), text)].into());
        let part = || {
            let (env, part) = environment(&host, Path::new("/kit")).expect("a home");
            assert_eq!(env.contains_key(launcher::ENDPOINT), part == RoomPart::Used);
            part
        };
        assert_eq!(part(), RoomPart::None);
        // Nobody listens at port 1.
        let line = JoinLine::parse("http://127.0.0.1:1/#1,1,guest,p,").expect("a line");
        let join = |trust_lan| {
            let room = line.room("ana".to_owned(), trust_lan).expect("random");
            room.save(&host).expect("saved");
        };
        join(false);
        assert_eq!(part(), RoomPart::None);
        join(true);
        assert!(matches!(part(), RoomPart::Away(reason) if reason.contains("cannot be reached")));
    }
}
