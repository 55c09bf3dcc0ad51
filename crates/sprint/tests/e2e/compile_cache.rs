//! The compile cache with the real sccache, on a project of two C files that stands in for CPython: the kit's own steps
//! run its configure and its make, in two kits at paths of different depth.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kit::{Kit, Run};

const TWIN: &str =
    "static int twin(int a) {\n    return a + 1;\n}\nint (*const kept)(int) = twin;\n";

/// As much of a CPython tree as the kit looks at.
fn tree(kit: &Kit) -> PathBuf {
    let tree = kit.root.join("build/sources/standin");
    for (name, text) in [
        ("Include/patchlevel.h", "#define PY_VERSION \"3.13.5\"\n"),
        ("Include/value.h", "#define VALUE 1\n"),
        (
            "Objects/one.c",
            "#include <assert.h>\n#include <stdio.h>\n#include \"value.h\"\n\
             const char *one(void) { assert(VALUE > 0); return &__FILE__[VALUE]; }\n",
        ),
        // Equal but for their names and lines.
        ("Objects/left.c", TWIN),
        ("Objects/right.c", &format!("\n// another line\n{TWIN}")),
        (
            "Programs/python.c",
            "#include <stdio.h>\nconst char *one(void);\n\
             int main(void) { puts(one()); puts(__DATE__ __TIME__); return 0; }\n",
        ),
        (
            "configure",
            "#!/bin/sh\nhere=$(dirname \"$0\")\ntouch pyconfig.h\ncat > Makefile <<MAKE\n\
             CC = gcc\nall: python left.o right.o pybuilddir.txt\n\
             %.o: $here/Objects/%.c $here/Include/value.h\n\t\\$(CC) -g -I$here/Include -c -o \\$@ \\$<\n\
             python.o: $here/Programs/python.c\n\t\\$(CC) -g -c -o \\$@ \\$<\n\
             python: python.o one.o\n\t\\$(CC) -o \\$@ python.o one.o\n\
             pybuilddir.txt:\n\techo build/lib > pybuilddir.txt\nMAKE\n",
        ),
    ] {
        let file = tree.join(name);
        fs::create_dir_all(file.parent().expect("a directory")).expect("mkdir");
        fs::write(&file, text).expect("write");
    }
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(tree.join("configure"), mode).expect("chmod");
    tree
}

/// Runs the steps up to make; `cache` is where both kits keep theirs. Returns what was said.
fn build(kit: &Kit, cache: &Path, more: &[(&str, &str)]) -> Run {
    let mut last = None;
    for step in ["prepare", "configure", "make"] {
        let mut command = command(kit, cache, &["build", "--source", "build/sources/standin"]);
        command.args(["--step", step]);
        command.envs(more.iter().copied());
        last = Some(Run::of(&mut command).expect(0));
    }
    last.expect("three steps")
}

fn command(kit: &Kit, cache: &Path, args: &[&str]) -> Command {
    let mut command = kit.command(args);
    command
        .env("XDG_CACHE_HOME", cache)
        .env("SPRINT_CACHE", "on");
    command
}

fn directory(kit: &Kit) -> PathBuf {
    let top = fs::read_dir(kit.root.join("build")).expect("build/");
    let slug = top
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.to_string_lossy().contains("/path-standin-"))
        .expect("a build");
    slug.join("x86_64-unknown-linux-gnu-debug")
}

fn objects(kit: &Kit) -> [Vec<u8>; 5] {
    let build = directory(kit);
    let names = ["one.o", "python.o", "python", "left.o", "right.o"];
    names.map(|name| fs::read(build.join(name)).expect(name))
}

fn contains(bytes: &[u8], path: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    bytes.windows(path.len()).any(|window| window == path)
}

