//! Stores that `sprint-store` speaks to, where that program is missing or not what it should be. What it does with
//! real servers is in `remote_stores`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::kit::{Kit, Ran};
use crate::snapshots::Shared;
use crate::tiny;

fn run(mut command: Command, program: &Path) -> Ran {
    command.env("SPRINT_STORE_BINARY", program);
    Ran::of(command.output().expect("starts"))
}

fn add(shared: &Shared, guest: &Kit, address: &str) {
    let command = shared.with(guest, &["snapshot", "stores", "--add", address]);
    run(command, Path::new("/nonexistent")).expect(0);
}

#[test]
fn without_the_program_a_command_says_how_to_make_it_and_a_build_goes_on() {
    let shared = Shared::new();
    let nowhere = Path::new("/nonexistent");
    for args in [
        ["snapshot", "save", "--store", "s3://bucket/kit"],
        ["snapshot", "list", "--store", "webdavs://host/kit"],
        ["snapshot", "verify", "--store", "s3://bucket/kit"],
        ["snapshot", "prune", "--store", "s3://bucket/kit"],
    ] {
        let ran = run(shared.with(shared.maker(), &args), nowhere).expect(3);
        assert!(ran.err.contains("error[no-store-program]"), "{}", ran.err);
        let make = "cargo build --locked --manifest-path crates/store/Cargo.toml";
        assert!(ran.err.contains(make), "{}", ran.err);
    }
    let dry = [
        "snapshot",
        "save",
        "--dry-run",
        "--store",
        "s3://bucket/kit",
    ];
    run(shared.with(shared.maker(), &dry), nowhere).expect(0);
    let guest = shared.guest("guest");
    for address in ["s3://bucket/kit", "webdavs://host/kit", "gha:"] {
        add(&shared, &guest, address);
    }
    let mut build = shared.with(&guest, &["build"]);
    build.env("SPRINT_SNAPSHOT_STORE", guest.above().join("empty"));
    let ran = run(build, nowhere).expect(0);
    assert_eq!(ran.err.matches("is not there").count(), 1, "{}", ran.err);
    tiny::assert_whole(&tiny::artefacts(&guest.root));
}

#[test]
fn a_program_that_breaks_its_word_is_an_error_and_no_more() {
    let shared = Shared::new();
    let program = shared.maker().above().join("sprint-store");
    for (script, said) in [
        ("exit 0", None),
        ("exit 2", Some("ended without an answer")),
        ("kill -9 $$", Some("ended without an answer")),
        ("echo nonsense", Some("ended without an answer")),
        (
            "echo '{\"event\":\"got\",\"name\":\"x\",\"there\":true}'",
            None,
        ),
        (
            "echo '{\"event\":\"error\",\"id\":\"new-one\",\"what\":\"the reason\"}'; exit 3",
            Some("the reason"),
        ),
    ] {
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("write");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("mode");
        let args = [
            "snapshot",
            "restore",
            "--force",
            "--store",
            "s3://bucket/kit",
        ];
        let ran = run(shared.with(shared.maker(), &args), &program).expect(3);
        let said = said.unwrap_or("no store has a snapshot");
        assert!(ran.err.contains(said), "{script}: {}", ran.err);
    }
}

#[test]
fn a_login_in_an_address_is_refused_and_shown_nowhere() {
    let shared = Shared::new();
    let address = "webdavs://ana:SECRET@host/kit";
    for args in [
        ["snapshot", "stores", "--add", address],
        ["snapshot", "save", "--store", address],
        ["snapshot", "list", "--store", address],
    ] {
        let ran = run(
            shared.with(shared.maker(), &args),
            Path::new("/nonexistent"),
        )
        .expect(2);
        assert!(ran.err.contains("login-in-address"), "{}", ran.err);
        assert!(!format!("{}{}", ran.out, ran.err).contains("SECRET"));
    }
}
