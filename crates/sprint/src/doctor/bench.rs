//! Where probes work: the machine, the checkout, a scratch directory, and a way to run a child that
//! cannot hang.

use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::exec::CommandLine;
use crate::host::Host;
use crate::pins::Pins;

/// A child of a probe that takes longer than this is itself the finding.
const PATIENCE: Duration = Duration::from_secs(5);

/// What every probe is given.
#[derive(Debug)]
pub struct Bench<'a> {
    /// The machine.
    pub host: &'a Host,
    /// The repository.
    pub root: &'a Path,
    /// The pins; `None` where pins.toml cannot be read, which is a finding of its own.
    pub pins: Option<&'a Pins>,
    /// A directory of our own, with a short path, removed when the doctor is done.
    pub scratch: Scratch,
    next: AtomicUsize,
}

/// How a child ended.
#[derive(Debug)]
pub enum Child {
    /// It ended: success, stdout, stderr.
    Ended(bool, String, String),
    /// It was still running after `PATIENCE`, and was ended.
    Hung,
    /// It could not be started.
    Absent(String),
}

impl Child {
    /// The two outputs in one, trimmed: what a person wants to see of a failure.
    pub fn words(&self) -> String {
        match self {
            Self::Ended(_, out, err) => format!("{} {}", out.trim(), err.trim()).trim().to_owned(),
            Self::Hung => format!("no answer in {} s", PATIENCE.as_secs()),
            Self::Absent(reason) => reason.clone(),
        }
    }

    /// stdout, if the child ended well.
    pub fn good(&self) -> Option<&str> {
        match self {
            Self::Ended(true, out, _) => Some(out),
            _ => None,
        }
    }
}

impl<'a> Bench<'a> {
    /// A bench with a fresh scratch directory.
    pub fn new(host: &'a Host, root: &'a Path, pins: Option<&'a Pins>) -> std::io::Result<Self> {
        Ok(Self {
            host,
            root,
            pins,
            scratch: Scratch::make(host)?,
            next: AtomicUsize::new(0),
        })
    }

    /// A command that runs in the scratch directory.
    pub fn line(&self, program: impl Into<String>) -> CommandLine {
        CommandLine::new(program, self.scratch.path())
    }

    /// Runs a child with its output in files, so that a grandchild that lives on cannot hold us up.
    pub fn run(&self, line: &CommandLine) -> Child {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (out, err) = (
            self.scratch.path().join(format!("{number}.out")),
            self.scratch.path().join(format!("{number}.err")),
        );
        match self.run_into(line, &out, &err) {
            Ok(Some(success)) => Child::Ended(success, read(&out), read(&err)),
            Ok(None) => Child::Hung,
            Err(error) => Child::Absent(error.to_string()),
        }
    }

    fn run_into(
        &self,
        line: &CommandLine,
        out: &Path,
        err: &Path,
    ) -> std::io::Result<Option<bool>> {
        let mut child = line
            .command(self.host.env())
            .stdout(Stdio::from(File::create(out)?))
            .stderr(Stdio::from(File::create(err)?))
            .process_group(0)
            .spawn()?;
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status.success()));
            }
            if started.elapsed() > PATIENCE {
                let group = i32::try_from(child.id())
                    .ok()
                    .and_then(rustix::process::Pid::from_raw);
                if let Some(group) = group {
                    // It may have ended by itself in this moment.
                    let _ =
                        rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
                }
                child.wait()?;
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn read(path: &Path) -> String {
    fs::read(path).map_or_else(
        |_| String::new(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
}

/// A directory that is removed when dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    fn make(host: &Host) -> std::io::Result<Self> {
        // Not below the checkout: the path of a socket may have no more than 107 bytes.
        let base = host.var("TMPDIR").map_or("/tmp", |path| path);
        let path = Path::new(base).join(format!("sprint-doctor-{}", std::process::id()));
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover in the temporary directory does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}
