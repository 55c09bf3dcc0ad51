//! `sprint-store` as a child process: found, started, listened to, ended.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::host::{self, Host};
use crate::interrupt::Interrupt;
use crate::snapshot::store::Listed;

/// The program.
const PROGRAM: &str = "sprint-store";
/// Names it, where it is not beside `sprint` nor on PATH.
const VARIABLE: &str = "SPRINT_STORE_BINARY";
/// What makes it, in the clone.
const BUILD: &str =
    "cargo build --locked --manifest-path crates/store/Cargo.toml --target-dir target";
/// After its own limit, and after it was told to stop, so long it may take to tidy up.
const GRACE: Duration = Duration::from_secs(5);

/// What is known of the program and the store.
#[derive(Clone, Debug)]
pub(super) struct Child {
    program: PathBuf,
    env: std::collections::BTreeMap<String, String>,
    address: String,
}

/// What it tells.
#[derive(Debug)]
pub(super) enum Event {
    Progress { bytes: u64 },
    Got { name: String, there: bool },
    Put { sent: bool },
    Stat { size: Option<u64> },
    File(Listed),
    Other,
}

impl Child {
    pub(super) fn new(host: &Host, address: &str) -> Result<Self> {
        let named = host.var(VARIABLE).map(PathBuf::from);
        let beside = || {
            let own = std::env::current_exe().ok()?;
            Some(own.with_file_name(PROGRAM)).filter(|path| host::is_executable(path))
        };
        let program = match named {
            Some(path) => Some(path).filter(|path| host::is_executable(path)),
            None => beside().or_else(|| host.find(PROGRAM)),
        };
        let program = program.ok_or_else(|| {
            Error::setup(
                "no-store-program",
                format!("`{PROGRAM}` is not there; it is needed for {address}"),
            )
            .next(format!("in your clone, once (two minutes): {BUILD}"))
        })?;
        Ok(Self {
            program,
            env: host.env().clone(),
            address: address.to_owned(),
        })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Runs it to its end; every event but an error goes to `seen`.
    pub(super) fn run(
        &self,
        arguments: &[String],
        limit: Duration,
        interrupt: &Interrupt,
        seen: &mut dyn FnMut(Event),
    ) -> Result<()> {
        interrupt.check("talking to a store")?;
        let mut child = Command::new(&self.program)
            .args(["--json", "--store", &self.address])
            .args(["--seconds", &limit.as_secs().to_string()])
            .args(arguments)
            .env_clear()
            .envs(&self.env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // What it has to say, it says as events.
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| Error::io("run", &self.program, &source))?;
        let (send, lines) = mpsc::channel();
        let stdout = child.stdout.take();
        std::thread::spawn(move || {
            for line in stdout
                .into_iter()
                .flat_map(|out| BufReader::new(out).lines())
            {
                if line.is_err() || line.is_ok_and(|line| send.send(line).is_err()) {
                    break;
                }
            }
        });
        let mut end = Instant::now() + limit + GRACE;
        let is_put = arguments.first().is_some_and(|word| word == "put");
        let (mut told, mut error) = (false, None);
        loop {
            match lines.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => match serde_json::from_str::<Value>(&line) {
                    Ok(event) if event["event"] == "error" => {
                        error = Some(self.error(&event, is_put))
                    }
                    Ok(event) => seen(parse(&event)),
                    Err(_) => error = Some(self.strange()),
                },
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            if interrupt.requested() && !told {
                told = true;
                end = Instant::now() + GRACE;
                // From a terminal it has the signal already; another does no harm.
                if let Some(pid) = rustix::process::Pid::from_raw(child.id() as i32) {
                    let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
                }
            }
            if Instant::now() > end {
                // It may end by itself in this moment; then there is nothing to end.
                let _ = child.kill();
                break;
            }
        }
        let status = child.wait().on("wait for", &self.program)?;
        interrupt.check("talking to a store")?;
        match error {
            Some(error) => Err(error),
            None if status.success() => Ok(()),
            None => Err(self.strange()),
        }
    }

    /// A store that cannot be used, and why.
    pub(super) fn unusable(&self, id: &'static str, why: &str) -> Error {
        Error::setup(
            id,
            format!("the store {} cannot be used: {why}", self.address),
        )
    }

    fn error(&self, event: &Value, is_put: bool) -> Error {
        const KNOWN: [&str; 14] = [
            "credentials-readable",
            "disk-full",
            "io",
            "no-bucket",
            "plain-password",
            "store-cannot",
            "store-crowded",
            "store-denied",
            "store-full",
            "store-not-there",
            "store-settings",
            "store-slow",
            "store-too-big",
            "store-unreachable",
        ];
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let what = text("what");
        let error = match text("id").as_str() {
            "interrupted" => return Error::interrupted("talking to a store"),
            "usage" => Error::new(Exit::Usage, "no-store", what),
            "bug" => return Error::bug(what),
            id => {
                let id = KNOWN.into_iter().find(|known| *known == id);
                self.unusable(id.unwrap_or("store-unreachable"), &what)
            }
        };
        let next = match event["next"].as_str() {
            Some(next) => next.replace("--store ADDRESS", &format!("--store {}", self.address)),
            None if is_put => "the same command again: what was sent is not sent twice".to_owned(),
            None => format!(
                "nothing: builds go on without it; to ask it no more: sprint snapshot stores --remove '{}'",
                self.address
            ),
        };
        error.next(next)
    }

    /// It is older or newer than we are, or was ended by somebody.
    fn strange(&self) -> Error {
        self.unusable("store-program", "sprint-store ended without an answer")
            .next(format!("if that stays so: {BUILD}"))
    }
}

fn parse(event: &Value) -> Event {
    let name = || event["name"].as_str().unwrap_or_default().to_owned();
    match event["event"].as_str() {
        Some("progress") => Event::Progress {
            bytes: event["bytes"].as_u64().unwrap_or(0),
        },
        Some("got") => Event::Got {
            name: name(),
            there: event["there"] == true,
        },
        Some("put") => Event::Put {
            sent: event["sent"] == true,
        },
        Some("stat") => Event::Stat {
            size: event["size"].as_u64(),
        },
        Some("file") => Event::File(Listed {
            name: name(),
            size: event["size"].as_u64().unwrap_or(0),
            // A store that tells no time has nothing that is old.
            modified: event["modified"]
                .as_i64()
                .map_or_else(SystemTime::now, |seconds| {
                    UNIX_EPOCH + Duration::from_secs(seconds.max(0) as u64)
                }),
        }),
        _ => Event::Other,
    }
}
