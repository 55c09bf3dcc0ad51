//! What two runs could share is held by one at a time. The lock is the operating system's
//! (`flock`), so a killed run leaves none behind; and children inherit it, so that a `make` that
//! outlives a killed `sprint` keeps its directory until it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// A held lock. Dropping it gives it back, whoever inherited it: by then every child of ours has ended, but for a
/// server that is meant to stay. A run that is killed drops nothing, and its children keep it until they end.
#[derive(Debug)]
pub struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // Where it cannot be given back, it is when the file is closed.
        let _ = self.0.unlock();
    }
}

/// Waits for the lock, saying whom it waits for.
pub fn exclusive(path: &Path, progress: &Progress, interrupt: &Interrupt) -> Result<Held> {
    acquire(path, true, progress, interrupt)
}

/// Like `exclusive`, or exit code 7 at once if `wait` is false.
pub fn acquire(
    path: &Path,
    wait: bool,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Held> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).on("create directory", directory)?;
    }
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .on("open", path)?;
    let started = Instant::now();
    let mut said = false;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) => {
                let holder = holder(&mut file);
                if !wait {
                    return Err(Error::new(
                        Exit::Busy,
                        "busy",
                        format!("another run ({holder}) works in {}", place(path)),
                    )
                    .next("run the same command without --no-wait"));
                }
                if !said {
                    progress.warn(&format!(
                        "another run ({holder}) works in {}; waiting for it",
                        place(path)
                    ));
                    said = true;
                }
                interrupt.check("waiting for another run")?;
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", path, &source)),
        }
    }
    if said {
        progress.say(&format!(
            "carrying on after {}",
            crate::count::seconds(started.elapsed())
        ));
    }
    note_holder(&mut file).on("write", path)?;
    // Children keep the lock; see the module's header.
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty())
        .map_err(std::io::Error::from)
        .on("share", path)?;
    Ok(Held(file))
}

fn place(path: &Path) -> String {
    path.parent().unwrap_or(path).display().to_string()
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    match read {
        Ok(_) if !text.trim().is_empty() => describe(text.trim()),
        _ => "of which nothing is known".to_owned(),
    }
}

/// The holder as it noted itself, or what is known if it has ended without giving the lock back.
fn describe(note: &str) -> String {
    let number = note
        .strip_prefix("process ")
        .and_then(|number| number.parse().ok());
    let alive = number
        .and_then(rustix::process::Pid::from_raw)
        .is_none_or(|process| {
            rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
        });
    if alive {
        return note.to_owned();
    }
    format!(
        "{note}, which has ended, but something it started goes on; if that is a compile cache's server: \
         sccache --stop-server"
    )
}

fn note_holder(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "process {}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_told_who_holds_it() {
        let directory = tempfile::tempdir().expect("dir");
        let path = directory.path().join("build/lock");
        let progress = Progress::silent();
        let held = exclusive(&path, &progress, &Interrupt::default()).expect("free");
        let error = acquire(&path, false, &progress, &Interrupt::default()).expect_err("held");
        assert_eq!(error.exit(), Exit::Busy);
        assert!(
            error
                .to_string()
                .contains(&format!("process {}", std::process::id()))
        );
        drop(held);
        acquire(&path, false, &progress, &Interrupt::default()).expect("free again");
    }
}
