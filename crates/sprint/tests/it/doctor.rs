//! `sprint doctor`: what it finds, what it says, and what it must never say in public.

use std::fs;

use serde_json::Value;

use crate::kit::{Kit, release, repository};
use crate::schema;

fn json(kit: &Kit, code: i32) -> Value {
    let ran = kit.run(&["doctor", "--json"]).expect(code);
    serde_json::from_str(&ran.out).expect("JSON on stdout")
}

fn ids(diagnosis: &Value) -> Vec<String> {
    diagnosis["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|finding| finding["id"].as_str().expect("a string").to_owned())
        .collect()
}

#[test]
fn the_json_is_what_the_schema_says() {
    let text = fs::read_to_string(repository().join("docs/doctor.schema.json")).expect("schema");
    let wanted: Value = serde_json::from_str(&text).expect("the schema is JSON");
    // One machine with nothing wrong but a checkout that lacks everything, one with no compiler at all.
    for kit in [Kit::bare(), Kit::bare().set("PATH", "/nonexistent")] {
        let ran = kit.run(&["doctor", "--json"]);
        let mut value: Value = serde_json::from_str(&ran.out).expect("JSON");
        assert_eq!(schema::check(&wanted, &value, "$"), Vec::<String>::new());
        // The check can fail:
        value["findings"][0]["severity"] = "dreadful".into();
        value["more"] = 1.into();
        assert_eq!(schema::check(&wanted, &value, "$").len(), 2);
    }
}

#[test]
fn a_machine_without_tools_gets_problems_and_exit_code_3() {
    let kit = Kit::bare().set("PATH", "/nonexistent");
    let found = ids(&json(&kit, 3));
    for wanted in [
        "no-compiler",
        "missing-program",
        "make-missing",
        "xz-missing",
    ] {
        assert!(found.iter().any(|id| id == wanted), "{wanted}: {found:?}");
    }
}

#[test]
fn what_is_wrong_is_found() {
    let kit = Kit::bare()
        .set("CFLAGS", "-O1")
        .set("CONDA_PREFIX", "/opt/conda")
        .set("CC", "cc -nonsense-flag");
    let script = kit.root.join("scripts/hello.sh");
    fs::create_dir(kit.root.join("scripts")).expect("mkdir");
    fs::write(&script, "#!/bin/sh\r\necho hello\r\n").expect("write");
    let cache = kit
        .root
        .join(format!("build/release-{}/x-debug/config.cache", release()));
    fs::create_dir_all(cache.parent().expect("a parent")).expect("mkdir");
    fs::write(&cache, "ac_cv_env_CC_value=other-cc\n").expect("write");
    let future = fs::File::options()
        .append(true)
        .open(kit.root.join("pins.toml"))
        .expect("open");
    let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
    future.set_modified(tomorrow).expect("set time");

    let diagnosis = json(&kit, 3);
    let found = ids(&diagnosis);
    for wanted in [
        "build-variable-set",
        "conda-active",
        "cc-hello",
        "crlf-checkout",
        "config-cache-stale",
        "files-from-the-future",
    ] {
        assert!(found.iter().any(|id| id == wanted), "{wanted}: {found:?}");
    }

    // --fix mends what is the kit's own, and only that.
    let kit = kit.set("CC", "cc");
    kit.run(&["doctor", "--fix"]);
    assert_eq!(
        fs::read_to_string(&script).expect("read"),
        "#!/bin/sh\necho hello\n"
    );
    assert!(!cache.exists());
    let left = ids(&json(&kit, 0));
    for gone in [
        "crlf-checkout",
        "config-cache-stale",
        "files-from-the-future",
        "cc-hello",
    ] {
        assert!(!left.iter().any(|id| id == gone), "{gone}: {left:?}");
    }
    assert!(left.iter().any(|id| id == "conda-active"), "{left:?}");
}

#[test]
fn broken_pins_are_a_finding_of_the_doctor_and_an_error_with_line_and_caret_elsewhere() {
    let kit = Kit::bare();
    fs::write(kit.root.join("pins.toml"), "format = 1\n[cpython\n").expect("write");
    assert!(ids(&json(&kit, 3)).contains(&"pins-unreadable".to_owned()));
    let ran = kit.run(&["build"]).expect(2);
    assert!(
        ran.err.contains("line 2") && ran.err.contains('^'),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("error[pins-unreadable]"), "{}", ran.err);
}

#[test]
fn a_report_says_nothing_that_names_a_person_a_machine_or_a_secret() {
    let secrets = [
        ("USER", "hildegard"),
        ("LOGNAME", "hildegard"),
        ("HOSTNAME", "hildegards-laptop"),
        ("GITHUB_TOKEN", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("CARGO_REGISTRY_TOKEN", "cio0123456789abcdef"),
        ("CFLAGS", "-I/home/hildegard/include -DTOKEN=s3cr3t"),
        ("LANG", "hildegard_DE.UTF-8"),
        ("LIBCLANG_PATH", "/home/hildegard/llvm"),
        ("CC", "cc -DPASSWORD=hunter2 -nonsense"),
        ("CONDA_PREFIX", "/home/hildegard/conda"),
        ("RUSTUP_TOOLCHAIN", "/home/hildegard/toolchain"),
        ("http_proxy", "http://hildegard:hunter2@proxy.example"),
    ];
    let mut kit = Kit::named("hildegard's private ``` kit");
    for (name, value) in secrets {
        kit = kit.set(name, value);
    }
    let home = kit.above().join("home").to_string_lossy().into_owned();
    for args in [
        &["doctor", "--report"][..],
        &["doctor", "--report", "--fix"],
    ] {
        let ran = kit.run(args).expect(3);
        let text = &ran.out;
        assert!(
            text.chars().count() <= 1900,
            "{} characters",
            text.chars().count()
        );
        assert!(
            text.starts_with("```text\n") && text.ends_with("\n```\n"),
            "{text}"
        );
        assert_eq!(text.matches("```").count(), 2, "{text}");
        for hidden in [
            "hildegard",
            "ghp_",
            "cio0123",
            "s3cr3t",
            "hunter2",
            "/home",
            "proxy.example",
            &home,
            &kit.above().to_string_lossy(),
        ] {
            assert!(!text.contains(hidden), "{hidden} is in\n{text}");
        }
        if let Ok(name) = fs::read_to_string("/proc/sys/kernel/hostname") {
            assert!(!text.contains(name.trim()), "the host's name is in\n{text}");
        }
        // It is still worth pasting.
        for told in ["cc-hello", "build-variable-set", "path-unusable"] {
            assert!(text.contains(told), "{told} is not in\n{text}");
        }
    }
}

#[test]
fn an_sccache_that_hangs_does_not_hang_the_doctor() {
    let kit = Kit::bare();
    let bin = kit.above().join("bin");
    fs::create_dir(&bin).expect("mkdir");
    let program = bin.join("sccache");
    fs::write(&program, "#!/bin/sh\nexec sleep 600\n").expect("write");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, mode).expect("chmod");
    let path = format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let kit = kit.set("PATH", &path);
    // It comes back at all: the program sleeps for ten minutes.
    let diagnosis = json(&kit, 0);
    assert!(ids(&diagnosis).contains(&"sccache-broken".to_owned()));
}

#[test]
fn every_finding_is_explained() {
    let text = fs::read_to_string(repository().join("docs/troubleshooting.md")).expect("docs");
    let probes = repository().join("crates/sprint/src/doctor/probes");
    let mut ids = Vec::new();
    for entry in fs::read_dir(probes).expect("list") {
        let source = fs::read_to_string(entry.expect("entry").path()).expect("read");
        // `Finding::new(` and its first argument, a literal.
        for after in source.split("Finding::new(").skip(1) {
            if let Some(literal) = after.trim_start().strip_prefix('"') {
                ids.extend(literal.split('"').next().map(str::to_owned));
            }
        }
    }
    assert!(ids.len() > 25, "{ids:?}");
    for id in ids {
        assert!(text.contains(&format!("`{id}`")), "{id} is not explained");
    }
}
