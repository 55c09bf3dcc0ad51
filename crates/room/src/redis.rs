//! The room's Redis: a server of our own or one that is there, with one function and two users.
//!
//! What a guest may do, and why nothing else follows from it:
//! * read keys of the compile cache;
//! * call the one function (`room.lua`), by Redis's rule for a command's first argument;
//! * a handful of hash and list commands on keys below a prefix of 128 random bits. Redis runs a function with its
//!   caller's rights, so the function could not write otherwise. Only the function and this process know the prefix, and
//!   a guest may call nothing that tells it: no KEYS, SCAN, FUNCTION, SCRIPT, ACL, MONITOR, CLIENT, REPLICAOF or SYNC.
//!
//! tests/room/hostile.py tries every command that Redis has.

use std::io::Write;
use std::net::IpAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sprint::error::{Error, IoContext, Result};
use sprint::exec::quote;
use sprint::host::Host;
use sprint::room::random_hex;
use sprint::room::resp::{Connection, Failure, Reply};

/// What guests share.
pub(crate) const GUEST: &str = "guest";
/// Who may also write to the compile cache.
pub(crate) const LEAD: &str = "lead";
const ADMIN: &str = "sprint-admin";
const LIBRARY: &str = include_str!("room.lua");
/// The keys that sccache uses with this key prefix; with and without a slash before it, as its versions differ.
const CACHE: [&str; 2] = ["sccache/*", "/sccache/*"];
const WAIT: Duration = Duration::from_secs(5);

/// Names and passwords of one room.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Secrets {
    /// Below it is everything of the room.
    pub(crate) prefix: String,
    /// The administrator's user and password.
    pub(crate) admin: (String, String),
    /// The guests' password.
    pub(crate) guest: String,
    /// The lead's password.
    pub(crate) lead: String,
}

impl Secrets {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            prefix: random_hex(16)?,
            admin: (ADMIN.to_owned(), random_hex(16)?),
            // Typed from a projector at worst: 64 bits against guessing over the network are plenty.
            guest: random_hex(8)?,
            lead: random_hex(16)?,
        })
    }

    /// The rights of a user, as Redis's ACL rules.
    fn rules(&self, user: &str) -> Vec<String> {
        let (password, writes) = if user == LEAD {
            (&self.lead, true)
        } else {
            (&self.guest, false)
        };
        let mut rules: Vec<String> = ["reset", "on", "sanitize-payload", "resetchannels", "-@all"]
            .map(str::to_owned)
            .into();
        rules.push(format!(">{password}"));
        rules.extend(
            "+auth +hello +ping +quit +fcall|sprint_room +get +getrange +strlen +exists"
                .split(' ')
                .map(str::to_owned),
        );
        if writes {
            rules.extend(
                "+set +setex +psetex +expire +pexpire +del"
                    .split(' ')
                    .map(str::to_owned),
            );
        }
        let access = if writes { "%RW~" } else { "%R~" };
        rules.extend(CACHE.map(|keys| format!("{access}{keys}")));
        rules.push(format!(
            "(%RW~{}:* -@all +hget +hset +hdel +hgetall +hlen +lpush +ltrim +lrange)",
            self.prefix
        ));
        rules.push("(-@all +time)".to_owned());
        rules
    }

    fn library(&self, claim: Duration) -> String {
        LIBRARY
            .replace("@PREFIX@", &self.prefix)
            .replace("@CLAIM_SECONDS@", &claim.as_secs().to_string())
    }
}

