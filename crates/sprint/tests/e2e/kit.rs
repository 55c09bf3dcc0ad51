//! A copy of the kit that a test may break, and what a run of the binary in it left.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

/// The repository under test.
pub(crate) fn repository() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest
        .join("../..")
        .canonicalize()
        .expect("the repository")
}

/// The pinned release's version.
pub(crate) fn release() -> String {
    let pins = sprint::pins::Pins::load(&repository()).expect("pins.toml");
    pins.cpython.release.version
}

/// Where its tree is, below a checkout.
pub(crate) fn unpacked() -> String {
    format!("build/sources/cpython-{}", release())
}

/// The build that the tests copy.
pub(crate) fn finished_build() -> PathBuf {
    let builds = repository().join(format!("build/release-{}", release()));
    let entries =
        fs::read_dir(&builds).unwrap_or_else(|_| panic!("no build yet; run: tests/run.sh e2e"));
    entries
        .map(|entry| entry.expect("listed").path())
        .find(|path| {
            // Builds for other machines may stand beside ours.
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let ours = name.starts_with(std::env::consts::ARCH) && name.ends_with("-debug");
            path.is_dir() && ours
        })
        .expect("a debug build; run: tests/run.sh e2e")
}

/// An interpreter for the stand-in tree to borrow: a copy, since tests that run on it write below its directory,
/// while other tests copy the finished build.
pub(crate) fn borrowed_python() -> PathBuf {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    let directory = COPY.get_or_init(|| {
        let top = Path::new(env!("CARGO_TARGET_TMPDIR")).join("borrowed");
        if top.exists() {
            fs::remove_dir_all(&top).expect("remove the last run's copy");
        }
        let build = finished_build();
        let to = top.join("release").join(build.file_name().expect("a name"));
        fs::create_dir_all(to.parent().expect("a parent")).expect("mkdir");
        copy(&build, &to, &[]);
        // The interpreter finds its library relative to where it is.
        let sources = repository().join("build/sources");
        std::os::unix::fs::symlink(sources, top.join("sources")).expect("link");
        to
    });
    directory.join("python")
}

/// A kit of a test's own.
pub(crate) struct Kit {
    _temporary: tempfile::TempDir,
    pub(crate) root: PathBuf,
    pub(crate) home: PathBuf,
}

/// One run of the binary.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Kit {
    /// pins.toml and the modules: enough for everything that builds nothing.
    pub(crate) fn bare() -> Self {
        Self::at("kit")
    }

    /// The same at this place below a temporary directory.
    pub(crate) fn at(below: &str) -> Self {
        let temporary = tempfile::Builder::new()
            .prefix("sprint-e2e-")
            .tempdir()
            .expect("a temporary directory");
        let root = temporary.path().join(below);
        fs::create_dir_all(&root).expect("mkdir");
        let home = temporary.path().join("home");
        fs::create_dir(&home).expect("mkdir");
        let from = repository();
        for name in [
            "pins.toml",
            "rust-toolchain.toml",
            "Cargo.toml",
            "modules",
            "scripts",
        ] {
            copy(&from.join(name), &root.join(name), &["--exclude-target"]);
        }
        Self {
            _temporary: temporary,
            root,
            home,
        }
    }

    /// The same with the release's tree and its finished debug build. Copied with times, as a snapshot would be.
    pub(crate) fn built() -> Self {
        let kit = Self::bare();
        let from = repository().join("build");
        let to = kit.root.join("build");
        fs::create_dir(&to).expect("mkdir");
        copy(&from.join("sources"), &to.join("sources"), &[]);
        let build = finished_build();
        let slug = build
            .parent()
            .expect("below build/")
            .file_name()
            .expect("a name")
            .to_owned();
        fs::create_dir(to.join(&slug)).expect("mkdir");
        copy(
            &build,
            &to.join(&slug).join(build.file_name().expect("a name")),
            &[],
        );
        kit
    }

    /// The copied build directory.
    pub(crate) fn build(&self) -> PathBuf {
        let name = finished_build();
        self.root
            .join(format!("build/release-{}", release()))
            .join(name.file_name().expect("a name"))
    }

    /// The tree that the copied build was made from.
    pub(crate) fn source(&self) -> PathBuf {
        self.root.join(unpacked())
    }

    /// The binary with these arguments, in this kit, with nothing of the person's settings.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sprint"));
        command.args(args).current_dir(&self.root);
        for name in [
            "CC",
            "CFLAGS",
            "CPPFLAGS",
            "LDFLAGS",
            "RUSTFLAGS",
            "CARGO_TARGET_DIR",
            "NO_COLOR",
        ] {
            command.env_remove(name);
        }
        // Tests of snapshots turn them on; no other test may find or leave one.
        command.env("SPRINT_SNAPSHOT", "off");
        command.env("XDG_CACHE_HOME", self.home.join("cache"));
        // Each kit would have a server of its own.
        command.env("SPRINT_CACHE", "off");
        command
    }

    /// Runs the binary.
    pub(crate) fn sprint(&self, args: &[&str]) -> Run {
        Run::of(&mut self.command(args))
    }
}

impl Run {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("it starts");
        Self {
            code: status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }

    /// Fails the test, with everything that was said, unless the exit code is as wanted.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Both streams hold this text somewhere.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        let found = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(
            found,
            "nothing says `{text}`\nstdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// stdout as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in:\n{}", self.stdout))
    }
}

/// Copies a file or a directory with times and links (`cp -a`); cargo's own directories stay behind on request.
pub(crate) fn copy(from: &Path, to: &Path, options: &[&str]) {
    let mut arguments: Vec<&OsStr> = vec![OsStr::new("-a")];
    arguments.extend([from.as_os_str(), to.as_os_str()]);
    let status = Command::new("cp")
        .args(arguments)
        .status()
        .expect("cp runs");
    assert!(
        status.success(),
        "cp -a {} {}",
        from.display(),
        to.display()
    );
    if options.contains(&"--exclude-target") {
        let target = to.join("target");
        if target.is_dir() {
            fs::remove_dir_all(&target).expect("remove target");
        }
    }
}
