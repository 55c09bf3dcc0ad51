//! A restored build is what a build from nothing would have been, whatever was edited before. The tree is the tiny
//! stand-in, its make the real one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::kit::{Kit, Ran};
use crate::tiny;

/// A store with one signed build of the pristine tree.
pub(crate) struct Shared {
    maker: Kit,
}

impl Shared {
    pub(crate) fn new() -> Self {
        let maker = tiny::kit("maker");
        let tree = tiny::tree(&maker);
        with_headers(&tree);
        git(&tree, &["init", "-q", "-b", "main"]);
        git(&tree, &["add", "."]);
        git(&tree, &["commit", "-q", "-m", "first"]);
        let shared = Self { maker };
        shared.run(&["build"]).expect(0);
        let saved = shared.run(&["snapshot", "save"]).expect(0);
        assert!(
            saved.out.contains("also a start for builds with edits"),
            "{}",
            saved.out
        );
        shared
    }

    /// The maker's own run, with snapshots.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(
            self.with(&self.maker, args)
                .output()
                .expect("the binary starts"),
        )
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.maker.above().join("store")
    }

    pub(crate) fn maker(&self) -> &Kit {
        &self.maker
    }

    /// The maker's public key.
    pub(crate) fn key(&self) -> String {
        let file = self
            .maker
            .above()
            .join("home/.local/share/sprint-kit/keys/snapshot.pub");
        let text = fs::read_to_string(file).expect("a key");
        text.lines().nth(1).expect("two lines").to_owned()
    }

    /// Another kit elsewhere, with a fresh clone of the tree, that trusts the maker.
    pub(crate) fn guest(&self, name: &str) -> Kit {
        let guest = self.stranger(name);
        self.with(
            &guest,
            &["snapshot", "trust", &self.key(), "--name", "maker"],
        )
        .output()
        .map(Ran::of)
        .expect("the binary starts")
        .expect(0);
        guest
    }

    /// The same, but trusting nobody.
    pub(crate) fn stranger(&self, name: &str) -> Kit {
        let guest = tiny::kit(name);
        let tree = tiny::tree(&guest);
        fs::remove_dir_all(&tree).expect("remove");
        let (from, to) = (tiny::tree(&self.maker), tree.to_string_lossy().into_owned());
        git(
            guest.above(),
            &["clone", "-q", &from.to_string_lossy(), &to],
        );
        guest
    }

    /// A run that may restore from the store; what needs a build is of the kit's own tree.
    pub(crate) fn with(&self, kit: &Kit, args: &[&str]) -> Command {
        let mut command = kit.command(args);
        if args[0] == "build" || args.contains(&"save") || args.contains(&"restore") {
            command.arg("--source").arg(tiny::tree(kit));
        }
        command.env("SPRINT_SNAPSHOT", "read");
        command.env("SPRINT_SNAPSHOT_STORE", self.store());
        command
    }
}

/// Two headers that every object holds: the Makefile knows that it depends on the one, and not on the other. And the path
/// of the build in the Makefile, as the real one has it.
fn with_headers(tree: &Path) {
    for name in ["named", "other"] {
        fs::write(tree.join(format!("Include/{name}.h")), name).expect("write");
    }
    let configure = tree.join("configure");
    let text = fs::read_to_string(&configure).expect("read");
    let changed = text
        .replace("%.c pyconfig.h", "%.c pyconfig.h $(srcdir)/Include/named.h")
        .replace("cat $< >>$@", "cat $< $(srcdir)/Include/*.h >>$@")
        .replace(
            "printf 'VERSION=",
            "echo \"abs_builddir=$(pwd)\"; printf 'VERSION=",
        );
    assert!(changed.contains("abs_builddir"));
    assert_ne!(text, changed, "the stand-in's rules are others now");
    fs::write(&configure, changed).expect("write");
}

pub(crate) fn git(directory: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.invalid"])
        .args(args)
        .current_dir(directory)
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git {args:?}: {output:?}");
}

