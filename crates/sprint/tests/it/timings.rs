//! `--timings`: one file that a browser shows, and that runs and fetches nothing, whatever names are in it.

use std::fs;

use crate::kit::Ran;
use crate::tiny;

#[test]
fn the_page_fetches_nothing_and_says_when_nothing_was_done() {
    let kit = tiny::kit("kit");
    let tree = tiny::tree(&kit);
    let source = tree.to_string_lossy().into_owned();
    let run = |args: &[&str]| {
        let mut command = kit.command(args);
        Ran::of(
            command
                .args(["--source", &source])
                .output()
                .expect("starts"),
        )
        .expect(0)
    };
    run(&["build", "--timings"]);
    let page = kit.root.join("build/timings.html");
    let built = fs::read_to_string(&page).expect("written");
    for wanted in [
        "name=\"viewport\"",
        "default-src 'none'",
        "prefers-color-scheme:dark",
        "<b>configure</b>",
        "<b>make</b>",
        "longest pole",
    ] {
        assert!(built.contains(wanted), "{wanted}: {built}");
    }
    for foreign in ["<script", "src=", "href=", "http:", "https:", "url("] {
        assert!(!built.contains(foreign), "{foreign}: {built}");
    }
    run(&["build", "--timings"]);
    let idle = fs::read_to_string(&page).expect("written");
    assert!(
        idle.contains("nothing to do") && !idle.contains("longest pole"),
        "{idle}"
    );
}
