//! One place for versions: a file that disagrees is named, and mended on request.

use std::fs;
use std::process::Command;

use crate::kit::{Kit, copy, repository};

/// A repository of the test's own, with everything that repeats a pin.
fn kit() -> Kit {
    let kit = Kit::bare();
    for name in [
        ".gitmodules",
        "flake.nix",
        "flake.lock",
        "nix",
        ".devcontainer",
        "devcontainer.json",
        "Dockerfile",
        ".github",
    ] {
        copy(&repository().join(name), &kit.root.join(name), &[]);
    }
    for args in [
        &["init", "-q"][..],
        &[
            "update-index",
            "--add",
            "--cacheinfo",
            "160000,b812b4a7b9efaca46b98544a8633b7d7e454166b,cpython",
        ],
    ] {
        let status = Command::new("git")
            .args(args)
            .current_dir(&kit.root)
            .status()
            .expect("git runs");
        assert!(status.success());
    }
    kit
}

fn change(kit: &Kit, file: &str, from: &str, to: &str) {
    let path = kit.root.join(file);
    let text = fs::read_to_string(&path).expect("read");
    assert!(text.contains(from), "{file} does not hold {from}");
    fs::write(&path, text.replacen(from, to, 1)).expect("write");
}

#[test]
fn what_agrees_is_green() {
    kit()
        .sprint(&["pins", "check"])
        .expect(0)
        .says("every file agrees");
}

#[test]
fn a_moved_pin_names_every_file_and_line_and_is_synced() {
    let kit = kit();
    change(&kit, "pins.toml", "msrv = \"1.95.0\"", "msrv = \"1.96.0\"");
    let run = kit.sprint(&["pins", "check"]).expect(2);
    for place in [
        "rust-toolchain.toml:4:",
        "Cargo.toml:",
        "modules/Cargo.toml:",
    ] {
        assert!(
            run.stdout.contains(place),
            "{place} is not in\n{}",
            run.stdout
        );
    }
    kit.sprint(&["pins", "sync"])
        .expect(0)
        .says("rewrote rust-toolchain.toml");
    kit.sprint(&["pins", "check"]).expect(0);
    let toolchain = fs::read_to_string(kit.root.join("rust-toolchain.toml")).expect("read");
    assert!(toolchain.contains("channel = \"1.96.0\""));
    assert!(
        !toolchain.contains("components") || toolchain.contains("left out"),
        "{toolchain}"
    );
    assert!(
        !toolchain
            .lines()
            .any(|line| line.starts_with("components") || line.starts_with("targets"))
    );
}

#[test]
fn a_moved_submodule_is_found_and_mended() {
    let kit = kit();
    change(&kit, "pins.toml", "b812b4a7b9ef", "c812b4a7b9ef");
    kit.sprint(&["pins", "check"])
        .expect(2)
        .says("cpython: b812b4a7");
    kit.sprint(&["pins", "sync"])
        .expect(0)
        .says("rewrote cpython");
    kit.sprint(&["pins", "check"]).expect(0);
}

#[test]
fn the_devcontainers_follow_the_default_one() {
    let kit = kit();
    let default = ".devcontainer/devcontainer.json";
    change(&kit, default, "\"init\": true", "\"init\": false");
    change(&kit, "pins.toml", "ghcr.io/rust-for", "registry/rust-for");
    fs::remove_file(kit.root.join("devcontainer.json")).expect("remove");
    fs::write(kit.root.join("devcontainer.json"), "{}\n").expect("write");
    let run = kit.sprint(&["pins", "check"]).expect(2);
    for place in [
        ".devcontainer/cross/devcontainer.json:",
        ".devcontainer/prebuilt/devcontainer.json:",
        "registry/rust-for-cpython",
        "devcontainer.json: a file of its own",
    ] {
        assert!(run.stdout.contains(place), "{place}: {}", run.stdout);
    }
    kit.sprint(&["pins", "sync"]).expect(0);
    kit.sprint(&["pins", "check"]).expect(0);
    let cross = kit.root.join(".devcontainer/cross/devcontainer.json");
    let cross = fs::read_to_string(cross).expect("read");
    assert!(cross.contains("\"init\": false"), "{cross}");
    assert!(cross.contains("registry/rust-for-cpython/"), "{cross}");
}

#[test]
fn a_broken_file_is_shown_with_line_and_caret() {
    let kit = kit();
    change(&kit, "pins.toml", "format = 1", "format = = 1");
    kit.sprint(&["pins", "check"])
        .expect(2)
        .says("^")
        .says("git checkout pins.toml");
}

#[test]
fn a_hash_that_is_none_is_a_problem() {
    let kit = kit();
    change(
        &kit,
        "pins.toml",
        "sha256 = \"45b548094283",
        "sha256 = \"45b54809",
    );
    kit.sprint(&["pins", "check"])
        .expect(2)
        .says("tools.just x86_64-unknown-linux-musl");
}
