//! `just source fork`, on a git repository and an archive of the test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kit::{Kit, Run, borrowed_python, copy, repository, unpacked};

fn git(directory: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.invalid",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(args)
        .current_dir(directory)
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A repository whose only commit is the stand-in tree, and a kit whose submodule is pinned to it.
fn kit() -> (Kit, PathBuf, String) {
    let kit = Kit::bare();
    let upstream = kit.home.join("upstream");
    copy(
        &repository().join("tests/fixtures/in-tree/tree"),
        &upstream,
        &["--exclude-target"],
    );
    copy(
        &repository().join(unpacked()).join("Lib/test"),
        &upstream.join("Lib/test"),
        &[],
    );
    git(&upstream, &["init", "-q", "-b", "main"]);
    git(&upstream, &["add", "-A", "-f", "."]);
    git(&upstream, &["commit", "-qm", "the tree"]);
    let commit = git(&upstream, &["rev-parse", "HEAD"]);

    git(&kit.root, &["init", "-q"]);
    let modules = format!(
        "[submodule \"cpython\"]\n\tpath = cpython\n\turl = file://{}\n",
        upstream.display()
    );
    fs::write(kit.root.join(".gitmodules"), modules).expect("write");
    git(
        &kit.root,
        &[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{commit},cpython"),
        ],
    );
    fs::create_dir(kit.root.join("cpython")).expect("mkdir");
    (kit, upstream, commit)
}

fn sprint(kit: &Kit, args: &[&str], git_may_read_files: bool) -> Run {
    let mut command = kit.command(args);
    if git_may_read_files {
        // git refuses local submodules by default; ours stands in for a server.
        let allow = [
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "protocol.file.allow"),
            ("GIT_CONFIG_VALUE_0", "always"),
        ];
        command.envs(allow);
    }
    command.env("STANDIN_PYTHON", borrowed_python());
    Run::of(&mut command)
}

#[test]
fn the_submodule_is_initialised_and_used_from_then_on() {
    let (kit, _upstream, commit) = kit();
    sprint(&kit, &["source", "fork"], true)
        .expect(0)
        .says("(fork)");
    assert_eq!(
        git(&kit.root.join("cpython"), &["rev-parse", "HEAD"]),
        commit
    );
    let report = sprint(&kit, &["test", "base64", "--json"], true)
        .expect(0)
        .json();
    assert_eq!(report["source"]["kind"], "fork");
    assert_eq!(report["source"]["lane"], "in-tree");
    // The build is out of tree: git sees nothing new in the submodule.
    assert_eq!(
        git(&kit.root.join("cpython"), &["status", "--porcelain"]),
        ""
    );
    // An edit is another identity, and one that is taken back is not.
    let file = kit.root.join("cpython/Modules/_base64/src/lib.rs");
    let text = fs::read_to_string(&file).expect("read");
    fs::write(&file, format!("{text}\n// an edit\n")).expect("edit");
    let edited = sprint(&kit, &["test", "base64", "--json"], true)
        .expect(0)
        .json();
    assert_ne!(edited["source"]["identity"], report["source"]["identity"]);
    assert_ne!(edited["key"], report["key"]);
    fs::write(&file, text).expect("take back");
    let back = sprint(&kit, &["test", "base64", "--json"], true)
        .expect(0)
        .json();
    assert_eq!(back["key"], report["key"]);
    sprint(&kit, &["source", "release"], true);
}

/// Makes an archive as the forge does, pins it, and takes the repository away.
fn pin_archive(kit: &Kit, upstream: &Path) -> PathBuf {
    let archive = kit.home.join("fork.tar.gz");
    let to = archive.to_string_lossy();
    git(
        upstream,
        &[
            "archive",
            "--format=tar.gz",
            "--prefix=cpython-fork/",
            "-o",
            &to,
            "HEAD",
        ],
    );
    fs::rename(upstream, upstream.with_extension("gone")).expect("rename");
    let bytes = fs::read(&archive).expect("read");
    let pins = kit.root.join("pins.toml");
    let text = fs::read_to_string(&pins).expect("read");
    let fork = text.find("[cpython.fork]").expect("a fork");
    let end = text.find("[cpython.release]").expect("a release");
    let section: String = text[fork..end]
        .lines()
        .map(|line| match line.split(" = ").next() {
            Some("archive") => format!("archive = \"file://{}\"\n", archive.display()),
            Some("size") => format!("size = {}\n", bytes.len()),
            Some("sha256") => format!("sha256 = \"{}\"\n", sprint::hash::of_bytes(&bytes)),
            _ => format!("{line}\n"),
        })
        .collect();
    fs::write(&pins, format!("{}{section}{}", &text[..fork], &text[end..])).expect("write");
    archive
}

#[test]
fn where_git_cannot_the_pinned_archive_serves() {
    let (kit, upstream, _commit) = kit();
    pin_archive(&kit, &upstream);
    sprint(&kit, &["source", "fork"], false)
        .expect(0)
        .says("trying the pinned archive")
        .says("(fork)");
    let report = sprint(&kit, &["test", "base64", "--json"], false)
        .expect(0)
        .json();
    assert_eq!(report["source"]["kind"], "fork");
    assert_eq!(report["outcome"], "green");
}

#[test]
fn an_archive_that_is_not_the_pinned_one_is_refused() {
    let (kit, upstream, _commit) = kit();
    let archive = pin_archive(&kit, &upstream);
    let mut bytes = fs::read(&archive).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&archive, bytes).expect("damage");
    sprint(&kit, &["source", "fork"], false)
        .expect(6)
        .says("is not what was pinned");
    assert_eq!(
        fs::read_dir(kit.root.join("cpython"))
            .expect("list")
            .count(),
        0,
        "nothing was unpacked"
    );
}

#[test]
fn offline_the_error_says_what_was_tried() {
    let (kit, upstream, _commit) = kit();
    let archive = pin_archive(&kit, &upstream);
    fs::remove_file(archive).expect("remove");
    sprint(&kit, &["source", "fork"], false)
        .expect(3)
        .says("cannot be downloaded");
}
