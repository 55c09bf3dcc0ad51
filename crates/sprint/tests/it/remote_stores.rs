//! Snapshots on real servers: S3 and WebDAV, and a double of GitHub's Actions cache. Only the stage of stores runs these: they
//! need programs that it makes and installs (`servers`).

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::kit::{Kit, Ran};
use crate::servers::{Kind, Manner, SECRET, Server, program};
use crate::snapshots::Shared;
use crate::tiny;

/// People and a server between them.
struct Table {
    shared: Shared,
    server: Server,
    _work: tempfile::TempDir,
}

impl Table {
    fn new(kind: Kind) -> Self {
        let work = tempfile::tempdir().expect("dir");
        let place = work.path().to_owned();
        Self::on(kind, &place, Shared::new(), work)
    }

    fn on(kind: Kind, place: &Path, shared: Shared, work: tempfile::TempDir) -> Self {
        Self {
            shared,
            server: Server::start(kind, place),
            _work: work,
        }
    }

    /// A run with a local store of its own, not yet started.
    fn command(&self, kit: &Kit, args: &[&str], right: bool) -> Command {
        let mut command = self.shared.with(kit, args);
        command
            .env("SPRINT_STORE_BINARY", program("SPRINT_TEST_STORE_PROGRAM"))
            .envs(self.server.credentials(right));
        if kit.root != self.shared.maker().root {
            command.env("SPRINT_SNAPSHOT_STORE", kit.above().join("local"));
        }
        command
    }

    /// Runs it; whatever it says, no credential is in it.
    fn run(&self, kit: &Kit, args: &[&str]) -> Ran {
        clean(self.command(kit, args, true))
    }

    fn maker(&self, args: &[&str]) -> Ran {
        self.run(self.shared.maker(), args)
    }

    fn save(&self) -> Ran {
        self.maker(&["snapshot", "save", "--store", &self.server.address()])
    }

    /// A guest who asks the server, and has nothing locally.
    fn guest(&self) -> Kit {
        let guest = self.shared.guest("guest");
        self.run(
            &guest,
            &["snapshot", "stores", "--add", &self.server.address()],
        )
        .expect(0);
        guest
    }

    /// More than a megabyte in the maker's build, so that its transfer has a middle.
    fn grow(&self) {
        let mut state = 1_u32;
        let mut letters = String::new();
        for _ in 0..4 << 20 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            letters.push(char::from(b'!' + (state >> 24) as u8 % 90));
        }
        fs::write(
            tiny::tree(self.shared.maker()).join("Objects/o03.c"),
            letters,
        )
        .expect("write");
        self.maker(&["build"]).expect(0);
    }
}

fn clean(mut command: Command) -> Ran {
    let ran = Ran::of(command.output().expect("starts"));
    let text = format!("{}{}", ran.out, ran.err);
    assert!(!text.contains(SECRET), "a credential was printed: {text}");
    ran
}

fn journey(kind: Kind) {
    let table = Table::new(kind);
    let address = table.server.address();
    let listed = matches!(kind, Kind::S3 | Kind::Webdav);
    if listed {
        let empty = table.maker(&["snapshot", "list", "--store", &address]);
        assert!(empty.expect(0).out.contains("no snapshots"));
    }
    assert!(table.save().expect(0).out.starts_with("saved: "));
    let again = table.save().expect(0);
    assert!(again.out.starts_with("was there: "), "{}", again.out);
    let guest = table.guest();
    let built = table.run(&guest, &["build"]).expect(0);
    let said = format!("from {address}, signed by maker");
    assert!(built.err.contains(&said), "{}", built.err);
    assert!(!built.err.contains("make "), "{}", built.err);
    // The Makefile says where it is.
    let artefacts = |kit: &Kit| tiny::artefacts(&kit.root).into_iter();
    let built = |kit: &Kit| artefacts(kit).filter(|(name, _)| name != "Makefile");
    assert!(built(&guest).eq(built(table.shared.maker())), "other bytes");
    fs::remove_dir_all(guest.root.join("build")).expect("remove");
    let local = table.run(&guest, &["build"]).expect(0);
    assert!(local.err.contains("from the local store"), "{}", local.err);
    let prune = ["snapshot", "prune", "--keep", "0", "--store", &address];
    if !listed {
        for args in [&["snapshot", "list", "--store", &address][..], &prune] {
            let ran = table.maker(args).expect(3);
            assert!(ran.err.contains("store-cannot"), "{}", ran.err);
        }
        return;
    }
    let verified = table
        .run(&guest, &["snapshot", "verify", "--store", &address])
        .expect(0);
    assert!(
        verified.out.contains("every byte is right"),
        "{}",
        verified.out
    );
    assert_eq!(verified.out.lines().count(), 3, "{}", verified.out);
    let dry = [&prune[..], &["--dry-run"]].concat();
    assert!(
        table
            .maker(&dry)
            .expect(0)
            .out
            .contains("would remove 5 files")
    );
    assert_eq!(table.server.visible().len(), 5, "nothing went");
    assert!(
        table
            .maker(&prune)
            .expect(0)
            .out
            .contains("removed 5 files")
    );
    assert!(
        table.server.visible().is_empty(),
        "{:?}",
        table.server.visible()
    );
    let json = table.maker(&["snapshot", "list", "--json", "--store", &address]);
    assert_eq!(json.expect(0).out.trim(), "[]");
}

