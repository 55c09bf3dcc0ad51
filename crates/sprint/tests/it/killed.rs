//! A build that is killed, and taken up again, ends as one that was not.

use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::kit::{Kit, Ran};
use crate::tiny;

const POINTS: u32 = 10;

/// Points in time from a seed that a failure names: SPRINT_SEED repeats it.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let given = std::env::var("SPRINT_SEED")
            .ok()
            .and_then(|text| text.parse().ok());
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a clock");
        Self(given.unwrap_or(now.as_nanos() as u64 | 1))
    }

    /// Up to `most`, evenly.
    fn up_to(&mut self, most: Duration) -> Duration {
        // xorshift: good enough to pick a moment.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        most.mul_f64((self.0 % 10_000) as f64 / 10_000.0)
    }
}

fn build(kit: &Kit) -> std::process::Command {
    let tree = tiny::tree(kit).to_string_lossy().into_owned();
    kit.command(&["build", "--source", &tree])
}

/// Every process that descends from this one.
fn descendants(of: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("proc").flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        // It may have ended by now.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // `pid (name) state ppid …`, and a name may hold anything but ends with the last parenthesis.
        let parent = stat
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (pid, parent)));
    }
    let mut found = vec![of];
    let mut index = 0;
    while let Some(parent) = found.get(index).copied() {
        found.extend(
            parents
                .iter()
                .filter(|(_, of)| *of == parent)
                .map(|(pid, _)| *pid),
        );
        index += 1;
    }
    found
}

fn kill(pid: u32) {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .expect("a process id");
    // It may have ended by itself.
    let _ = kill_process(pid, Signal::KILL);
}

#[test]
fn at_ten_random_points() {
    let kit = tiny::kit("kit");
    let started = std::time::Instant::now();
    Ran::of(build(&kit).output().expect("starts")).expect(0);
    let whole = started.elapsed();
    let wanted = tiny::artefacts(&kit.root);
    tiny::assert_whole(&wanted);

    let mut dice = Dice::new();
    let seed = dice.0;
    let moments: Vec<Duration> = (0..POINTS).map(|_| dice.up_to(whole)).collect();
    // Each in a checkout of its own: a build of the stand-in mostly sleeps.
    let interrupted: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = moments
            .iter()
            .enumerate()
            .map(|(point, moment)| {
                let wanted = &wanted;
                scope.spawn(move || {
                    let kit = tiny::kit("kit");
                    let was_killed = kill_build(&kit, *moment, point % 2 == 0);
                    let again = Ran::of(build(&kit).output().expect("starts")).expect(0);
                    let got = tiny::artefacts(&kit.root);
                    tiny::assert_whole(&got);
                    for (name, bytes) in wanted {
                        assert!(
                            got.get(name) == Some(bytes),
                            "{name} differs: point {point}, SPRINT_SEED={seed}\n{}",
                            again.err
                        );
                    }
                    assert_eq!(got.len(), wanted.len(), "SPRINT_SEED={seed}");
                    u32::from(was_killed)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a point failed, see above"))
            .sum()
    });
    assert!(
        interrupted >= 5,
        "only {interrupted} of {POINTS} were killed before they ended"
    );
}

/// Starts a build and kills it after `moment`. Was it still running?
fn kill_build(kit: &Kit, moment: Duration, alone: bool) -> bool {
    let mut child = build(kit)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("starts");
    std::thread::sleep(moment);
    if alone {
        // The kit alone: what it started goes on, and keeps the lock until it ends.
        kill(child.id());
    } else {
        // All at once, as when a machine loses power.
        for pid in descendants(child.id()) {
            kill(pid);
        }
    }
    !child.wait().expect("ends").success()
}

#[test]
fn ctrl_c_ends_everything_and_says_how_to_go_on() {
    let kit = tiny::kit("kit");
    let child = build(&kit)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("starts");
    // In the middle of make.
    tiny::wait_for(&kit.root, "make-running");
    let group = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .expect("a process id");
    kill_process_group(group, Signal::INT).expect("signal");
    let ran = Ran::of(child.wait_with_output().expect("ends")).expect(130);
    assert!(ran.err.contains("nothing is lost"), "{}", ran.err);
    Ran::of(build(&kit).output().expect("starts")).expect(0);
    tiny::assert_whole(&tiny::artefacts(&kit.root));
}
