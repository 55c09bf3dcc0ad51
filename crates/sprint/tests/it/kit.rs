//! A checkout of our own, and the binary run in it with an environment that holds nothing by chance.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A checkout in a temporary directory.
pub(crate) struct Kit {
    directory: tempfile::TempDir,
    /// The checkout.
    pub(crate) root: PathBuf,
    env: BTreeMap<String, String>,
}

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Kit {
    /// A checkout with the real pins and nothing else.
    pub(crate) fn bare() -> Self {
        Self::named("kit")
    }

    /// The same, in a directory of this name.
    pub(crate) fn named(name: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path().join(name);
        fs::create_dir_all(root.join("modules")).expect("mkdir");
        fs::copy(repository().join("pins.toml"), root.join("pins.toml")).expect("copy");
        let home = directory.path().join("home");
        fs::create_dir(&home).expect("mkdir");
        // What rustup's proxies need, and where the machine keeps its programs.
        let mut env = BTreeMap::new();
        for name in ["PATH", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
            if let Ok(value) = std::env::var(name) {
                env.insert(name.to_owned(), value);
            }
        }
        if let Ok(home) = std::env::var("HOME") {
            env.entry("CARGO_HOME".to_owned())
                .or_insert_with(|| format!("{home}/.cargo"));
            env.entry("RUSTUP_HOME".to_owned())
                .or_insert_with(|| format!("{home}/.rustup"));
        }
        env.insert("HOME".to_owned(), home.to_string_lossy().into_owned());
        // Tests of snapshots turn them on; no other test may find or leave one.
        env.insert("SPRINT_SNAPSHOT".to_owned(), "off".to_owned());
        // Each kit would have a cache server of its own, and leave it.
        env.insert("SPRINT_CACHE".to_owned(), "off".to_owned());
        Self {
            directory,
            root,
            env,
        }
    }

    /// Sets a variable for every run.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The temporary directory above the checkout.
    pub(crate) fn above(&self) -> &Path {
        self.directory.path()
    }

    /// The command, not yet run.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sprint"));
        command
            .args(args)
            .current_dir(&self.root)
            .env_clear()
            .envs(&self.env)
            .stdin(std::process::Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("the binary starts"))
    }
}

impl Ran {
    /// From what `Command` gives.
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Fails the test, with both outputs, unless the exit code is this one.
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "exit code\n-- stdout\n{}\n-- stderr\n{}",
            self.out,
            self.err
        );
        self
    }
}

/// The pinned release's version.
pub(crate) fn release() -> String {
    let pins = sprint::pins::Pins::load(&repository()).expect("pins.toml");
    pins.cpython.release.version
}

/// The repository that this test belongs to.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("crates/sprint is two below the root")
        .to_owned()
}
