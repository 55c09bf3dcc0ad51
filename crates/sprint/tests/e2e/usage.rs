//! What people mistype or lack.

use crate::kit::Kit;

#[test]
fn an_unknown_module_costs_nothing_and_is_suggested() {
    let kit = Kit::bare();
    let run = kit
        .sprint(&["test", "bsae64"])
        .expect(2)
        .says("just test-module base64");
    assert!(
        !kit.root.join("build").exists(),
        "nothing may be fetched for a misspelt name\n{}",
        run.stderr
    );
}

#[test]
fn an_error_is_json_for_those_who_asked_for_json() {
    let report = Kit::bare()
        .sprint(&["test", "bsae64", "--json"])
        .expect(2)
        .json();
    assert_eq!(report["outcome"], "error");
    assert_eq!(report["error"]["id"], "unknown-module");
    assert_eq!(report["error"]["exit"], 2);
}

#[test]
fn without_cargo_there_is_no_green() {
    let kit = Kit::built();
    // Everything but Rust: the usual directories, minus those with a cargo in them.
    let path = std::env::var("PATH").expect("PATH");
    let rest: Vec<&str> = path
        .split(':')
        .filter(|directory| !std::path::Path::new(directory).join("cargo").exists())
        .collect();
    let mut command = kit.command(&["test", "base64"]);
    command
        .env("PATH", rest.join(":"))
        .env("HOME", &kit.home)
        .env_remove("CARGO_HOME");
    crate::kit::Run::of(&mut command)
        .expect(3)
        .says("./scripts/bootstrap.sh --only rust");
}

#[test]
fn an_rustc_older_than_the_msrv_is_refused() {
    let kit = Kit::built();
    let pins = kit.root.join("pins.toml");
    let text = std::fs::read_to_string(&pins).expect("read");
    std::fs::write(
        &pins,
        text.replace("msrv = \"1.95.0\"", "msrv = \"1.999.0\""),
    )
    .expect("write");
    kit.sprint(&["test", "base64"])
        .expect(3)
        .says("older than the pinned 1.999.0");
}

#[test]
fn reference_leaks_need_a_debug_build() {
    Kit::bare()
        .sprint(&["test", "base64", "--refleaks", "--profile", "release"])
        .expect(2)
        .says("does not count references");
}

#[test]
fn a_directory_that_is_no_cpython_is_refused() {
    let kit = Kit::bare();
    kit.sprint(&["test", "base64", "--source", "modules"])
        .expect(2)
        .says("not a CPython tree");
    kit.sprint(&["test", "base64", "--source", "nowhere"])
        .expect(2)
        .says("no CPython tree at");
}

#[test]
fn help_and_version_are_no_errors() {
    let kit = Kit::bare();
    kit.sprint(&["--help"]).expect(0).says("5  not Rust");
    kit.sprint(&["test", "--help"]).expect(0).says("--baseline");
    kit.sprint(&["--version"]).expect(0).says("sprint 0.1.0");
    for shell in ["bash", "zsh", "fish"] {
        kit.sprint(&["completions", shell]).expect(0).says("sprint");
    }
}

#[test]
fn a_version_that_the_bindings_do_not_know_is_refused_before_anything_is_built() {
    let kit = Kit::bare();
    let tree = kit.root.join("old");
    std::fs::create_dir_all(tree.join("Include")).expect("mkdir");
    std::fs::write(tree.join("configure"), "#!/bin/sh\nexit 1\n").expect("write");
    std::fs::write(
        tree.join("Include/patchlevel.h"),
        "#define PY_VERSION \"3.11.4\"\n",
    )
    .expect("write");
    kit.sprint(&["build", "--source", "old"])
        .expect(3)
        .says("3.12 to 3.16")
        .says("3.11.4");
}
