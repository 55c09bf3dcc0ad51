//! The in-tree lane, on the stand-in for the fork's tree (tests/fixtures/in-tree says what it is and is not).

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::kit::{Kit, Run, borrowed_python, copy, repository, unpacked};

/// A kit at this place, and a copy of the stand-in in it.
pub(crate) fn kit(below: &str) -> (Kit, PathBuf) {
    let kit = Kit::at(below);
    let tree = kit.root.join("tree");
    copy(
        &repository().join("tests/fixtures/in-tree/tree"),
        &tree,
        &["--exclude-target"],
    );
    // The stand-in borrows a real interpreter; its tests are borrowed too.
    let tests = repository().join(unpacked()).join("Lib/test");
    std::os::unix::fs::symlink(tests, tree.join("Lib/test")).expect("link");
    (kit, tree)
}

fn test(kit: &Kit, args: &[&str]) -> Command {
    let mut all = vec!["test", "base64", "--source", "tree"];
    all.extend_from_slice(args);
    let mut command = kit.command(&all);
    command.env("STANDIN_PYTHON", borrowed_python());
    command
}

#[test]
fn the_trees_own_make_drives_cargo_and_the_result_is_proven() {
    let (kit, tree) = kit("kit");
    let report = Run::of(&mut test(&kit, &["--json"])).expect(0).json();
    assert_eq!(report["source"]["lane"], "in-tree");
    assert_eq!(report["outcome"], "green");
    assert_eq!(report["proof"]["init_symbol"], "PyInit__base64");
    assert!(
        report["conformance"]["rust_calls"]
            .as_u64()
            .expect("counted")
            > 300
    );
    // base64.py never calls _base64, and the report must not hide it.
    assert_eq!(report["regrtest"]["rust_calls"], 0);
    assert!(!tree.join("target").exists(), "the build is out of tree");
    // Nothing is left to do.
    let again = Run::of(&mut test(&kit, &["--json"])).expect(0).json();
    assert_eq!(again["seconds"]["make"], 0.0);
}

#[test]
fn a_cargo_that_is_only_on_path_gets_a_home_that_configure_accepts() {
    let (kit, _tree) = kit("kit");
    let mut command = test(&kit, &[]);
    // No ~/.cargo/bin/cargo there; rustup's own settings are elsewhere and still found.
    let rustup = std::env::var("RUSTUP_HOME")
        .unwrap_or_else(|_| format!("{}/.rustup", std::env::var("HOME").expect("HOME")));
    command
        .env("HOME", &kit.home)
        .env_remove("CARGO_HOME")
        .env("RUSTUP_HOME", rustup);
    Run::of(&mut command).expect(0).says("it is Rust");
}

#[test]
fn an_exported_cargo_target_dir_does_no_harm() {
    let (kit, _tree) = kit("kit");
    let elsewhere = kit.home.join("elsewhere");
    let mut command = test(&kit, &[]);
    command.env("CARGO_TARGET_DIR", &elsewhere);
    Run::of(&mut command).expect(0);
    assert!(!elsewhere.exists());
}

#[test]
fn without_cargo_there_is_no_green() {
    let (kit, _tree) = kit("kit");
    let path = std::env::var("PATH").expect("PATH");
    let rest: Vec<&str> = path
        .split(':')
        .filter(|directory| !std::path::Path::new(directory).join("cargo").exists())
        .collect();
    let mut command = test(&kit, &[]);
    command
        .env("PATH", rest.join(":"))
        .env("HOME", &kit.home)
        .env_remove("CARGO_HOME");
    Run::of(&mut command)
        .expect(3)
        .says("bootstrap.sh --only rust");
}

#[test]
fn a_dropped_module_is_not_rust() {
    let (kit, _tree) = kit("kit");
    let mut command = test(&kit, &[]);
    // The fork's off switch: make ends well, without the module.
    command.env("HAVE_CARGO", "no");
    Run::of(&mut command).expect(5).says("without `_base64`");
}

#[test]
fn a_module_that_make_no_longer_builds_does_not_pass_for_todays() {
    let (kit, tree) = kit("kit");
    Run::of(&mut test(&kit, &[])).expect(0);
    // A makefile that has dropped the module, as a reconfigure may: yesterday's file stays where it was.
    let top = kit.root.join("build");
    let builds = fs::read_dir(&top)
        .expect("list")
        .map(|entry| entry.expect("listed").path());
    let slug = builds
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("path-tree"))
        })
        .find(|path| path.is_dir())
        .expect("a build of the tree");
    let mut inside = fs::read_dir(slug)
        .expect("list")
        .map(|entry| entry.expect("listed").path());
    let makefile = inside
        .find(|path| path.is_dir())
        .expect("a build")
        .join("Makefile");
    let text = fs::read_to_string(&makefile).expect("read");
    let dropped = text.replace("SHAREDMODS= Modules/_base64$(EXT_SUFFIX)", "SHAREDMODS=");
    assert_ne!(text, dropped);
    fs::write(&makefile, dropped).expect("write");
    fs::write(tree.join("Lib/edited.py"), "").expect("edit");
    Run::of(&mut test(&kit, &[]))
        .expect(5)
        .says("without `_base64`");
}

#[test]
fn another_compiler_starts_afresh() {
    let (kit, _tree) = kit("kit");
    Run::of(&mut test(&kit, &[])).expect(0);
    let mut command = test(&kit, &[]);
    command.env("CFLAGS", "-O1");
    Run::of(&mut command).expect(0).says("starting it afresh");
}

#[test]
fn a_dry_run_can_be_pasted() {
    let (kit, _tree) = kit("kit");
    // The pasted lines call ./scripts/sprint, which runs the binary it is told to.
    let lines = Run::of(&mut test(&kit, &["--dry-run"])).expect(0).stdout;
    let script = format!("set -e\n{lines}");
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(&script)
        .current_dir(&kit.root)
        .env("SPRINT_BINARY", env!("CARGO_BIN_EXE_sprint"));
    shell.env("STANDIN_PYTHON", borrowed_python());
    let run = Run::of(&mut shell);
    assert_eq!(run.code, 0, "{script}\n{}\n{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("PyInit__base64 from rustc"),
        "{}",
        run.stdout
    );
    assert!(fs::read_dir(kit.root.join("build")).expect("built").count() > 0);
}

/// The stand-in's build leads to the interpreter that it borrows: no other machine has it there.
#[test]
fn a_build_that_leads_out_of_itself_is_not_saved() {
    let (kit, _tree) = kit("kit");
    Run::of(&mut test(&kit, &[])).expect(0);
    let mut save = kit.command(&["snapshot", "save", "--source", "tree"]);
    save.env("STANDIN_PYTHON", borrowed_python())
        .env("XDG_DATA_HOME", kit.home.join("data"));
    Run::of(&mut save)
        .expect(3)
        .says("leads out of the build directory");
}
