//! What differs when the build is for another machine: the same steps, with the target's programs, the
//! native interpreter for the work that make gives Python, and a script that starts the result here.

use std::path::{Path, PathBuf};

use super::inputs::Inputs;
use super::pathless;
use super::plan::{BuildPlan, Request, corner, relative};
use crate::error::{IoContext, Result};
use crate::exec::{CommandLine, quote};
use crate::hash;
use crate::system;
use crate::target::{Cross, Runner, Target};
use crate::toolchain::Toolchain;

/// What a build for another machine needs besides.
#[derive(Clone, Debug)]
pub struct CrossBuild {
    /// The row's own part.
    pub row: &'static Cross,
    /// The programs.
    pub toolchain: Toolchain,
    /// The native debug build of the same source, whose interpreter make uses. It is the very build that a
    /// native run makes: built once, shared by all targets.
    pub builder: Box<BuildPlan>,
}

/// Where the answers for configure are written.
fn site_file(directory: &Path) -> PathBuf {
    corner(directory).join("config.site")
}

/// The directory that wasm programs see as `/`.
fn wasm_root(directory: &Path) -> PathBuf {
    corner(directory).join("wasm-root")
}

impl CrossBuild {
    /// Adds everything that makes configure a cross-configure.
    pub(super) fn configure(
        &self,
        line: CommandLine,
        target: &Target,
        directory: &Path,
    ) -> CommandLine {
        let compilers = &self.toolchain.compilers;
        let builder = relative(directory, &self.builder.python());
        let mut line = line
            .args([
                format!("--host={}", target.gnu),
                format!("--build={}", self.builder.target.gnu),
                format!("--with-build-python={}", builder.display()),
                // `python` itself is left to the script that starts it under the runner.
                format!("--with-suffix={}", self.suffix()),
            ])
            .args(self.row.configure_args.iter().copied())
            .env("CC", compilers.cc.join(" "))
            .env("CXX", compilers.cxx.join(" "))
            .env("AR", &compilers.ar)
            .env("RANLIB", &compilers.ranlib)
            .env("READELF", &compilers.readelf)
            // This machine's own libraries are not the target's.
            .env("PKG_CONFIG_PATH", "")
            .env("PKG_CONFIG_LIBDIR", self.row.pkg_config.join(":"));
        if let Some(sdk) = &compilers.sdk {
            line = line.env("WASI_SDK_PATH", sdk.to_string_lossy());
        }
        line
    }

