//! "Why no hit?": keys of builds, of snapshots and of other machines, compared.

use std::fs;

use crate::kit::{Kit, Ran};
use crate::snapshots::Shared;
use crate::tiny;

/// `sprint key` of the guest's own tree, with these variables.
fn key(shared: &Shared, guest: &Kit, args: &[&str], env: &[(&str, &str)]) -> Ran {
    let mut command = shared.with(guest, &["key"]);
    command.arg("--source").arg(tiny::tree(guest)).args(args);
    command.envs(env.iter().copied());
    Ran::of(command.output().expect("starts"))
}

#[test]
fn a_restored_build_and_the_snapshot_itself_can_be_compared() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    let own = key(&shared, &guest, &[], &[]).expect(0).out;
    let own = own.trim();
    let flags = [("CFLAGS", "-O1 -DSECRET")];

    // Only the snapshot is there: it tells which inputs, and nothing of what is in them.
    let same = key(&shared, &guest, &["--diff", &own[..8]], &[]).expect(0);
    assert!(same.out.starts_with("the same key"), "{}", same.out);
    let other = key(&shared, &guest, &["--diff", &own[..8]], &flags).expect(0);
    assert!(
        other.out.contains("configure.cc.env.CFLAGS\n"),
        "{}",
        other.out
    );
    assert!(
        !other.out.contains("make.configure"),
        "a sum: {}",
        other.out
    );
    for entry in fs::read_dir(shared.store().join("v1")).expect("list") {
        let bytes = fs::read(entry.expect("entry").path()).expect("read");
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("/usr/"), "a path of the maker's: {text}");
    }

    let restore = shared.with(&guest, &["snapshot", "restore"]).output();
    Ran::of(restore.expect("starts")).expect(0);
    let build = guest.root.join("build");
    let restored = fs::read_dir(&build)
        .expect("list")
        .flat_map(|source| fs::read_dir(source.expect("entry").path()).expect("list"))
        .map(|entry| entry.expect("entry").path())
        .find(|path| path.join("Makefile").exists())
        .expect("a build");
    for named in [&own[..8], &*restored.to_string_lossy()] {
        let diff = key(&shared, &guest, &["--diff", named], &flags).expect(0);
        assert!(diff.out.contains("+ -O1 -DSECRET"), "{named}: {}", diff.out);
    }
}

#[test]
fn what_another_machine_wrote_is_shown_as_text() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    let theirs = guest.above().join("theirs.json");
    let printed = key(&shared, &guest, &["--json"], &[("CFLAGS", "-O1")])
        .expect(0)
        .out;
    let hostile = printed.replace("-O1", "-O1\\u001b]0;owned\\u0007\\u001b[2J");
    assert_ne!(printed, hostile);
    fs::write(&theirs, hostile).expect("write");
    let diff = key(&shared, &guest, &["--diff", &theirs.to_string_lossy()], &[]).expect(0);
    assert!(diff.out.contains("- -O1"), "{}", diff.out);
    assert!(!diff.out.contains('\u{1b}') && !diff.out.contains('\u{7}'));
    for wrong in ["zzzz", "ab", &*guest.root.to_string_lossy()] {
        let ran = key(&shared, &guest, &["--diff", wrong], &[]).expect(2);
        assert!(ran.err.contains("try: "), "{}", ran.err);
    }
}

#[test]
fn a_build_is_not_compared_with_itself_or_with_nothing() {
    let kit = tiny::kit("kit");
    for (with, said) in [
        (".", "always equal to itself"),
        ("nowhere", "is no directory"),
    ] {
        let ran = kit.run(&["reproduce", "--with", with]).expect(2);
        assert!(
            ran.err.contains(said) && ran.err.contains("try: "),
            "{}",
            ran.err
        );
    }
}
