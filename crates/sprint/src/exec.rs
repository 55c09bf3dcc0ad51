//! Running a program: as data that can be shown, pasted and hashed before it is run; with its
//! output in a log; in a process group of its own, which ends when we are asked to stop.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use crate::error::{Error, IoContext, Result};
use crate::interrupt::Interrupt;

/// Variables that would change what a build or a test does behind its back.
///
/// CARGO_TARGET_DIR: make would hand its own value of that name to `cargo clean` (the fork's trap).
const NEVER_INHERITED: [&str; 12] = [
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "MAKEFLAGS",
    "MFLAGS",
    "MAKELEVEL",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONSAFEPATH",
];

/// A program to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Set on top of the inherited environment.
    pub env: BTreeMap<String, String>,
}

impl CommandLine {
    /// `program` in `directory`, without arguments yet.
    pub fn new(program: impl Into<String>, directory: &Path) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            directory: directory.to_owned(),
            env: BTreeMap::new(),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: Into<String>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// One line that a person can paste into a shell. It stands in logs, so it names a password and does not tell it.
    pub fn paste(&self) -> String {
        let mut words: Vec<String> = self
            .env
            .iter()
            .map(|(name, value)| match name.ends_with("_PASSWORD") {
                true => format!("{name}=\"${name}\""),
                false => format!("{name}={}", quote(value)),
            })
            .collect();
        words.push(quote(&self.program));
        words.extend(self.args.iter().map(|arg| quote(arg)));
        format!(
            "(cd {} && {})",
            quote(&self.directory.to_string_lossy()),
            words.join(" ")
        )
    }

    /// A `Command` with the environment of `inherited`, less what must not leak in.
    pub fn command(&self, inherited: &BTreeMap<String, String>) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .env_clear();
        command.envs(
            inherited
                .iter()
                .filter(|(name, _)| !NEVER_INHERITED.contains(&name.as_str())),
        );
        command.envs(&self.env);
        command
    }
}

/// Quotes a word for a POSIX shell.
pub fn quote(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| format!("{word:?}"), |quoted| quoted.into_owned())
}

/// How a program ended.
#[derive(Debug)]
pub struct Finished {
    /// Its status.
    pub status: ExitStatus,
    /// Wall-clock time.
    pub elapsed: Duration,
}

/// Asks running programs to stop: the person did, or another step failed.
#[derive(Clone, Debug)]
pub struct Stop<'a> {
    /// Ctrl-C.
    pub interrupt: &'a Interrupt,
    /// A sibling failed.
    pub abandoned: &'a AtomicBool,
}

impl Stop<'_> {
    fn requested(&self) -> bool {
        self.interrupt.requested() || self.abandoned.load(Ordering::Relaxed)
    }
}

/// Runs a program to its end, with stdout and stderr both going to `log` and line by line to `seen`.
pub fn run(
    line: &CommandLine,
    inherited: &BTreeMap<String, String>,
    log: &Path,
    stop: &Stop<'_>,
    seen: &(dyn Fn(&str) + Sync),
) -> Result<Finished> {
    let started = Instant::now();
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(log)
        .on("open", log)?;
    writeln!(file, "$ {}", line.paste()).on("write", log)?;
    let mut command = line.command(inherited);
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command
        .spawn()
        .map_err(|source| cannot_start(line, &source))?;
    let streams: Vec<Box<dyn Read + Send>> = [
        child.stdout.take().map(boxed),
        child.stderr.take().map(boxed),
    ]
    .into_iter()
    .flatten()
    .collect();
    let file = Mutex::new(file);
    let failed_write = AtomicBool::new(false);
    let ended = std::thread::scope(|scope| {
        for stream in streams {
            let (file, failed_write) = (&file, &failed_write);
            scope.spawn(move || copy_lines(stream, file, failed_write, seen));
        }
        wait(&mut child, stop)
    });
    let status = ended.on("wait for", Path::new(&line.program))?;
    if stop.interrupt.requested() {
        return Err(Error::interrupted(&line.program));
    }
    if failed_write.load(Ordering::Relaxed) {
        return Err(Error::setup("disk-full", format!("cannot write the log `{}`", log.display()))
            .next("free some space (`just clean` removes build directories), then run the same command again"));
    }
    Ok(Finished {
        status,
        elapsed: started.elapsed(),
    })
}

