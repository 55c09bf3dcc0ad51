//! Clocks that were wrong: an edit is built whatever the times of files say.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::kit::{Kit, Ran};
use crate::snapshots::Shared;
use crate::tiny;

/// As if everything below had been written by a clock that was `hours` ahead, and then set right.
fn written_ahead(directory: &Path, hours: u64) {
    for entry in fs::read_dir(directory).expect("list") {
        let entry = entry.expect("entry");
        let data = entry.metadata().expect("there");
        if data.is_dir() {
            written_ahead(&entry.path(), hours);
        } else if data.is_file() {
            let time = data.modified().expect("time") + Duration::from_secs(3600 * hours);
            fs::File::open(entry.path())
                .and_then(|file| file.set_modified(time))
                .expect("set");
        }
    }
}

fn build(shared: &Shared, guest: &Kit) -> Ran {
    Ran::of(shared.with(guest, &["build"]).output().expect("starts")).expect(0)
}

fn object(guest: &Kit, name: &str) -> String {
    String::from_utf8_lossy(&tiny::artefacts(&guest.root)[name]).into_owned()
}

#[test]
fn an_edit_is_built_after_the_clock_was_set_back() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    build(&shared, &guest);
    written_ahead(&guest.root.join("build"), 2);
    let tree = tiny::tree(&guest);
    let source = tree.join("Objects/o03.c");
    fs::write(&source, "an edit of today\n").expect("write");
    let ran = build(&shared, &guest);
    assert!(
        object(&guest, "o03.o").contains("an edit of today"),
        "{}",
        ran.err
    );
    assert!(
        object(&guest, "python").contains("an edit of today"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("the clock was ahead"), "{}", ran.err);

    // Done once, it is as any other build: an edit costs what it costs.
    fs::write(&source, "another\n").expect("write");
    let ran = build(&shared, &guest);
    assert!(object(&guest, "python").contains("another"), "{}", ran.err);
    assert!(!ran.err.contains("configure "), "{}", ran.err);
}

#[test]
fn a_clock_that_is_behind_hides_no_edit() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    build(&shared, &guest);
    let source = tiny::tree(&guest).join("Objects/o05.c");
    fs::write(&source, "written in 1990\n").expect("write");
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(20 * 365 * 86_400);
    fs::File::open(&source)
        .and_then(|file| file.set_modified(past))
        .expect("set");
    build(&shared, &guest);
    assert!(object(&guest, "python").contains("written in 1990"));
}
