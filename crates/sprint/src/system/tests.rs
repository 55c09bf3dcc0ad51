//! A made-up machine, changed in one place at a time.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// A machine with a compiler of its own (gcc behind a script), one header directory and one of libraries.
struct Machine {
    root: tempfile::TempDir,
    cc: Vec<String>,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("dir");
        for below in ["include", "lib", "pc", "bin"] {
            fs::create_dir(root.path().join(below)).expect("mkdir");
        }
        let machine = Self {
            cc: vec![root.path().join("bin/cc").to_string_lossy().into_owned()],
            root,
        };
        machine.write(
            "configure",
            "ac_fn_c_check_header_compile \"$LINENO\" \"kitz.h\" \"x\"\nLIBS=\"-lkitz $LIBS\"\n\
             pkg-config --exists \"kitz >= 1\"\nfor ac_prog in kitprog other\nac_precious_vars='KITZ_CFLAGS'\n",
        );
        let gcc = "#!/bin/sh\nexec gcc \"$@\"\n";
        machine.write("bin/cc", gcc);
        machine.executable("bin/cc");
        machine
    }

    fn write(&self, below: &str, text: &str) {
        fs::write(self.root.path().join(below), text).expect("write");
    }

    fn executable(&self, below: &str) {
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.root.path().join(below), mode).expect("chmod");
    }

    fn ask(&self, more: &[(&str, &str)]) -> Inputs {
        let at = |below: &str| self.root.path().join(below).to_string_lossy().into_owned();
        let path = format!("{}:/usr/bin:/bin", at("bin"));
        let mut env = BTreeMap::from([
            ("PATH".to_owned(), path),
            ("HOME".to_owned(), at("home")),
            ("C_INCLUDE_PATH".to_owned(), at("include")),
            ("LDFLAGS".to_owned(), format!("-L{}", at("lib"))),
            ("PKG_CONFIG_PATH".to_owned(), at("pc")),
        ]);
        for (name, value) in more {
            env.insert((*name).to_owned(), (*value).to_owned());
        }
        let host = Host::with_env(env);
        identify(&Question {
            root: self.root.path(),
            host: &host,
            cc: &self.cc,
            script: &self.root.path().join("configure"),
            pkg_config: None,
            libraries: Vec::new(),
        })
        .expect("identified")
    }
}

fn value<'a>(inputs: &'a Inputs, name: &str) -> &'a str {
    inputs
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, value)| value)
}

/// Every one of these must give another answer, and its own part of it.
#[test]
fn what_configure_looks_at_is_seen() {
    let machine = Machine::new();
    let mut before = machine.ask(&[]);
    assert_eq!(machine.ask(&[]), before, "the same machine twice");
    let changes: [(&str, &str, &str); 8] = [
        ("include/kitz.h", "#include \"kitz2.h\"\n", "headers"),
        ("include/kitz2.h", "#define A 1\n", "headers"),
        ("include/kitz2.h", "#define A 2\n", "headers"),
        ("lib/libkitz.a", "archive", "libraries"),
        ("lib/libkitz.so", "shared", "libraries"),
        ("lib/libkitz.so", "shareD", "libraries"),
        ("pc/kitz.pc", "Version: 1\n", "packages"),
        ("bin/cc", "#!/bin/sh\nexec  gcc \"$@\"\n", "files"),
    ];
    for (file, content, part) in changes {
        machine.write(file, content);
        let after = machine.ask(&[]);
        assert_ne!(
            value(&after, part),
            value(&before, part),
            "{file}: {content:?}"
        );
        assert_ne!(after.digest(), before.digest(), "{file}: {content:?}");
        before = after;
    }
    machine.write("bin/kitprog", "#!/bin/sh\n");
    machine.executable("bin/kitprog");
    assert_ne!(
        value(&machine.ask(&[]), "programs"),
        value(&before, "programs")
    );
}

#[test]
fn flags_of_the_environment_count_and_others_do_not() {
    let machine = Machine::new();
    let plain = machine.ask(&[]);
    for name in ["CFLAGS", "KITZ_CFLAGS", "ac_cv_header_kitz_h", "CPATH"] {
        assert_ne!(machine.ask(&[(name, "")]), plain, "{name}, empty");
    }
    assert_ne!(
        value(&machine.ask(&[("CFLAGS", "-mavx2")]), "macros"),
        value(&plain, "macros"),
        "the processor's features"
    );
    assert_eq!(machine.ask(&[("EDITOR", "vi")]), plain);
}

#[test]
fn the_same_machine_is_the_same_wherever_the_repository_is() {
    let (one, other) = (Machine::new(), Machine::new());
    for machine in [&one, &other] {
        machine.write("include/kitz.h", "int a;\n");
        machine.write("lib/libkitz.so", "x");
    }
    assert_eq!(one.ask(&[]), other.ask(&[]));
    assert!(value(&one.ask(&[]), "headers").contains("<root>/include/kitz.h"));
}