#[test]
#[ignore = "needs sccache: the stage `compile-cache` runs it"]
fn another_tree_hits_gets_the_same_bytes_and_nothing_of_the_first() {
    let cache = tempfile::tempdir().expect("dir");
    let (one, other) = (Kit::at("a"), Kit::at("some/where/else"));
    for kit in [&one, &other] {
        tree(kit);
    }
    build(&one, cache.path(), &[]).says("0 of 4 files compiled before");
    build(&other, cache.path(), &[]).says("4 of 4 files compiled before");
    for (kit, how) in [(&one, "compiled"), (&other, "found")] {
        let calls = fs::read_to_string(directory(kit).join(".sprint/calls")).expect("calls");
        let asked = calls.lines().filter(|line| !line.ends_with(" link"));
        let told: Vec<&str> = asked.filter_map(|line| line.split(' ').nth(2)).collect();
        assert_eq!(told, [how; 4], "{calls}");
    }
    let (first, second) = (objects(&one), objects(&other));
    assert!(first == second, "equal keys, other bytes");
    for bytes in first.iter().chain(&second) {
        for kit in [&one, &other] {
            assert!(
                !contains(bytes, &kit.root),
                "a path of {}",
                kit.root.display()
            );
        }
    }
    assert!(
        contains(&first[0], Path::new("/kit/build")),
        "the mapped place"
    );

    assert!(
        contains(&first[3], Path::new("left.c")) && contains(&first[4], Path::new("right.c")),
        "one object for two files of equal text"
    );

    // A header that differs, of the same size and with an old time.
    let header = other.root.join("build/sources/standin/Include/value.h");
    fs::write(&header, "#define VALUE 2\n").expect("write");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    let open = fs::File::options().write(true).open(&header).expect("open");
    open.set_modified(old).expect("set");
    drop(open);
    build(&other, cache.path(), &[]).says("2 of 3 files compiled before");
    assert!(objects(&other)[0] != first[0], "the other tree's object");

    let mut plain = command(&one, cache.path(), &["build", "--clean"]);
    plain.args(["--source", "build/sources/standin", "--step", "prepare"]);
    Run::of(&mut plain).expect(0);
    build(&one, cache.path(), &[("SPRINT_CACHE", "off")]);
    assert!(objects(&one) == first, "without the cache, other bytes");
}

#[test]
fn a_cache_that_cannot_be_used_is_said_and_costs_nothing_else() {
    use std::os::unix::fs::PermissionsExt;
    let cache = tempfile::tempdir().expect("dir");
    for (body, said) in [
        ("sleep 60", "did not start in time"),
        ("echo no >&2; exit 3", "does not work"),
        // It starts, answers, and hangs or dies when it is needed.
        (
            "case $1 in --show-stats) echo '{\"stats\":{}}' ;; --start-server) ;; *) sleep 60 ;; esac",
            "did not answer in time",
        ),
        (
            "case $1 in --show-stats) echo '{\"stats\":{}}' ;; --start-server) ;; *) kill -9 $$ ;; esac",
            "signal: 9",
        ),
    ] {
        let kit = Kit::at("a");
        tree(&kit);
        let bin = kit.home.join("bin");
        fs::create_dir_all(&bin).expect("mkdir");
        fs::write(bin.join("sccache"), format!("#!/bin/sh\n{body}\n")).expect("write");
        fs::set_permissions(bin.join("sccache"), fs::Permissions::from_mode(0o755)).expect("chmod");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("PATH"));
        let more = [("PATH", path.as_str()), ("SPRINT_CACHE_SECONDS", "1")];
        build(&kit, cache.path(), &more).says(said);
        assert!(!objects(&kit)[2].is_empty());
    }
}

#[test]
fn answers_that_lead_elsewhere_are_not_believed() {
    let cache = tempfile::tempdir().expect("dir");
    // As an answer that its check does not stand for: given the file, configure decides otherwise.
    let decides = "#!/bin/sh\n. \"$CONFIG_SITE\"\ndecided=asked\n\
         if [ -e \"$cache_file\" ]; then decided=kept; fi\n\
         echo $decided >> log\necho '# This file is a shell script' > \"$cache_file\"\n\
         echo \"D=$decided\" > config.status\necho 'VERSION=3.13' > Makefile\n: > pyconfig.h\n";
    let configure = |kit: &Kit| {
        let file = tree(kit).join("configure");
        fs::write(&file, decides).expect("write");
        let mut last = None;
        for step in ["prepare", "configure"] {
            let args = ["build", "--source", "build/sources/standin", "--step", step];
            let mut command = command(kit, cache.path(), &args);
            last = Some(Run::of(&mut command).expect(0));
        }
        last.expect("two steps")
    };
    let log = |kit: &Kit| fs::read_to_string(directory(kit).join("log")).expect("log");
    let kits = [Kit::at("a"), Kit::at("b/c"), Kit::at("d")];
    configure(&kits[0]);
    assert_eq!(log(&kits[0]), "asked\n");
    configure(&kits[1]).says("asking all again");
    assert_eq!(log(&kits[1]), "kept\nasked\n");
    configure(&kits[2]);
    assert_eq!(log(&kits[2]), "asked\n", "once is enough");
}
