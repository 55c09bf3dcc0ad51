//! Keys that were taken back, disks that are full, runs that are killed, paths that must not travel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::kit::{Kit, Ran};
use crate::snapshots::Shared;
use crate::tiny;

fn run(shared: &Shared, kit: &Kit, args: &[&str]) -> Ran {
    Ran::of(shared.with(kit, args).output().expect("starts"))
}

/// Kills a run after so many milliseconds. Returns whether it was still going on.
fn killed_after(command: &mut Command, milliseconds: u64) -> bool {
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    std::thread::sleep(Duration::from_millis(milliseconds));
    let was_running = child.try_wait().expect("asked").is_none();
    let _ = child.kill();
    child.wait().expect("ends");
    was_running
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    files
}

/// A copy of the maker's store, as a guest who fetched from it has one.
fn local_copy(shared: &Shared, guest: &Kit) -> PathBuf {
    let local = guest.above().join("local");
    fs::create_dir_all(local.join("v1")).expect("mkdir");
    for file in files(&shared.store().join("v1")) {
        let name = file.file_name().expect("a name");
        fs::copy(&file, local.join("v1").join(name)).expect("copy");
    }
    local
}

#[test]
fn what_a_revoked_key_signed_stays_in_the_local_store_and_is_not_restored() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    let local = local_copy(&shared, &guest);
    let ask = |args: &[&str]| {
        let mut command = shared.with(&guest, args);
        command.env("SPRINT_SNAPSHOT_STORE", &local);
        Ran::of(command.output().expect("starts"))
    };
    let restored = ask(&["build"]).expect(0);
    assert!(restored.err.contains("signed by maker"), "{}", restored.err);
    ask(&["snapshot", "trust", "--revoke", "maker"]).expect(0);
    fs::remove_dir_all(guest.root.join("build")).expect("remove");
    let built = ask(&["build"]).expect(0);
    assert!(
        built.err.contains("that you have not accepted") && built.err.contains("configure"),
        "{}",
        built.err
    );
    assert!(!built.err.contains("signed by maker"), "{}", built.err);
    ask(&["snapshot", "restore", "--force"]).expect(6);
    ask(&["snapshot", "verify"]).expect(6);
    // What the guest saves takes its place, and nothing is said any more.
    let saved = ask(&["snapshot", "save"]).expect(0);
    assert!(saved.out.starts_with("saved"), "{}", saved.out);
    fs::remove_dir_all(guest.root.join("build")).expect("remove");
    let own = ask(&["build"]).expect(0);
    assert!(own.err.contains("signed by you"), "{}", own.err);
    assert!(!own.err.contains("not accepted"), "{}", own.err);
    ask(&["snapshot", "verify"]).expect(0);
}

/// A limit on the size of a file stands in for a full disk: writing fails in the middle, with no root needed.
#[test]
fn a_store_that_is_full_gets_nothing_and_a_build_that_does_not_fit_is_not_half_there() {
    let shared = Shared::new();
    let limited = |kit: &Kit, args: &[&str], blocks: u32, store: &Path| {
        let inner = shared.with(kit, args);
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""))
            .arg("sh")
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(&kit.root)
            .env_clear()
            .stdin(Stdio::null());
        for (name, value) in inner.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command.env("SPRINT_SNAPSHOT_STORE", store);
        Ran::of(command.output().expect("starts"))
    };
    let full = shared.maker().above().join("full");
    let refused = limited(shared.maker(), &["snapshot", "save"], 1, &full).expect(3);
    assert!(
        refused.err.contains("could not write") && refused.err.contains("try: "),
        "{}",
        refused.err
    );
    let left: Vec<PathBuf> = files(&full.join("v1"))
        .into_iter()
        .filter(|file| file.extension().is_none_or(|extension| extension != "lock"))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let guest = shared.guest("guest");
    let store = shared.store();
    let refused = limited(&guest, &["snapshot", "restore"], 1, &store).expect(3);
    assert!(refused.err.contains("cannot write"), "{}", refused.err);
    assert!(tiny::artefacts(&guest.root).is_empty(), "half a build");
    run(&shared, &guest, &["snapshot", "restore"]).expect(0);
    tiny::assert_whole(&tiny::artefacts(&guest.root));
}

#[test]
fn a_build_that_is_killed_while_it_restores_is_right_the_next_time() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    let expected = tiny::artefacts(&shared.maker().root);
    let mut killed = 0;
    for point in 0..10 {
        killed += u32::from(killed_after(
            &mut shared.with(&guest, &["build"]),
            15 * point,
        ));
        let ran = run(&shared, &guest, &["build"]).expect(0);
        let artefacts = tiny::artefacts(&guest.root);
        tiny::assert_whole(&artefacts);
        assert_eq!(artefacts["python"], expected["python"], "{}", ran.err);
        fs::remove_dir_all(guest.root.join("build")).expect("remove");
    }
    assert!(killed > 0, "no run was killed before its end");
}

