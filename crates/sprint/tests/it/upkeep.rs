//! `sprint cache`: nothing goes before it is said, and nothing that is not said.

use std::fs;

use serde_json::Value;

use crate::kit::Kit;

#[test]
fn what_is_said_goes_and_nothing_else() {
    let kit = Kit::bare();
    let cache = kit.above().join("cache");
    let kit = kit.set("XDG_CACHE_HOME", &cache.to_string_lossy());
    let base = cache.join("sprint-kit");
    let disk = kit.above().join("larger disk");
    let files = [
        "objects/a/b/one",
        "configure/two.cache",
        "downloads/x.tar.xz",
        "snapshots/v1/k.json",
    ];
    for name in files {
        let file = base.join(name);
        fs::create_dir_all(file.parent().expect("a parent")).expect("mkdir");
        fs::write(&file, "1234567").expect("write");
    }
    // Objects are on another disk.
    fs::rename(base.join("objects"), &disk).expect("move");
    std::os::unix::fs::symlink(&disk, base.join("objects")).expect("link");
    let there = || files.map(|name| base.join(name).is_file());

    let stats: Value =
        serde_json::from_str(&kit.run(&["cache", "stats", "--json"]).expect(0).out).expect("JSON");
    let parts = stats["parts"].as_array().expect("a list");
    let objects = parts
        .iter()
        .find(|part| part["name"] == "objects")
        .expect("there");
    assert_eq!(
        (objects["files"].as_u64(), objects["bytes"].as_u64()),
        (Some(1), Some(7))
    );

    let said = kit.run(&["cache", "clean"]).expect(0).out;
    assert!(
        said.contains("would remove objects") && !said.contains("downloads"),
        "{said}"
    );
    assert_eq!(there(), [true; 4], "only said");
    kit.run(&["cache", "clean", "--yes"]).expect(0);
    assert_eq!(there(), [false, false, true, true], "downloads want --all");
    assert!(disk.is_dir(), "a disk that was linked to stays");
    assert!(base.join("objects").is_symlink());
    kit.run(&["cache", "clean", "--yes", "--all"]).expect(0);
    assert_eq!(
        there(),
        [false, false, false, true],
        "snapshots have a command of their own"
    );
    let said = kit.run(&["cache", "clean"]).expect(0).out;
    assert!(said.contains("nothing to remove"), "{said}");
}