/// What is only asked something answers within this time, on the slowest of machines too.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs a short program and returns its output; for probes.
pub fn output(line: &CommandLine, inherited: &BTreeMap<String, String>) -> Result<Output> {
    output_within(line, inherited, PATIENCE)
}

/// The same, but it is ended after `limit`: error `no-answer`.
///
/// It stays in our process group, so that Ctrl-C ends it as it ends us.
pub fn output_within(
    line: &CommandLine,
    inherited: &BTreeMap<String, String>,
    limit: Duration,
) -> Result<Output> {
    let started = Instant::now();
    let mut command = line.command(inherited);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|source| cannot_start(line, &source))?;
    let stdout = read_aside(child.stdout.take());
    let stderr = read_aside(child.stderr.take());
    let answered = (|| {
        let status = wait_within(&mut child, started, limit).transpose()?;
        // What it left running may hold its output open.
        let rest = || limit.saturating_sub(started.elapsed());
        let stdout = stdout.recv_timeout(rest()).ok()?;
        let stderr = stderr.recv_timeout(rest()).ok()?;
        Some(status.map(|status| Output {
            status,
            stdout,
            stderr,
        }))
    })();
    match answered {
        Some(output) => output.on("wait for", Path::new(&line.program)),
        None => {
            // It may have ended by itself in this moment; then there is nothing to end.
            let _ = child.kill();
            child.wait().on("wait for", Path::new(&line.program))?;
            Err(no_answer(line, limit))
        }
    }
}

/// `None` if it is still running after `limit`.
fn wait_within(
    child: &mut Child,
    started: Instant,
    limit: Duration,
) -> std::io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > limit {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

/// Reads a stream to its end in a thread of its own, which nobody has to wait for.
fn read_aside(stream: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What was read until then is what there is.
            let _ = stream.read_to_end(&mut bytes);
        }
        // Nobody waits any longer where the time was up.
        let _ = sender.send(bytes);
    });
    receiver
}

fn no_answer(line: &CommandLine, limit: Duration) -> Error {
    Error::setup(
        "no-answer",
        format!(
            "`{}` gave no answer in {}",
            line.program,
            crate::count::seconds(limit)
        ),
    )
    .detail("tried", line.paste())
    .next("run that line by hand, to see what it waits for")
}

fn boxed(stream: impl Read + Send + 'static) -> Box<dyn Read + Send> {
    Box::new(stream)
}

fn cannot_start(line: &CommandLine, source: &std::io::Error) -> Error {
    // A missing directory and a missing program give the same error of the operating system.
    if !line.directory.is_dir() {
        return Error::io("enter", &line.directory, source);
    }
    Error::setup(
        "cannot-start",
        format!("cannot run `{}`: {source}", line.program),
    )
    .next("./scripts/bootstrap.sh --only system")
}

fn wait(child: &mut Child, stop: &Stop<'_>) -> std::io::Result<ExitStatus> {
    let mut pause = Duration::from_millis(1);
    let mut asked: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            // What it left behind in its group would keep our end of its output open.
            end_group(child, rustix::process::Signal::KILL);
            return Ok(status);
        }
        if stop.requested() {
            match asked {
                None => {
                    asked = Some(Instant::now());
                    end_group(child, rustix::process::Signal::TERM);
                }
                Some(since) if since.elapsed() > Duration::from_secs(5) => {
                    end_group(child, rustix::process::Signal::KILL);
                }
                Some(_) => {}
            }
        }
        std::thread::sleep(pause);
        // Quick for quick programs, cheap for long ones.
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn end_group(child: &Child, signal: rustix::process::Signal) {
    let Ok(number) = i32::try_from(child.id()) else {
        return;
    };
    if let Some(group) = rustix::process::Pid::from_raw(number) {
        // The group may have ended by itself in this moment.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

fn copy_lines(
    stream: impl Read,
    log: &Mutex<File>,
    failed_write: &AtomicBool,
    seen: &(dyn Fn(&str) + Sync),
) {
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match reader.read_until(b'\n', &mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let written = log
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .write_all(&bytes);
        if written.is_err() {
            // Go on reading, so that the program does not block; the run fails at its end.
            failed_write.store(true, Ordering::Relaxed);
        }
        seen(String::from_utf8_lossy(&bytes).trim_end());
    }
}

#[cfg(test)]
mod tests;