/// Writes a file whose time is an hour ago, as a copy or an archive leaves it.
fn write_old(file: &Path, text: &str) {
    fs::write(file, text).expect("write");
    let past = SystemTime::now() - Duration::from_secs(3600);
    fs::File::open(file)
        .and_then(|file| file.set_modified(past))
        .expect("time");
}

/// Restores after `edit`, builds, and compares with a build from nothing. Returns the restoring run.
fn restored_is_right(shared: &Shared, name: &str, edit: impl FnOnce(&Path)) -> Ran {
    let guest = shared.guest(name);
    edit(&tiny::tree(&guest));
    let run = |args: &[&str]| Ran::of(shared.with(&guest, args).output().expect("starts"));
    let ran = run(&["build"]).expect(0);
    assert!(ran.err.contains("signed by maker"), "{name}: {}", ran.err);
    let again = run(&["build"]).expect(0);
    assert!(again.out.starts_with("up to date"), "{name}: {}", again.out);
    let restored = tiny::artefacts(&guest.root);
    let mut clean = shared.with(&guest, &["build", "--clean"]);
    Ran::of(
        clean
            .env("SPRINT_SNAPSHOT", "off")
            .output()
            .expect("starts"),
    )
    .expect(0);
    let clean = tiny::artefacts(&guest.root);
    for (file, bytes) in &clean {
        assert!(
            restored.get(file) == Some(bytes),
            "{name}: {file} is not what a clean build makes"
        );
    }
    assert_eq!(restored.len(), clean.len(), "{name}");
    ran
}

#[test]
fn restoring_hides_no_edit() {
    let shared = Shared::new();
    let fresh = restored_is_right(&shared, "fresh clone", |_| {});
    for step in ["configure ", "cargo ", "make "] {
        assert!(
            !fresh.err.contains(step),
            "nothing was left to do: {}",
            fresh.err
        );
    }
    let edited = restored_is_right(&shared, "edit", |tree| {
        write_old(&tree.join("Objects/o03.c"), "an edit from before\n");
    });
    assert!(edited.err.contains("make "), "{}", edited.err);
    restored_is_right(&shared, "header", |tree| {
        write_old(&tree.join("Include/named.h"), "edited");
    });
    let unnamed = restored_is_right(&shared, "unnamed header", |tree| {
        write_old(&tree.join("Include/other.h"), "edited");
    });
    assert!(unnamed.err.contains("headers differ"), "{}", unnamed.err);
    restored_is_right(&shared, "added header", |tree| {
        write_old(&tree.join("Include/added.h"), "added");
    });
    restored_is_right(&shared, "deleted header", |tree| {
        fs::remove_file(tree.join("Include/other.h")).expect("remove");
    });
    restored_is_right(&shared, "stash", |tree| {
        write_old(&tree.join("Objects/o04.c"), "stashed\n");
        git(tree, &["stash", "-q"]);
        write_old(&tree.join("Objects/o05.c"), "another\n");
        git(tree, &["stash", "-q"]);
        git(tree, &["stash", "pop", "-q"]);
    });
    restored_is_right(&shared, "branch", |tree| {
        git(tree, &["switch", "-q", "-c", "work"]);
        write_old(&tree.join("Objects/o06.c"), "work\n");
        git(tree, &["stash", "-q"]);
        git(tree, &["switch", "-q", "main"]);
        git(tree, &["stash", "pop", "-q"]);
    });
    // A clock that was ahead when the sources were written, and one that was behind.
    restored_is_right(&shared, "future", |tree| {
        for (name, text) in [("o07", "from the future\n"), ("o08", "")] {
            let file = tree.join(format!("Objects/{name}.c"));
            if !text.is_empty() {
                fs::write(&file, text).expect("write");
            }
            fs::File::open(&file)
                .and_then(|file| file.set_modified(SystemTime::now() + Duration::from_secs(7200)))
                .expect("time");
        }
    });
}

#[test]
fn an_edit_after_the_restore_is_seen_too() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    let run = |args: &[&str]| Ran::of(shared.with(&guest, args).output().expect("starts"));
    run(&["snapshot", "restore"]).expect(0);
    write_old(&tiny::tree(&guest).join("Objects/o09.c"), "after\n");
    run(&["build"]).expect(0);
    let object = &tiny::artefacts(&guest.root)["o09.o"];
    assert!(String::from_utf8_lossy(object).contains("after"));
}