#[test]
#[ignore = "needs servers: tests/run.sh stores"]
fn remote_journey_s3() {
    journey(Kind::S3);
}

#[test]
#[ignore = "needs servers: tests/run.sh stores"]
fn remote_journey_webdav() {
    journey(Kind::Webdav);
}

#[test]
#[ignore = "needs servers: tests/run.sh stores"]
fn remote_journey_actions_cache_double() {
    journey(Kind::Actions);
}

#[test]
#[ignore = "needs servers: tests/run.sh stores"]
fn remote_wrong_credentials_are_an_error_of_commands_and_a_warning_of_builds() {
    for kind in [Kind::S3, Kind::Webdav, Kind::Actions] {
        let table = Table::new(kind);
        let address = table.server.address();
        let maker = table.shared.maker();
        let save = ["snapshot", "save", "--store", &address];
        let ran = clean(table.command(maker, &save, false)).expect(3);
        assert!(ran.err.contains("store-denied"), "{kind:?}: {}", ran.err);
        assert!(table.server.visible().is_empty());
        table.save().expect(0);
        let guest = table.guest();
        let ran = clean(table.command(&guest, &["build"], false)).expect(0);
        assert!(ran.err.contains("does not accept"), "{kind:?}: {}", ran.err);
        tiny::assert_whole(&tiny::artefacts(&guest.root));
    }
}

#[test]
#[ignore = "needs servers: tests/run.sh stores"]
fn remote_stores_that_lie_are_refused() {
    for kind in [Kind::S3, Kind::Webdav] {
        let table = Table::new(kind);
        let address = table.server.address();
        table.save().expect(0);
        let files = table.server.visible();
        let archive = files
            .iter()
            .find(|file| file.to_string_lossy().ends_with(".tar.zst"))
            .expect("an archive");
        let mut bytes = fs::read(archive).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(archive, bytes).expect("write");
        let guest = table.guest();
        for args in [["snapshot", "restore"], ["snapshot", "verify"]] {
            let args = [&args[..], &["--store", &address]].concat();
            table.run(&guest, &args).expect(6);
        }
        let local = fs::read_dir(guest.above().join("local/v1"));
        assert_eq!(local.map_or(0, Iterator::count), 0, "something was kept");
        let built = table.run(&guest, &["build"]).expect(0);
        assert!(
            built.err.contains("not the archive that was signed"),
            "{}",
            built.err
        );
        tiny::assert_whole(&tiny::artefacts(&guest.root));
        // In its right size it would not be sent again by itself.
        table
            .maker(&["snapshot", "save", "--again", "--store", &address])
            .expect(0);
        table
            .run(&guest, &["snapshot", "verify", "--store", &address])
            .expect(0);
    }
}

#[test]
#[ignore = "needs servers: tests/run.sh stores"]
fn remote_stores_that_are_slow_cost_seconds() {
    for kind in [Kind::S3, Kind::Webdav] {
        let table = Table::new(kind);
        table.save().expect(0);
        table.server.behave(Manner::Slow);
        let guest = table.guest();
        let begin = Instant::now();
        let built = table.run(&guest, &["build"]).expect(0);
        assert!(
            built.err.contains("bytes a second"),
            "{kind:?}: {}",
            built.err
        );
        assert!(
            begin.elapsed() < Duration::from_secs(40),
            "{:?}",
            begin.elapsed()
        );
        tiny::assert_whole(&tiny::artefacts(&guest.root));
    }
}

