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
             pkg-config --exists \"kitz >= 1\"\nfor ac_prog in kitprog other\nfor ac_prog in python3.13 python3.10 python3 python\n\
             # Extract the first word of \"${ac_tool_prefix}node\", so\n# Extract the first word of \"clang\", so\n\
             # Extract the first word of \"git\", so\nac_precious_vars='KITZ_CFLAGS'\n",
        );
        let gcc = "#!/bin/sh\nexec gcc \"$@\"\n";
        machine.write("bin/cc", gcc);
        machine.executable("bin/cc");
        machine
    }

    fn write(&self, below: &str, text: &str) {
        fs::write(self.root.path().join(below), text).expect("write");
    }

    fn program(&self, name: &str, text: &str) {
        self.write(&format!("bin/{name}"), text);
        self.executable(&format!("bin/{name}"));
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

/// What else a person has on PATH cannot change a byte, and must not cost a snapshot.
#[test]
fn another_python_and_programs_that_nothing_asks_for_do_not_count() {
    let mut machine = Machine::new();
    machine.cc = vec![
        machine
            .root
            .path()
            .join("bin/kit-gcc")
            .display()
            .to_string(),
    ];
    machine.program("kit-gcc", "#!/bin/sh\nexec gcc \"$@\"\n");
    machine.program("python3", "#!/bin/sh\necho 11\n");
    let plain = machine.ask(&[]);
    assert_eq!(python(&plain), Some("python3"));
    for name in ["python", "python3.13", "python3.10", "node", "clang", "git"] {
        machine.program(name, "#!/bin/sh\n");
        assert_eq!(machine.ask(&[]), plain, "{name}");
    }
    machine.write("pc/python3.pc", "Version: 3\n");
    assert_eq!(machine.ask(&[]), plain, "a pkg-config file of Python's");

    // In a clone the Makefile says that git is there; and a person's own answers may ask for anything.
    let site = machine.root.path().join("site").display().to_string();
    let told = machine.ask(&[("CONFIG_SITE", &site)]);
    assert!(value(&told, "programs").contains("node "));
    fs::create_dir(machine.root.path().join(".git")).expect("mkdir");
    assert!(value(&machine.ask(&[]), "programs").contains("git\n"));
    machine.cc = vec![machine.root.path().join("bin/cc").display().to_string()];
    assert!(value(&machine.ask(&[]), "programs").contains("clang "));
}

#[test]
fn a_python_that_is_too_old_for_the_source_is_not_named() {
    let machine = Machine::new();
    machine.program("python3", "#!/bin/sh\necho 9\n");
    machine.program("python3.10", "#!/bin/sh\necho 10\n");
    assert_eq!(python(&machine.ask(&[])), Some("python3.10"));
    let own = machine.ask(&[("PYTHON_FOR_REGEN", "mine")]);
    assert_eq!(python(&own), Some("mine"));
}
