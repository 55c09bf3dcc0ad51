//! "Tests failed", "build failed" and "no test ran" are different answers.

use std::fs;

use crate::kit::{Kit, Run};

fn append(kit: &Kit, file: &str, text: &str) {
    let path = kit.root.join(file);
    let present = fs::read_to_string(&path).expect("read");
    fs::write(&path, format!("{present}\n{text}\n")).expect("write");
}

#[test]
fn a_broken_crate_is_a_failed_build_with_the_first_error() {
    let kit = Kit::built();
    append(
        &kit,
        "modules/_base64/src/lib.rs",
        "fn broken() -> u8 { \"text\" }",
    );
    kit.sprint(&["test", "base64"])
        .expect(4)
        .says("mismatched types")
        .says("cargo.log");
    kit.sprint(&["test", "base64", "--json"]).expect(4);
}

#[test]
fn a_broken_c_file_is_a_failed_build_and_mends_again() {
    let kit = Kit::built();
    let file = kit.source().join("Modules/_bisectmodule.c");
    let text = fs::read_to_string(&file).expect("read");
    fs::write(&file, text.clone() + "\nthis is no C;\n").expect("break");
    kit.sprint(&["test", "base64"])
        .expect(4)
        .says("_bisectmodule.c")
        .says("make.log");
    fs::write(&file, text).expect("mend");
    kit.sprint(&["build"]).expect(0);
}

#[test]
fn a_red_test_shows_its_output_and_how_to_see_it_again() {
    let kit = Kit::built();
    let red = "import unittest\nclass T(unittest.TestCase):\n    def test_red(self):\n        self.assertEqual(1, 2, 'RED WORDS')\n";
    fs::write(kit.root.join("modules/_bisect/tests/test_red.py"), red).expect("write");
    let run = kit.sprint(&["test", "bisect"]).expect(1).says("RED WORDS");
    let summary = run.stdout.find("bisect is red").expect("a summary");
    assert!(
        run.stdout.find("RED WORDS").expect("the output") < summary,
        "the output comes first"
    );
    assert!(
        run.stdout
            .contains("just test-module bisect -- -v -m test_red"),
        "{}",
        run.stdout
    );
}

#[test]
fn no_test_is_not_green() {
    Kit::built()
        .sprint(&["test", "bisect", "--", "-m", "no_such_test_anywhere"])
        .expect(1)
        .says("no test ran");
}

#[test]
fn a_test_that_kills_the_interpreter_is_red() {
    let kit = Kit::built();
    let crash = "import os\nos.abort()\n";
    fs::write(kit.root.join("modules/_bisect/tests/test_crash.py"), crash).expect("write");
    kit.sprint(&["test", "bisect"]).expect(1).says("crashed");
}

#[test]
fn a_dry_run_changes_nothing_and_says_everything() {
    let kit = Kit::built();
    let run = kit
        .sprint(&["test", "base64", "--profile", "release", "--dry-run"])
        .expect(0);
    for word in [
        "configure)",
        "make -j",
        "cargo build",
        "PYO3_CONFIG_FILE=",
        "--step modules",
        "test__base64_conformance",
    ] {
        let word = word.trim_end_matches(')');
        assert!(
            run.stdout.contains(word),
            "{word} is not in\n{}",
            run.stdout
        );
    }
    assert!(
        !kit.build()
            .with_file_name("x86_64-unknown-linux-gnu-release")
            .exists()
    );
}

#[test]
fn the_key_does_not_depend_on_the_place() {
    let (one, two) = (Kit::built(), Kit::built());
    let key = |kit: &Kit| kit.sprint(&["key", "--json"]).expect(0).json()["key"].clone();
    let first = key(&one);
    assert_eq!(first, key(&two));
    append(&two, "modules/_bisect/src/lib.rs", "// a comment");
    assert_ne!(first, key(&two), "an edit of a module is another build");
    fs::write(one.source().join("Lib/new.py"), "").expect("write");
    assert_ne!(first, key(&one), "an edit of the tree is another build");
}

#[test]
fn a_second_run_is_told_to_come_back_or_waits() {
    let kit = Kit::built();
    let mut lock = kit.build();
    lock.set_extension("lock");
    let file = fs::File::options()
        .create(true)
        .append(true)
        .open(&lock)
        .expect("open");
    file.lock().expect("lock");
    kit.sprint(&["build", "--no-wait"])
        .expect(7)
        .says("another run");
    let waiting = std::thread::scope(|scope| {
        let run = scope.spawn(|| Run::of(&mut kit.command(&["build"])));
        std::thread::sleep(std::time::Duration::from_millis(700));
        drop(file);
        run.join().expect("joined")
    });
    waiting.expect(0).says("waiting for it");
}

#[test]
fn ctrl_c_ends_everything_and_the_next_run_carries_on() {
    let kit = Kit::built();
    let slow = "import time\nimport unittest\nclass T(unittest.TestCase):\n    def test_slow(self):\n        time.sleep(120)\n";
    let file = kit.root.join("modules/_bisect/tests/test_slow.py");
    fs::write(&file, slow).expect("write");
    let mut child = kit
        .command(&["test", "bisect"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let log = kit.build().join(".sprint/test_slow-conformance.log");
    let begun = std::time::Instant::now();
    while !fs::read_to_string(&log).is_ok_and(|text| text.contains("test_slow")) {
        assert!(begun.elapsed().as_secs() < 120, "the slow test never began");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let status = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success());
    assert_eq!(child.wait().expect("waited").code(), Some(130));
    fs::remove_file(&file).expect("remove");
    kit.sprint(&["test", "bisect"]).expect(0).says("it is Rust");
}
