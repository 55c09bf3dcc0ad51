//! What it takes to build for a target on another machine, and to run what was built.

/// One row's part for building elsewhere. All of it is data; `toolchain` finds the programs, `build`
/// makes steps of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Cross {
    /// Which programs compile and link.
    pub compiler: Compiler,
    /// Where the target's C library is on a Debian machine; also what `qemu-user -L` is given.
    pub sysroot: &'static str,
    /// The target's own pkg-config directories, so that configure never finds this machine's libraries.
    pub pkg_config: &'static [&'static str],
    /// Arguments for bindgen, where a crate uses it (`BINDGEN_EXTRA_CLANG_ARGS`).
    pub bindgen: &'static [&'static str],
    /// What configure is told besides `--host`, `--build` and `--with-build-python`.
    pub configure_args: &'static [&'static str],
    /// Answers that configure cannot find out without running a program of the target (`CONFIG_SITE`).
    pub answers: &'static [(&'static str, &'static str)],
    /// A file of such answers inside CPython's tree.
    pub config_site: Option<&'static str>,
    /// What runs the target's programs here.
    pub runner: Runner,
    /// The interpreter's real file; `python` beside it is a script that starts it under the runner.
    pub program: &'static str,
    /// Debian's packages for all of it, the Rust standard library included.
    pub packages: &'static [&'static str],
}

/// A family of compilers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compiler {
    /// Debian's `gcc-TRIPLET` or, where that is not there, clang with the row's triple.
    Gnu,
    /// The WASI SDK, or one composed from Debian's packages.
    WasiSdk,
}

/// What runs a target's programs on another machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// qemu's user emulation, by its program's name.
    Qemu(&'static str),
    /// wasmtime.
    Wasmtime,
}

impl Runner {
    /// As reports show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Qemu(_) => "qemu",
            Self::Wasmtime => "wasmtime",
        }
    }
}

/// How the Rust modules get into the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkage {
    /// Each a file of its own, loaded on import.
    Shared,
    /// All in one archive that is linked into the interpreter: several would bring Rust's own standard
    /// library several times (the fork's issue #23).
    Static,
}