    fn suffix(&self) -> &'static str {
        self.row.program.strip_prefix("python").unwrap_or_default()
    }

    /// What configure's result depends on besides its arguments.
    pub(super) fn inputs(&self, request: &Request<'_>) -> Result<Inputs> {
        let mut inputs = Inputs::new().with("answers", self.answers());
        if let Some(file) = self.row.config_site {
            let path = request.source.root.join(file);
            inputs = inputs.with("site", hash::of_file(&path).on("read", &path)?);
        }
        inputs.absorb("toolchain", &self.toolchain.inputs);
        let compilers = &self.toolchain.compilers;
        let libraries = compilers.sysroot.join("lib");
        inputs.absorb(
            "cross",
            &system::identify(&system::Question {
                root: request.root,
                host: request.host,
                cc: &compilers.cc,
                script: &request.source.root.join("configure"),
                pkg_config: Some(self.row.pkg_config),
                libraries: vec![libraries.join(request.target.clang), libraries],
            })?,
        );
        Ok(inputs)
    }

    fn answers(&self) -> String {
        let line = |(name, value): &(&str, &str)| format!("{name}={value}\n");
        self.row.answers.iter().map(line).collect()
    }

    /// The files that must be there before configure: its answers, and the script called `python`.
    pub(super) fn files(
        &self,
        request: &Request<'_>,
        directory: &Path,
        described: &Inputs,
    ) -> Vec<(PathBuf, String, u32)> {
        let mut site = pathless::site(request, described) + &self.answers();
        if let Some(file) = self.row.config_site {
            let path = request.source.root.join(file);
            site.push_str(&format!(". {}\n", quote(&path.to_string_lossy())));
        }
        let mut files = vec![
            (site_file(directory), site, 0o644),
            (
                directory.join(request.target.python),
                self.script(request, directory),
                0o755,
            ),
        ];
        if self.row.runner == Runner::Wasmtime {
            let text = "What wasm programs see as /.\n".to_owned();
            files.push((wasm_root(directory).join("README"), text, 0o644));
        }
        files
    }

    /// Starts the interpreter under the runner, in such a way that `sys.executable` is this script: what a
    /// test starts through it is run by the same runner, without any setting of the machine (binfmt).
    fn script(&self, request: &Request<'_>, directory: &Path) -> String {
        let word = |path: &Path| quote(&path.to_string_lossy());
        let runner = word(&self.toolchain.runner);
        let program = word(&directory.join(self.row.program));
        match self.row.runner {
            Runner::Qemu(_) => {
                let sysroot = word(&self.toolchain.compilers.sysroot);
                format!("#!/bin/sh\nexec {runner} -L {sysroot} -0 \"$0\" {program} \"$@\"\n")
            }
            Runner::Wasmtime => {
                // The same paths inside as outside, so that what Python prints can be pasted.
                let mut directories = vec![request.root, request.source.root.as_path(), directory];
                directories.push(Path::new("/tmp"));
                // A program starts in /, and regrtest goes back there, so there must be one.
                let root = word(&wasm_root(directory));
                let options: String = directories
                    .iter()
                    .map(|path| format!(" --dir {}", word(path)))
                    .collect();
                format!(
                    "#!/bin/sh\ncase $0 in /*) self=$0 ;; *) self=$PWD/$0 ;; esac\n\
                     exec {runner} run -C cache=y -W max-wasm-stack={WASM_STACK} --dir {root}::/{options} \
                     --argv0 \"$self\" {program} \"$@\"\n"
                )
            }
        }
    }

    /// What make is asked for: the interpreter and its modules, not what only installing or embedding needs.
    pub(super) fn make_targets(&self) -> [&'static str; 4] {
        [
            self.row.program,
            "platform",
            "sharedmods",
            "checksharedmods",
        ]
    }

    /// Adds the target and its linker to a cargo command.
    pub(super) fn cargo(&self, line: CommandLine, target: &Target) -> CommandLine {
        let name = target.triple.to_uppercase().replace('-', "_");
        let (linker, flags) = self.linker(target);
        let line = line
            .args(["--target", target.triple])
            .env(&format!("CARGO_TARGET_{name}_LINKER"), linker);
        if flags.is_empty() {
            line
        } else {
            line.env(&format!("CARGO_TARGET_{name}_RUSTFLAGS"), flags.join(" "))
        }
    }

    /// The linker, and rustc's flags for it.
    fn linker(&self, target: &Target) -> (String, Vec<String>) {
        let compilers = &self.toolchain.compilers;
        let Some(sdk) = &compilers.sdk else {
            let mut words = compilers.cc.iter();
            let linker = words.next().cloned().unwrap_or_default();
            let flags = words.map(|word| format!("-Clink-arg={word}"));
            return (linker, flags.collect());
        };
        // A module's crate is a cdylib too, and cargo links that on the way to the archive, though nothing uses
        // it there: with the SDK's linker and C library, since a distribution's rustc brings none of its own,
        // and with Python's functions left open.
        let libraries = compilers.sysroot.join("lib").join(target.clang);
        let flags = vec![
            "-Clink-self-contained=no".to_owned(),
            "-Clinker-flavor=wasm-ld".to_owned(),
            format!("-Clink-arg=-L{}", libraries.display()),
            "-Clink-arg=--allow-undefined".to_owned(),
        ];
        (
            sdk.join("bin/wasm-ld").to_string_lossy().into_owned(),
            flags,
        )
    }
}

/// Bytes. Debug builds use much stack; 8 MiB, what Linux gives a process, is what CPython's own script sets.
const WASM_STACK: u32 = 16 * 1024 * 1024;