/// The configuration of a server of our own. It is given on stdin, so that no password is seen in a list of processes.
fn configuration(
    secrets: &Secrets,
    listen: IpAddr,
    port: u16,
    memory: u32,
    directory: &Path,
) -> String {
    let mut text = format!(
        "bind {listen}\nport {port}\nprotected-mode no\ndaemonize no\nsupervised no\npidfile \"\"\n\
         dir {}\nsave \"\"\nappendonly no\nlogfile redis.log\nloglevel notice\n\
         maxmemory {memory}mb\nmaxmemory-policy volatile-lru\nmaxclients 1000\ntimeout 600\ntcp-keepalive 60\n\
         client-query-buffer-limit 64mb\nenable-debug-command no\nenable-module-command no\n\
         enable-protected-configs no\nnotify-keyspace-events \"\"\n",
        quote(&directory.to_string_lossy())
    );
    text.push_str("user default off resetkeys resetchannels -@all\n");
    let (admin, password) = &secrets.admin;
    text.push_str(&format!(
        "user {admin} on >{password} ~* resetchannels +@all\n"
    ));
    for user in [GUEST, LEAD] {
        // `reset` is of ACL SETUSER alone; here every user begins with nothing.
        let rules: Vec<String> = secrets
            .rules(user)
            .into_iter()
            .filter(|rule| rule != "reset")
            .collect();
        text.push_str(&format!("user {user} {}\n", rules.join(" ")));
    }
    text
}

/// A server that this process has started.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    directory: PathBuf,
}

impl Server {
    /// Starts one, and waits until it answers.
    pub(crate) fn start(
        secrets: &Secrets,
        (listen, port): (IpAddr, u16),
        memory: u32,
        directory: &Path,
        host: &Host,
    ) -> Result<Self> {
        let program = host.find("redis-server").ok_or_else(|| {
            Error::setup("no-redis", "`redis-server` is not on PATH; a room keeps its claims in one")
                .next("sudo apt-get install redis-server   (or an existing one: just room up --redis URL)")
        })?;
        std::fs::create_dir_all(directory).on("create directory", directory)?;
        let mut child = Command::new(&program)
            .arg("-")
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is for this process, which then ends the server.
            .process_group(0)
            .spawn()
            .map_err(|source| Error::io("run", &program, &source))?;
        let text = configuration(secrets, listen, port, memory, directory);
        let written = child
            .stdin
            .take()
            .map(|mut input| input.write_all(text.as_bytes()));
        let mut server = Self {
            child,
            directory: directory.to_owned(),
        };
        if let Some(Err(error)) = written {
            return Err(Error::io("configure", &program, &error));
        }
        server.wait_until_up(secrets, port)?;
        Ok(server)
    }

