//! The stand-in tree of tests/fixtures/tiny, and what a build of it leaves.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::kit::{Kit, release, repository};

/// How many files make has to make.
const OBJECTS: usize = 24;

/// A checkout called `name` with the stand-in's module, programs on PATH, and the tree beside it.
pub(crate) fn kit(name: &str) -> Kit {
    let kit = Kit::named(name);
    let fixture = repository().join("tests/fixtures/tiny");
    copy(&fixture.join("modules"), &kit.root.join("modules"));
    copy(&fixture.join("bin"), &kit.above().join("bin"));
    make_tree(&tree(&kit));
    let path = format!(
        "{}:{}",
        kit.above().join("bin").display(),
        std::env::var("PATH").expect("PATH")
    );
    kit.set("PATH", &path)
}

/// Where the tree is.
pub(crate) fn tree(kit: &Kit) -> PathBuf {
    kit.above().join("tree")
}

/// Makes the tree there.
pub(crate) fn make_tree(at: &Path) {
    copy(&repository().join("tests/fixtures/tiny/tree"), at);
    // The stand-in is what it stands for: the pinned release.
    let version = release();
    let patchlevel = format!("#define PY_VERSION \"{version}\"\n");
    fs::write(at.join("Include/patchlevel.h"), patchlevel).expect("write");
    let configure = at.join("configure");
    let text = fs::read_to_string(&configure).expect("read");
    let short = version
        .rsplit_once('.')
        .expect("a version of three parts")
        .0;
    fs::write(
        &configure,
        text.replace("VERSION= 3.13\\n", &format!("VERSION= {short}\\n")),
    )
    .expect("write");
    fs::create_dir(at.join("Objects")).expect("mkdir");
    for number in 0..OBJECTS {
        let text = format!("{}\n", format!("text of object {number} ").repeat(50));
        fs::write(at.join(format!("Objects/o{number:02}.c")), text).expect("write");
    }
}

/// What a finished build consists of: path below its directory, and content. Not: logs, notes of the kit.
pub(crate) fn artefacts(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for source in list(&root.join("build")) {
        if source.ends_with("sources") || source.ends_with("state") || !source.is_dir() {
            continue;
        }
        for build in list(&source) {
            // What a killed restore has left is beside the place of a build, under a hidden name.
            let name = build.file_name().unwrap_or_default().to_string_lossy();
            if !build.is_dir() || name.starts_with('.') {
                continue;
            }
            for file in list(&build).into_iter().chain(list(&build.join("lib"))) {
                if file.is_file() {
                    let name = file.strip_prefix(&build).expect("below").to_string_lossy();
                    found.insert(name.into_owned(), fs::read(&file).expect("read"));
                }
            }
        }
    }
    found
}

/// Waits until a build has left this file in its corner.
pub(crate) fn wait_for(root: &Path, name: &str) {
    let started = std::time::Instant::now();
    let is_there = || {
        let builds = list(&root.join("build")).into_iter();
        let mut corners = builds.flat_map(|source| list(&source));
        corners.any(|build| build.join(".sprint").join(name).exists())
    };
    while !is_there() {
        assert!(started.elapsed().as_secs() < 60, "no {name} yet");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Fails unless this is a whole build.
pub(crate) fn assert_whole(artefacts: &BTreeMap<String, Vec<u8>>) {
    let objects = artefacts.keys().filter(|name| name.ends_with(".o")).count();
    assert_eq!(objects, OBJECTS, "{:?}", artefacts.keys());
    for name in [
        "python",
        "pybuilddir.txt",
        "pyconfig.h",
        "Makefile",
        "lib/_tiny.tiny.so",
    ] {
        assert!(
            artefacts.contains_key(name),
            "{name}: {:?}",
            artefacts.keys()
        );
    }
    for (name, bytes) in artefacts {
        let is_half = name.ends_with(".o") && !bytes.ends_with(b"end\n");
        assert!(!is_half, "{name} is half a file");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("mkdir");
    for path in list(from) {
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copy");
        }
    }
}

fn list(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("entry").path()).collect();
    paths.sort();
    paths
}
