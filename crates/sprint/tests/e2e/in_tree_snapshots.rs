//! Snapshots of the in-tree lane: what the tree's own make and cargo left is taken by somebody else, with another home
//! and another CARGO_HOME, and goes on from there.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::in_tree::kit;
use crate::kit::{Kit, Run, borrowed_python};

/// A run of a person with a home and a CARGO_HOME of their own, who looks for snapshots in `store`.
fn person(kit: &Kit, store: &Path, args: &[&str]) -> Command {
    let rustup = std::env::var("RUSTUP_HOME")
        .unwrap_or_else(|_| format!("{}/.rustup", std::env::var("HOME").expect("HOME")));
    let mut command = kit.command(args);
    command
        .env("HOME", &kit.home)
        .env("CARGO_HOME", kit.home.join("own-cargo"))
        .env("RUSTUP_HOME", rustup)
        .env("XDG_CONFIG_HOME", kit.home.join("config"))
        .env("XDG_DATA_HOME", kit.home.join("data"))
        .env("STANDIN_PYTHON", borrowed_python())
        .env("STANDIN_COPY", "1")
        .env("SPRINT_SNAPSHOT", "read")
        .env("SPRINT_SNAPSHOT_STORE", store);
    command
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("read");
    let edited = text.replace(from, to);
    assert_ne!(text, edited, "{} is another text now", file.display());
    fs::write(file, edited).expect("write");
}

const TEST: [&str; 5] = ["test", "base64", "--source", "tree", "--json"];

#[test]
fn somebody_else_takes_the_trees_build_and_goes_on() {
    let store = tempfile::tempdir().expect("dir");
    let (maker, _) = kit("a");
    Run::of(&mut person(&maker, store.path(), &TEST)).expect(0);
    let save = ["snapshot", "save", "--source", "tree"];
    Run::of(&mut person(&maker, store.path(), &save)).expect(0);
    let trust = ["snapshot", "trust", "--json"];
    let keys = Run::of(&mut person(&maker, store.path(), &trust)).json();
    let key = keys[0]["key"].as_str().expect("a key").to_owned();

    let guest = |below: &str| {
        let (guest, tree) = kit(below);
        let trust = ["snapshot", "trust", &key, "--name", "maker"];
        Run::of(&mut person(&guest, store.path(), &trust)).expect(0);
        (guest, tree)
    };
    let (taker, tree) = guest("some/where/else");
    let report = Run::of(&mut person(&taker, store.path(), &TEST))
        .expect(0)
        .json();
    assert_eq!(report["cache"]["snapshot"], "hit");
    assert_eq!(report["outcome"], "green");
    assert_eq!(report["seconds"]["make"], 0.0, "nothing was left to make");
    // Nothing in it leads to its maker: an edit of the module goes through make and cargo again.
    edit(
        &tree.join("Modules/_base64/src/lib.rs"),
        "standard_b64encode(",
        "/* edited */ standard_b64encode(",
    );
    let report = Run::of(&mut person(&taker, store.path(), &TEST))
        .expect(0)
        .json();
    assert!(report["seconds"]["make"].as_f64().expect("a number") > 0.0);
    assert_eq!(report["proof"]["init_symbol"], "PyInit__base64");

    // An edit from before the restore is not hidden by it.
    let (editor, tree) = guest("b/c");
    edit(
        &tree.join("Modules/_base64/src/lib.rs"),
        "fn standard_b64encode(",
        "compile_error!(\"edited before\");\nfn standard_b64encode(",
    );
    Run::of(&mut person(&editor, store.path(), &TEST))
        .expect(4)
        .says("edited before");
}