    fn wait_until_up(&mut self, secrets: &Secrets, port: u16) -> Result<()> {
        let begin = Instant::now();
        loop {
            let failure = match Admin::connect(&format!("127.0.0.1:{port}"), secrets) {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            let ended = !self.is_alive();
            if ended || begin.elapsed() > WAIT {
                let log =
                    std::fs::read_to_string(self.directory.join("redis.log")).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(3).collect();
                return Err(Error::setup(
                    "redis-start",
                    format!("Redis does not start on port {port}"),
                )
                .detail(
                    "seen",
                    if ended {
                        last.join("\n")
                    } else {
                        failure.to_string()
                    },
                )
                .next("another port: just room up --redis-port 8481"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Is it still running?
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It keeps nothing that would have to be written.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A connection with every right.
#[derive(Debug)]
pub(crate) struct Admin(Connection);

impl Admin {
    pub(crate) fn connect(address: &str, secrets: &Secrets) -> Result<Self> {
        let mut connection =
            Connection::open(address, WAIT).map_err(|error| unreachable(address, &error.into()))?;
        let (user, password) = &secrets.admin;
        if !password.is_empty() {
            connection
                .call(&["AUTH", user, password])
                .map_err(|failure| unreachable(address, &failure))?;
        }
        Ok(Self(connection))
    }

    fn call(&mut self, words: &[&str]) -> Result<Reply> {
        self.0.extend(WAIT);
        self.0.call(words).map_err(|failure| {
            Error::setup(
                "redis",
                format!(
                    "Redis refuses `{}`: {}",
                    words[..words.len().min(2)].join(" "),
                    why(&failure)
                ),
            )
        })
    }

    /// Functions and selectors came with 7.0.
    pub(crate) fn check_version(&mut self) -> Result<()> {
        let info = self.call(&["INFO", "server"])?.text();
        let version = info
            .lines()
            .find_map(|line| line.strip_prefix("redis_version:"))
            .unwrap_or("unknown");
        let major: u32 = version
            .split('.')
            .next()
            .and_then(|part| part.parse().ok())
            .unwrap_or(0);
        if major >= 7 {
            return Ok(());
        }
        Err(Error::setup(
            "redis-version",
            format!("this Redis is {version}; functions and selectors need 7.0"),
        )
        .next("just room up   (starts one of this machine's own)"))
    }

    /// Users on a server that is not ours.
    pub(crate) fn make_users(&mut self, secrets: &Secrets) -> Result<()> {
        for user in [GUEST, LEAD] {
            let rules = secrets.rules(user);
            let mut words = vec!["ACL", "SETUSER", user];
            words.extend(rules.iter().map(String::as_str));
            self.call(&words)?;
        }
        Ok(())
    }

    /// Puts the function there.
    pub(crate) fn load(&mut self, secrets: &Secrets, claim: Duration) -> Result<()> {
        self.call(&["FUNCTION", "LOAD", "REPLACE", &secrets.library(claim)])
            .map(drop)
    }

    /// Says which tasks there are.
    pub(crate) fn set_tasks(&mut self, secrets: &Secrets, ids: &[&str]) -> Result<()> {
        let key = format!("{}:tasks", secrets.prefix);
        self.call(&["DEL", &key])?;
        let mut words = vec!["HSET", &key];
        words.extend(ids.iter().flat_map(|id| [*id, "1"]));
        self.call(&words).map(drop)
    }

    /// Frees a task. Whether somebody had it.
    pub(crate) fn release(&mut self, secrets: &Secrets, id: &str) -> Result<bool> {
        let key = format!("{}:claims", secrets.prefix);
        Ok(self.call(&["HDEL", &key, id])? == Reply::Number(1))
    }

    /// Removes what was put on a server that is not ours.
    pub(crate) fn clean(&mut self, secrets: &Secrets) -> Result<()> {
        let keys: Vec<String> = ["tasks", "claims", "done", "guests", "events"]
            .map(|name| format!("{}:{name}", secrets.prefix))
            .into();
        let mut words = vec!["DEL"];
        words.extend(keys.iter().map(String::as_str));
        self.call(&words)?;
        self.call(&["ACL", "DELUSER", GUEST, LEAD])?;
        self.call(&["FUNCTION", "DELETE", "sprint_room"]).map(drop)
    }

    /// Ends a server that an earlier run, killed, has left.
    pub(crate) fn shut_down(mut self, address: &str) {
        // It hangs up instead of answering.
        let _ = self.0.call(&["SHUTDOWN", "NOSAVE"]);
        let begin = Instant::now();
        while Connection::open(address, WAIT).is_ok() && begin.elapsed() < WAIT {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// `redis://[USER]:PASSWORD@HOST:PORT`: the address, and who to be there.
pub(crate) fn url(text: &str) -> Result<(String, (String, String))> {
    let wrong = || {
        Error::usage("redis-url", "this is not redis://USER:PASSWORD@HOST:PORT")
            .next("just room up --redis redis://default:PASSWORD@HOST:6379")
    };
    let rest = text
        .strip_prefix("redis://")
        .ok_or_else(wrong)?
        .trim_end_matches('/');
    let (who, address) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let user = if user.is_empty() { "default" } else { user };
    let with_port = match address.rsplit_once(':') {
        Some((_, port)) if port.parse::<u16>().is_ok() => address.to_owned(),
        Some(_) => return Err(wrong()),
        None if address.is_empty() => return Err(wrong()),
        None => format!("{address}:6379"),
    };
    Ok((with_port, (user.to_owned(), password.to_owned())))
}

fn unreachable(address: &str, failure: &Failure) -> Error {
    Error::setup(
        "redis",
        format!("the Redis at {address} cannot be used: {}", why(failure)),
    )
}

fn why(failure: &Failure) -> String {
    match failure {
        Failure::Io(error) => error.to_string(),
        Failure::Refused(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests;
