//! The in-tree lane: the fork's own configure and make drive cargo. The kit only makes sure that they
//! find one, that nothing leaks in, and that what they made is looked at afterwards.
//!
//! Facts about the fork, as read in its public files (the numbers are those of `docs/in-tree.md`):
//! every cargo call is `$CARGO_HOME/bin/cargo`, never PATH (1.1); configure says `yes` to cargo whether it is there
//! or not (1.1); an exported CARGO_TARGET_DIR makes `cargo clean` work on the wrong folder (1.2); `--target` is always
//! passed, so the std of the host's triple must be installed (1.3); there is no `--offline`, so dependencies are
//! fetched before (1.5).

use std::path::{Path, PathBuf};

use super::inputs::Inputs;
use super::overlay::{cargo_env, make_step};
use super::pathless;
use super::plan::{Action, InProcess, Request, STEPS, Step, StepId, corner, relative};
use crate::error::{Error, IoContext, Result};
use crate::exec::{self, CommandLine, quote};
use crate::hash;
use crate::host::{Host, Rust, is_executable};
use crate::module::Module;
use crate::system;

/// What of a person's CARGO_HOME the shim shares: downloads and settings.
const SHARED: [&str; 6] = [
    "registry",
    "git",
    "config.toml",
    "config",
    "credentials.toml",
    ".package-cache",
];

pub(super) fn steps(
    request: &Request<'_>,
    directory: &Path,
    modules: &[Module],
    rust: &Rust,
    compiler: &Inputs,
) -> Result<Vec<Step>> {
    let Request {
        root,
        host,
        source,
        target,
        profile,
        ..
    } = *request;
    let (cargo_home, prepare) = cargo_home(host, directory, rust, root)?;
    let manifest = source.root.join("Cargo.toml");
    let lock = source.root.join("Cargo.lock");
    let configure = source.root.join("configure");
    let digest = |path: &Path| hash::of_file(path).on("read", path);

    let mut configure_inputs = Inputs::new()
        .with("steps", STEPS)
        .with("script", digest(&configure)?)
        .with("args", profile.configure_args().join(" "));
    let script = relative(directory, &configure);
    if !source.root.starts_with(root) {
        configure_inputs =
            configure_inputs.with("source at", format!("{} {}", script.display(), source.slug));
    }
    configure_inputs.absorb("cc", compiler);
    let mut make_inputs = Inputs::new()
        .with("source", &source.identity)
        .with("configure", configure_inputs.digest())
        .with("lock", digest(&lock)?);
    make_inputs.absorb(
        "rust",
        &system::identify_rust(host, root, rust, target.triple, directory)?,
    );

    make_inputs.absorb("fixed", &pathless::inputs(request));

    let with_home = |line: CommandLine| {
        let line = line.env("CARGO_HOME", cargo_home.to_string_lossy());
        let mut line = pathless::cargo(line, request, directory);
        for (name, value) in cargo_env(profile, target.triple, host.var("RUSTFLAGS")) {
            line = line.env(&name, value);
        }
        line
    };
    let cargo = cargo_home.join("bin/cargo").to_string_lossy().into_owned();
    let on_tree = |verb: &str| {
        CommandLine::new(&cargo, directory)
            .args([verb, "--locked", "--manifest-path"])
            .args([manifest.to_string_lossy()])
    };
    // What configure itself will choose: `release` only with --enable-optimizations (1.2), which no profile asks for.
    let dependencies = on_tree("build")
        .args(["--lib", "--package", "cpython-sys", "--profile", "dev"])
        .args([format!("--target={}", target.triple)])
        .env(
            "CARGO_TARGET_DIR",
            directory.join("target").to_string_lossy(),
        )
        .env("PYTHON_BUILD_DIR", directory.to_string_lossy())
        .env("CARGO_NET_OFFLINE", "true");

    let mut make = make_step(request, directory, make_inputs);
    if let Action::Run(line) = make.action {
        make.action = Action::Run(with_home(line).env("CARGO_NET_OFFLINE", "true"));
    }
    make.after = vec![StepId::Configure, StepId::Cargo];

    Ok(vec![
        Step {
            id: StepId::Prepare,
            action: Action::InProcess(InProcess::All(vec![
                prepare,
                InProcess::Write(pathless::files(request, directory, compiler)?),
            ])),
            after: vec![],
            inputs: Inputs::new(),
            outputs: vec![],
            tolerant: false,
        },
        Step {
            id: StepId::Fetch,
            action: Action::Run(with_home(on_tree("fetch"))),
            after: vec![StepId::Prepare],
            inputs: Inputs::new()
                .with("lock", digest(&lock)?)
                .with("rustc", &rust.verbose),
            outputs: vec![],
            tolerant: false,
        },
        Step {
            id: StepId::Configure,
            action: Action::Run(with_home(pathless::configure(
                CommandLine::new(script.to_string_lossy(), directory)
                    .args(profile.configure_args().iter().copied()),
            ))),
            after: vec![StepId::Prepare],
            inputs: configure_inputs,
            outputs: vec![directory.join("Makefile"), directory.join("pyconfig.h")],
            tolerant: false,
        },
        Step {
            id: StepId::Cargo,
            // Beside configure, cpython-sys's dependencies (bindgen and its like, the slow part) compile; its own
            // build script then misses pyconfig.h and fails, unless configure was quicker. make does it again.
            action: Action::Run(with_home(dependencies)),
            after: vec![StepId::Fetch],
            inputs: Inputs::new()
                .with("lock", digest(&lock)?)
                .with("rustc", &rust.verbose),
            outputs: vec![],
            tolerant: true,
        },
        make,
        Step {
            id: StepId::Modules,
            action: Action::InProcess(InProcess::Expect(
                modules
                    .iter()
                    .flat_map(|module| module.imports.iter().cloned())
                    .collect(),
            )),
            after: vec![StepId::Make],
            inputs: Inputs::new(),
            outputs: vec![],
            tolerant: false,
        },
    ])
}

