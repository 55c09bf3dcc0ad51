//! Runs a program, but not for ever.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A program that gets nothing of ours but stdin, stdout and stderr. A server that stays must not inherit the lock of a
/// build directory: should we be killed, it would hold it. Locks are opened early, so their numbers are low.
pub(super) fn alone(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("sh");
    let script = "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec \"$@\"";
    command.args(["-c", script, "sh"]).arg(program);
    command
}

/// What a program said that ended in time.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Runs `command` for at most `limit`; `Ok(None)`: it was still running, and is no more.
///
/// What it leaves behind may hold its output open (a server that stays), so output is waited for only a moment
/// after its end.
pub(super) fn run(command: &mut Command, limit: Duration) -> std::io::Result<Option<Ended>> {
    run_while(command, limit, (limit, &|| true))
}

/// The same; and each time that `every` has passed, it is asked whether waiting is still worth it.
pub(super) fn run_while(
    command: &mut Command,
    limit: Duration,
    (every, is_worth_it): (Duration, &dyn Fn() -> bool),
) -> std::io::Result<Option<Ended>> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let out = collect(child.stdout.take());
    let err = collect(child.stderr.take());
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    let mut next = every;
    loop {
        if let Some(status) = child.try_wait()? {
            let text = |receiver: mpsc::Receiver<Vec<u8>>| {
                let mut text = Vec::new();
                while let Ok(more) = receiver.recv_timeout(Duration::from_millis(500)) {
                    text.extend(more);
                }
                text
            };
            return Ok(Some(Ended {
                status,
                stdout: text(out),
                stderr: text(err),
            }));
        }
        let mut is_over = begun.elapsed() > limit;
        if !is_over && begun.elapsed() > next {
            is_over = !is_worth_it();
            next = begun.elapsed() + every;
        }
        if is_over {
            if let Some(group) = i32::try_from(child.id())
                .ok()
                .and_then(rustix::process::Pid::from_raw)
            {
                // It may have ended in this moment.
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

/// Reads a stream in a thread of its own, which ends with the stream.
fn collect(stream: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut stream) = stream {
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn who_hangs_is_ended_and_who_answers_is_heard() {
        let begun = Instant::now();
        let hung = run(&mut shell("sleep 60"), Duration::from_millis(100)).expect("runs");
        assert!(hung.is_none());
        let ended = run(
            &mut shell("echo a; echo b >&2; exit 3"),
            Duration::from_secs(20),
        )
        .expect("runs")
        .expect("ends");
        assert_eq!(ended.status.code(), Some(3));
        assert_eq!(
            (&ended.stdout[..], &ended.stderr[..]),
            (&b"a\n"[..], &b"b\n"[..])
        );
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_server_inherits_no_lock() {
        let ask = "if true 2>/dev/null >&5; then echo open; else echo closed; fi";
        let inner = {
            let mut command = alone("sh");
            command.args(["-c", ask]);
            command
        };
        let mut outer = shell("exec 5>&1; exec \"$@\"");
        outer
            .arg("sh")
            .arg(inner.get_program())
            .args(inner.get_args());
        let ended = run(&mut outer, Duration::from_secs(20));
        assert_eq!(ended.expect("runs").expect("ends").stdout, b"closed\n");
    }

    #[test]
    fn a_server_that_stays_does_not_keep_us() {
        let begun = Instant::now();
        let ended = run(&mut shell("sleep 5 & echo up"), Duration::from_secs(20))
            .expect("runs")
            .expect("ends");
        assert_eq!(ended.stdout, b"up\n");
        assert!(begun.elapsed() < Duration::from_secs(4));
    }
}