#[test]
#[ignore = "needs servers: tests/run.sh stores"]
fn remote_servers_that_die_leave_nothing_half_visible() {
    for kind in [Kind::S3, Kind::Webdav] {
        let table = Table::new(kind);
        table.grow();
        table.server.behave(Manner::Dies);
        let ran = table.save().expect(3);
        assert!(
            ran.err.contains("store-unreachable"),
            "{kind:?}: {}",
            ran.err
        );
        assert!(
            table.server.visible().is_empty(),
            "{:?}",
            table.server.visible()
        );
        table.server.behave(Manner::Honest);
        table.server.again();
        table.save().expect(0);
        table
            .maker(&["snapshot", "verify", "--store", &table.server.address()])
            .expect(0);
    }
}

#[test]
#[ignore = "needs servers: tests/run.sh stores"]
fn remote_saving_stops_at_once_and_nothing_is_half_visible() {
    for kind in [Kind::S3, Kind::Webdav] {
        let table = Table::new(kind);
        table.grow();
        table.server.behave(Manner::Stalls);
        let save = ["snapshot", "save", "--store", &table.server.address()];
        let mut command = table.command(table.shared.maker(), &save, true);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().expect("starts");
        // Long enough for packing; the transfer would hang for a minute.
        std::thread::sleep(Duration::from_secs(5));
        assert!(child.try_wait().expect("wait").is_none(), "it did not hang");
        let begin = Instant::now();
        let pid = child.id().to_string();
        let killed = Command::new("kill").args(["-INT", &pid]).status();
        assert!(killed.expect("kill").success());
        assert_eq!(child.wait().expect("wait").code(), Some(130));
        assert!(
            begin.elapsed() < Duration::from_secs(12),
            "{:?}",
            begin.elapsed()
        );
        assert!(
            table.server.visible().is_empty(),
            "{:?}",
            table.server.visible()
        );
    }
}

/// Two with keys of their own, who trust each other, save the same build at the same time.
#[test]
#[ignore = "needs servers: tests/run.sh stores"]
fn remote_savers_of_one_key_leave_a_snapshot_that_is_right() {
    for kind in [Kind::S3, Kind::Webdav] {
        let table = Table::new(kind);
        let address = table.server.address();
        let other = table.shared.guest("other");
        table.run(&other, &["build"]).expect(0);
        table.run(&other, &["snapshot", "save"]).expect(0);
        let trusted = table
            .run(&other, &["snapshot", "trust", "--json"])
            .expect(0);
        let keys: serde_json::Value = serde_json::from_str(&trusted.out).expect("JSON");
        let own = keys
            .as_array()
            .expect("keys")
            .iter()
            .find(|key| key["name"] != "maker")
            .expect("own");
        let key = own["key"].as_str().expect("text");
        let third = table.shared.guest("third");
        table
            .run(&third, &["snapshot", "trust", key, "--name", "other"])
            .expect(0);
        for round in 0..4 {
            let save = ["snapshot", "save", "--again", "--store", &address];
            std::thread::scope(|scope| {
                let one = scope.spawn(|| table.maker(&save));
                let two = scope.spawn(|| table.run(&other, &save));
                one.join().expect("joins").expect(0);
                two.join().expect("joins").expect(0);
            });
            let verified = table.run(&third, &["snapshot", "verify", "--store", &address]);
            assert_eq!(
                verified.code,
                Some(0),
                "{kind:?}, round {round}: {}",
                verified.out
            );
        }
    }
}

/// `SPRINT_TEST_SMALL` is a file system of three megabytes, of which the stage makes twenty when we ask it to.
#[test]
#[ignore = "needs servers: tests/run.sh stores"]
fn remote_stores_that_are_full_keep_nothing_half() {
    for kind in [Kind::S3, Kind::Webdav] {
        let small = program("SPRINT_TEST_SMALL");
        let resize = |size: &str| {
            let option = format!("remount,size={size}");
            let mount = Command::new("mount")
                .args(["-o", &option])
                .arg(&small)
                .status();
            assert!(mount.expect("mount").success());
        };
        resize("3m");
        let place = small.join(format!("{kind:?}"));
        let work = tempfile::tempdir().expect("dir");
        let table = Table::on(kind, &place, Shared::new(), work);
        table.grow();
        let ran = table.save().expect(3);
        assert!(ran.err.contains("the store"), "{kind:?}: {}", ran.err);
        assert!(
            table.server.visible().is_empty(),
            "{:?}",
            table.server.visible()
        );
        resize("40m");
        table.save().expect(0);
        table
            .maker(&["snapshot", "verify", "--store", &table.server.address()])
            .expect(0);
        drop(table);
        fs::remove_dir_all(&place).expect("remove");
    }
}