/// The CARGO_HOME that configure and make are given, and the work that makes it.
///
/// It lies in the build directory, whatever the person has: its `bin/cargo` runs theirs, and everything else leads to
/// their own CARGO_HOME. The Makefile keeps its path, so that of somebody's home would be wrong in the snapshot that
/// somebody else restores; and with Debian's cargo, Nix or Homebrew there is no `bin/cargo` in theirs.
fn cargo_home(
    host: &Host,
    directory: &Path,
    rust: &Rust,
    root: &Path,
) -> Result<(PathBuf, InProcess)> {
    let own = host
        .var("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(host.home()?.join(".cargo")));
    let theirs = own.as_ref().map(|own| own.join("bin/cargo"));
    let cargo = theirs
        .filter(|cargo| is_executable(cargo))
        .unwrap_or_else(|| rust.cargo.clone());
    check_cargo(&cargo, host, root)?;
    let shim = corner(directory).join("cargo-home");
    let script = format!(
        "#!/bin/sh\n# The tree's makefiles only look here for cargo; this is the person's own.\nexec {} \"$@\"\n",
        quote(&cargo.to_string_lossy())
    );
    let mut work = vec![InProcess::Write(vec![(
        shim.join("bin/cargo"),
        script,
        0o755,
    )])];
    if let Some(own) = own {
        let links = SHARED
            .iter()
            .filter(|name| own.join(name).exists())
            .map(|name| (shim.join(name), own.join(name)));
        work.push(InProcess::Link(links.collect()));
    }
    Ok((shim, InProcess::All(work)))
}

/// configure would say `yes` even to a cargo that is not there, so we ask before.
fn check_cargo(cargo: &Path, host: &Host, root: &Path) -> Result<()> {
    let line = CommandLine::new(cargo.to_string_lossy(), root).args(["--version"]);
    let output = exec::output(&line, host.env())?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::setup(
        "cargo-broken",
        format!("`{} --version` fails", cargo.display()),
    )
    .detail("seen", String::from_utf8_lossy(&output.stderr).trim())
    .next(host.install_hint("cargo")))
}
