//! Caches that fail in every way we could think of, around a compiler that works.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().expect("dir"));
        // It writes what it was called for, and fails for a file that says so.
        bench.script(
            "cc",
            "grep -q BROKEN \"$2\" && exit 1\necho compiled >> \"$4\"",
        );
        fs::write(bench.at("a.c"), "int a;\n").expect("write");
        bench
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn script(&self, name: &str, body: &str) {
        fs::write(self.at(name), format!("#!/bin/sh\n{body}\n")).expect("write");
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(0o755)).expect("chmod");
    }

    fn compile(&self) -> u8 {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let host = Host::with_env(BTreeMap::from([
            (PROGRAM.to_owned(), text(self.at("cache"))),
            (DIRECTORY.to_owned(), text(self.0.path().to_owned())),
            (SECONDS.to_owned(), "1".to_owned()),
        ]));
        let words = [
            self.at("cc"),
            "-c".into(),
            self.at("a.c"),
            "-o".into(),
            self.at("a.o"),
        ];
        run(&words.map(PathBuf::into_os_string), &host).expect("runs")
    }

    fn compiled(&self) -> usize {
        let text = fs::read_to_string(self.at("a.o")).unwrap_or_default();
        text.lines().count()
    }

    fn failure(&self) -> Option<String> {
        fs::read_to_string(failure_file(self.0.path())).ok()
    }
}

#[test]
fn a_cache_that_works_is_believed() {
    let bench = Bench::new();
    bench.script("cache", "exec \"$@\"");
    assert_eq!(bench.compile(), 0);
    assert_eq!((bench.compiled(), bench.failure()), (1, None));
    let log = fs::read_to_string(calls_file(bench.0.path())).expect("a log");
    assert!(log.contains(" found ") && log.ends_with("a.c\n"), "{log}");
    // As the compiler's script notes it when the cache has it compile.
    bench.script("cache", &format!(": >\"${MISS}\"; exec \"$@\""));
    assert_eq!(bench.compile(), 0);
    let log = fs::read_to_string(calls_file(bench.0.path())).expect("a log");
    assert!(
        log.lines()
            .nth(1)
            .is_some_and(|line| line.contains(" compiled ")),
        "{log}"
    );
    let left = fs::read_dir(bench.0.path()).expect("list");
    let mut left = left.map(|entry| entry.expect("listed").file_name());
    assert!(!left.any(|name| name.to_string_lossy().starts_with("miss")));
}

#[test]
fn one_that_hangs_fails_or_is_gone_costs_only_time() {
    for (body, why) in [
        ("sleep 60", "in time"),
        ("echo 'sccache: error: no server' >&2; exit 2", "no server"),
        ("kill -9 $$", "signal: 9"),
    ] {
        let bench = Bench::new();
        bench.script("cache", body);
        assert_eq!(bench.compile(), 0, "{body}");
        assert_eq!(bench.compiled(), 1, "{body}");
        let failure = bench.failure().expect("noted");
        assert!(failure.contains(why), "{failure}");
        // Not asked again in this build.
        bench.script("cache", "touch \"$0\".asked; exit 1");
        assert_eq!(bench.compile(), 0);
        assert!(!bench.at("cache.asked").exists(), "{body}");
    }
    let bench = Bench::new();
    assert_eq!(bench.compile(), 0, "no such program");
    assert!(bench.failure().expect("noted").contains("127"));
}

#[test]
fn an_error_in_the_source_is_not_the_caches() {
    let bench = Bench::new();
    bench.script("cache", "exec \"$@\"");
    fs::write(bench.at("a.c"), "BROKEN\n").expect("write");
    assert_eq!(bench.compile(), 1);
    assert_eq!(bench.failure(), None);
}