#[test]
fn an_unknown_key_is_refused_until_it_is_accepted_and_again_when_it_is_revoked() {
    let shared = Shared::new();
    let guest = shared.stranger("guest");
    let run = |args: &[&str]| Ran::of(shared.with(&guest, args).output().expect("starts"));
    let refused = run(&["snapshot", "restore"]).expect(6);
    let accept = format!("sprint snapshot trust {} --name", shared.key());
    assert!(refused.err.contains(&accept), "{}", refused.err);
    // A build says the same, and goes on without.
    let built = run(&["build"]).expect(0);
    assert!(
        built.err.contains(&accept) && built.err.contains("configure"),
        "{}",
        built.err
    );

    run(&["snapshot", "trust", &shared.key(), "--name", "ana"]).expect(0);
    run(&["snapshot", "restore", "--force"]).expect(0);
    run(&["snapshot", "trust", "--revoke", "ana"]).expect(0);
    run(&["snapshot", "restore", "--force"]).expect(6);
    run(&["snapshot", "trust", "--revoke", "ana"]).expect(2);
}

#[test]
fn two_savers_leave_one_snapshot_and_nothing_else() {
    let shared = Shared::new();
    let savers: Vec<_> = (0..2)
        .map(|_| {
            let mut command = shared.with(shared.maker(), &["snapshot", "save", "--again"]);
            command.stdout(std::process::Stdio::null());
            command.stderr(std::process::Stdio::null());
            command.spawn().expect("starts")
        })
        .collect();
    for mut saver in savers {
        assert!(saver.wait().expect("ends").success());
    }
    let verified = shared.run(&["snapshot", "verify"]).expect(0);
    assert!(
        verified.out.contains("every byte is right"),
        "{}",
        verified.out
    );
    let names: Vec<String> = fs::read_dir(shared.store().join("v1"))
        .expect("list")
        .map(|entry| {
            entry
                .expect("entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !name.ends_with(".lock"))
        .collect();
    assert_eq!(
        names.len(),
        5,
        "two names of one archive, each signed: {names:?}"
    );
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    let run = |args: &[&str]| Ran::of(shared.with(&guest, args).output().expect("starts"));
    for entry in fs::read_dir(shared.store().join("v1")).expect("list") {
        let file = entry.expect("entry").path();
        if file.extension().is_some_and(|name| name == "lock") {
            continue;
        }
        let good = fs::read(&file).expect("read");
        let is_text = !file.to_string_lossy().ends_with(".zst");
        for sample in 0..6 {
            let position = good.len().saturating_sub(1) * sample / 5;
            let mut bad = good.clone();
            bad[position] ^= 1 << (sample % 8);
            fs::write(&file, &bad).expect("write");
            let ran = run(&["snapshot", "verify"]);
            // The first line of a signature file is a comment, and says so.
            let in_comment = is_text && good[..position].iter().all(|byte| *byte != b'\n');
            let is_comment = in_comment && file.extension().is_some_and(|name| name == "minisig");
            assert!(
                is_comment || ran.code == Some(6),
                "{} at {position}: {}",
                file.display(),
                ran.out
            );
        }
        fs::write(&file, &good[..good.len() / 2]).expect("truncate");
        run(&["snapshot", "verify"]).expect(6);
        fs::write(&file, &good).expect("mend");
    }
    run(&["snapshot", "verify"]).expect(0);
}

#[test]
fn a_damaged_snapshot_costs_a_build_only_its_time() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    for entry in fs::read_dir(shared.store().join("v1")).expect("list") {
        let file = entry.expect("entry").path();
        if file.to_string_lossy().ends_with(".zst") {
            let mut bytes = fs::read(&file).expect("read");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&file, bytes).expect("write");
        }
    }
    let ran = Ran::of(shared.with(&guest, &["build"]).output().expect("starts")).expect(0);
    assert!(
        ran.err.contains("not the archive that was signed"),
        "{}",
        ran.err
    );
    tiny::assert_whole(&tiny::artefacts(&guest.root));
}