#[test]
fn two_that_restore_and_one_that_saves_do_each_other_no_harm() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    let spawn = |kit: &Kit, args: &[&str]| {
        let mut command = shared.with(kit, args);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("starts")
    };
    for _ in 0..3 {
        let mut all = [
            spawn(&guest, &["snapshot", "restore", "--force"]),
            spawn(&guest, &["snapshot", "restore", "--force"]),
            spawn(shared.maker(), &["snapshot", "save", "--again"]),
        ];
        for child in &mut all {
            assert!(child.wait().expect("ends").success());
        }
        tiny::assert_whole(&tiny::artefacts(&guest.root));
    }
    run(&shared, &guest, &["snapshot", "verify"]).expect(0);
}

/// Whoever takes a snapshot learns nothing of its maker's directories, and depends on none of them.
#[test]
fn no_path_of_the_maker_is_in_the_bytes() {
    let shared = Shared::new();
    let above = shared.maker().above().to_string_lossy().into_owned();
    let holds = |bytes: &[u8]| {
        bytes
            .windows(above.len())
            .any(|part| part == above.as_bytes())
    };
    let makefile = &tiny::artefacts(&shared.maker().root)["Makefile"];
    assert!(
        holds(makefile),
        "nothing to be hidden: {}",
        String::from_utf8_lossy(makefile)
    );
    let mut archives = 0;
    for file in files(&shared.store().join("v1")) {
        let mut bytes = fs::read(&file).expect("read");
        if file.to_string_lossy().ends_with(".zst") {
            let output = Command::new("zstd")
                .args(["-dqc", "--long=27"])
                .arg(&file)
                .output();
            bytes = output.expect("zstd").stdout;
            assert!(bytes.len() > 1024);
            archives += 1;
        }
        assert!(!holds(&bytes), "{}", file.display());
    }
    assert_eq!(archives, 1);
    let guest = shared.guest("guest");
    run(&shared, &guest, &["snapshot", "restore"]).expect(0);
    for (name, bytes) in tiny::artefacts(&guest.root) {
        assert!(!holds(&bytes), "{name}");
    }
}

/// The same commands on a machine with another C library, processor, system: nothing is restored, and it is built.
#[test]
fn another_machine_gets_no_build_of_this_one() {
    use std::os::unix::fs::PermissionsExt;
    let shared = Shared::new();
    let missed = |guest: &Kit, env: &[(&str, &str)], name: &str| {
        let mut command = shared.with(guest, &["build"]);
        command.envs(env.iter().copied());
        let ran = Ran::of(command.output().expect("starts")).expect(0);
        assert!(!ran.err.contains("signed by"), "{name}: {}", ran.err);
        assert!(ran.err.contains("configure "), "{name}: {}", ran.err);
        tiny::assert_whole(&tiny::artefacts(&guest.root));
    };
    let guest = shared.guest("guest");
    let program = guest.above().join("bin/getconf");
    fs::write(&program, "#!/bin/sh\necho glibc 1.99\n").expect("write");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("chmod");
    missed(&guest, &[], "C library");
    fs::remove_file(program).expect("remove");
    fs::remove_dir_all(guest.root.join("build")).expect("remove");
    // What -march=native comes to on another processor.
    missed(&guest, &[("CFLAGS", "-DNEWER_PROCESSOR")], "processor");
    fs::remove_dir_all(guest.root.join("build")).expect("remove");
    let ran = run(&shared, &guest, &["build"]).expect(0);
    assert!(ran.err.contains("signed by maker"), "{}", ran.err);

    let mut explain = shared.with(&guest, &["key", "--explain", "--source"]);
    let ran = Ran::of(explain.arg(tiny::tree(&guest)).output().expect("starts")).expect(0);
    for name in ["machine.os ", "machine.arch ", "cc.macros ", "cc.files "] {
        assert!(ran.out.contains(name), "{name}: {}", ran.out);
    }
}

#[test]
fn a_killed_restore_leaves_nothing_that_counts() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    let mut killed_inside = 0;
    for point in 0..12 {
        let mut command = shared.with(&guest, &["snapshot", "restore", "--force"]);
        killed_inside += u32::from(killed_after(&mut command, 20 * point));
        // Whole, or not there at all.
        let artefacts = tiny::artefacts(&guest.root);
        if !artefacts.is_empty() {
            tiny::assert_whole(&artefacts);
        }
    }
    assert!(killed_inside > 0, "no run was killed before its end");
    Ran::of(shared.with(&guest, &["build"]).output().expect("starts")).expect(0);
    let left: Vec<_> = fs::read_dir(guest.root.join("build"))
        .expect("list")
        .flat_map(|source| {
            fs::read_dir(source.expect("entry").path())
                .into_iter()
                .flatten()
        })
        .map(|entry| {
            entry
                .expect("entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.len() <= 1, "{left:?}");
    Ran::of(
        shared
            .with(&guest, &["snapshot", "restore", "--force"])
            .output()
            .expect("starts"),
    )
    .expect(0);
    tiny::assert_whole(&tiny::artefacts(&guest.root));
}
