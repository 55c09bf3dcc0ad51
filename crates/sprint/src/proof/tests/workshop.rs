//! A temporary directory with compilers.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

/// A module without the standard library: built in a tenth of a second.
pub(super) const RUST_MODULE: &str = r#"
#![no_std]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! { loop {} }
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__base64() -> *mut core::ffi::c_void { core::ptr::null_mut() }
"#;

/// The same in C.
pub(super) const C_MODULE: &str = "void *PyInit__base64(void) { return 0; }\n";

/// Where test artefacts are made. Removed when dropped.
pub(super) struct Workshop {
    dir: TempDir,
}

impl Workshop {
    /// A new workshop, or `None` (said and counted on stderr) on a machine without a C compiler.
    pub(super) fn new() -> Option<Self> {
        static SKIPPED: AtomicUsize = AtomicUsize::new(0);
        let dir = TempDir::new().expect("a temporary directory");
        if Command::new("cc").arg("--version").output().is_err() {
            let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
            writeln!(io::stderr(), "skipped: cc is missing ({count} so far)").expect("stderr");
            return None;
        }
        Some(Self { dir })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("writing a test file");
        path
    }

    /// Compiles or links C, assembler and objects into `output`.
    pub(super) fn cc(&self, output: &str, arguments: &[&str]) -> PathBuf {
        self.run("cc", &[&["-o", output], arguments].concat());
        self.path(output)
    }

    /// A shared module of `inputs`.
    pub(super) fn shared(&self, output: &str, arguments: &[&str]) -> PathBuf {
        self.cc(output, &[&["-shared", "-fPIC"], arguments].concat())
    }

    /// Compiles a Rust source (without the standard library) into `output`.
    pub(super) fn rustc(
        &self,
        output: &str,
        kind: &str,
        source: &str,
        options: &[&str],
    ) -> PathBuf {
        let input = output.replace(['.', '-'], "_") + ".rs";
        self.write(&input, source);
        let fixed = [
            "--edition",
            "2024",
            "--crate-type",
            kind,
            "-C",
            "panic=abort",
            "-o",
            output,
        ];
        self.run("rustc", &[&fixed, options, &[&input]].concat());
        self.path(output)
    }

    /// Runs a tool that must succeed.
    pub(super) fn run(&self, program: &str, arguments: &[&str]) {
        self.run_command(&mut self.command(program, arguments));
    }

    /// Runs a command that must succeed.
    pub(super) fn run_command(&self, command: &mut Command) {
        let problem = match command.output() {
            Ok(output) if output.status.success() => return,
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        panic!("{command:?} in {}: {problem}", self.dir.path().display());
    }

    /// A command that runs in the workshop.
    pub(super) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.dir.path()).args(arguments);
        command
    }
}

/// Whether a command that may not work here succeeds.
pub(super) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// The version of the `rustc` that the workshop uses, as evidence names it.
pub(super) fn rustc_version() -> String {
    let output = Command::new("rustc")
        .arg("--version")
        .output()
        .expect("rustc");
    let text = String::from_utf8(output.stdout).expect("rustc speaks UTF-8");
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// The bytes of a file that the workshop made.
pub(super) fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).expect("reading a test artefact")
}
