//! `sprint compile`: stands between make and the compiler, and asks the compile cache first.
//!
//! The cache may be gone, hang or die at any moment of a build. So only a success of its is believed: after any other
//! end the compiler itself is called, and what it says is what make hears. If the compiler then succeeds, the cache
//! was at fault, and the rest of this build goes without it (a file says so, and why).

use std::cell::Cell;
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant, SystemTime};

use super::patience::{self, Ended};
use crate::host::Host;
use crate::room::Room;

/// The word after which a compiler is named.
pub const COMMAND: &str = "compile";
/// The cache program.
pub const PROGRAM: &str = "SPRINT_SCCACHE";
/// Where a cache that failed is noted, and calls are logged.
pub const DIRECTORY: &str = "SPRINT_CALLS";
/// Seconds after which an answer of the cache is no longer waited for.
pub const SECONDS: &str = "SPRINT_CACHE_SECONDS";

/// Where the cache's server was told to find a room's objects.
pub(super) const ENDPOINT: &str = "SCCACHE_REDIS_ENDPOINT";

const ROOM_IS_GONE: &str = "the room does not answer any more";

/// Set where the cache calls the compiler: a file that its script makes if something is compiled, as nothing was found.
pub const MISS: &str = "SPRINT_MISS";

/// Longer than any file of CPython takes on a slow and busy laptop.
const PATIENCE: Duration = Duration::from_secs(180);

/// sccache waits a minute for each object of a room whose cable was pulled; so it is asked whether the room is there.
const ROOM_PATIENCE: Duration = Duration::from_secs(8);

/// The note that the cache has failed in this build.
pub fn failure_file(directory: &Path) -> PathBuf {
    directory.join("cache-failed")
}

/// The log of compiler calls: `begin seconds how file`, begin in seconds since 1970.
pub fn calls_file(directory: &Path) -> PathBuf {
    directory.join("calls")
}

/// How long the cache is waited for.
pub(super) fn patience(host: &Host) -> Duration {
    let seconds = host.var(SECONDS).and_then(|text| text.parse::<f64>().ok());
    seconds
        .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
        .map_or(PATIENCE, Duration::from_secs_f64)
}

/// Runs one compiler call, given as the compiler and its arguments. Returns its exit code.
pub fn run(words: &[OsString], host: &Host) -> std::io::Result<u8> {
    let Some((compiler, args)) = words.split_first() else {
        return Err(std::io::Error::other("no compiler was named"));
    };
    let begun = (SystemTime::now(), Instant::now());
    let directory = host.var(DIRECTORY).map(PathBuf::from);
    let direct = || Command::new(compiler).args(args).status();
    // Only a compilation of one file to an object is worth asking for.
    let cache = host
        .var(PROGRAM)
        .zip(directory.as_deref())
        .filter(|_| args.iter().any(|word| word == "-c"))
        .filter(|(_, directory)| !failure_file(directory).exists());
    let (status, how) = match cache {
        None => (direct()?, "direct"),
        Some((cache, directory)) => {
            // It may start a server, should there be none any more.
            let mut command = patience::alone(cache);
            let miss = directory.join(format!("miss-{}", std::process::id()));
            command.arg(compiler).args(args).env(MISS, &miss);
            // Only of a room that the cache's server was told of: one that was away when it started is nothing to wait for.
            let room = host.var(ENDPOINT).and_then(|_| Room::load(host).ok()?);
            let room_is_gone = Cell::new(false);
            let is_there = || {
                room_is_gone.set(room.as_ref().is_some_and(|room| room.reach().is_err()));
                !room_is_gone.get()
            };
            let asking: (Duration, &dyn Fn() -> bool) = (ROOM_PATIENCE, &is_there);
            let answer = patience::run_while(&mut command, patience(host), asking);
            let compiled = std::fs::remove_file(&miss).is_ok();
            match answer {
                Ok(Some(ended)) if ended.status.success() => {
                    std::io::stdout().write_all(&ended.stdout)?;
                    std::io::stderr().write_all(&ended.stderr)?;
                    (ended.status, if compiled { "compiled" } else { "found" })
                }
                answer => {
                    let status = direct()?;
                    if status.success() {
                        let reason = match room_is_gone.get() {
                            true => ROOM_IS_GONE.to_owned(),
                            false => reason(&answer),
                        };
                        std::fs::write(failure_file(directory), reason)?;
                    }
                    (status, "direct")
                }
            }
        }
    };
    if let Some(directory) = directory {
        log(&directory, begun, how, args);
    }
    Ok(code(status))
}

/// Why the cache was at fault, in a line.
fn reason(answer: &std::io::Result<Option<Ended>>) -> String {
    match answer {
        Ok(None) => "it did not answer in time".to_owned(),
        Err(error) => format!("it cannot be run: {error}"),
        Ok(Some(ended)) => {
            let text = String::from_utf8_lossy(&ended.stderr);
            let said = text
                .lines()
                .find(|line| line.contains("sccache"))
                .unwrap_or("");
            format!("it failed ({}) {}", ended.status, plain(said))
                .trim_end()
                .to_owned()
        }
    }
}

/// A line of another program's, for a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn log(directory: &Path, begun: (SystemTime, Instant), how: &str, args: &[OsString]) {
    let file = args
        .iter()
        .map(|word| word.to_string_lossy())
        .rfind(|word| word.ends_with(".c") || word.ends_with(".S"))
        .map_or_else(|| "link".to_owned(), |word| word.into_owned());
    let since = begun.0.duration_since(SystemTime::UNIX_EPOCH);
    let line = format!(
        "{:.3} {:.3} {how} {file}\n",
        since.map_or(0.0, |since| since.as_secs_f64()),
        begun.1.elapsed().as_secs_f64()
    );
    // One write, so that lines of calls at the same time do not mix; a lost line costs a bar in a picture.
    let _ = std::fs::File::options()
        .create(true)
        .append(true)
        .open(calls_file(directory))
        .and_then(|mut file| file.write_all(line.as_bytes()));
}

/// As a shell has it: 128 and the signal's number for who was killed.
fn code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    u8::try_from(code).unwrap_or(1)
}

#[cfg(test)]
mod tests;
