//! The overlay lane: a stock tree, and the crates in `modules/` built against that very interpreter.
//!
//! cargo needs to know the interpreter (version, debug, free-threaded) but not to run it. All of that is
//! decided by the source and the profile, so cargo runs beside configure; what configure then really did
//! is compared with the prediction before a module is put in place.

use std::path::Path;

use super::inputs::Inputs;
use super::place::{Expected, Placement};
use super::plan::{Action, InProcess, Request, Step, StepId, corner, digest_files, relative};
use crate::error::{Error, IoContext, Result};
use crate::exec::CommandLine;
use crate::host::Rust;
use crate::module::{DIRECTORY, Module};
use crate::profile::Profile;

/// The CPython versions (3.x) that the modules can be built for. From 3.12 on, what our own bindings use is
/// there; up to 3.15 the locked pyo3-ffi 0.30 knows the ABI, and 3.16 it takes with a warning (its build script,
/// `SUPPORTED_VERSIONS_CPYTHON`).
const MINORS: std::ops::RangeInclusive<u32> = 12..=16;

/// pyo3-ffi 0.30 still describes the free-threaded 3.13 (`src/object.rs`), but its build script refuses it. Our
/// modules' tests run on it, so the check is skipped for that one; the range above is checked all the same.
const SKIP_FREE_THREADED_CHECK: (&str, u32) = ("UNSAFE_PYO3_SKIP_VERSION_CHECK", 13);

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
    let version = source.version;
    if version.major != 3 || !MINORS.contains(&version.minor) {
        return Err(Error::setup(
            "unknown-python",
            format!(
                "the kit's modules cannot be built for CPython {}",
                source.version_text
            ),
        )
        .detail(
            "supported",
            format!(
                "3.{} to 3.{} (what pyo3-ffi and the modules know)",
                MINORS.start(),
                MINORS.end()
            ),
        )
        .next("just source release"));
    }
    let expected = Expected {
        version: version.short(),
        debug: profile.is_pydebug(),
        free_threaded: profile.is_free_threaded(),
        pointer_width: target.pointer_width,
    };
    let config_file = corner(directory).join("pyo3-config.txt");
    let config = expected.pyo3_config();
    let target_directory = corner(directory).join("rust");
    let sources = root.join(DIRECTORY);
    let digest = digest_files(&sources, &|path| {
        !path.starts_with("target") && !path.components().any(|part| part.as_os_str() == "tests")
    })?;

    let configure = source.root.join("configure");
    let configure_digest = crate::hash::of_file(&configure).on("read", &configure)?;
    let mut configure_inputs = Inputs::new()
        .with("script", configure_digest)
        .with("args", profile.configure_args().join(" "));
    configure_inputs.absorb("cc", compiler);

    let make_inputs = Inputs::new()
        .with("source", &source.identity)
        .with("configure", configure_inputs.digest());
    let cargo_inputs = Inputs::new()
        .with("modules", digest)
        .with("rustc", &rust.verbose)
        .with("interpreter", &config)
        .with("profile", profile.cargo_profile())
        .with("linker", compiler.digest());

    let packages: Vec<String> = modules
        .iter()
        .flat_map(|module| ["-p".to_owned(), module.package.clone()])
        .collect();
    let mut cargo = CommandLine::new(rust.cargo.to_string_lossy(), &sources)
        .args([
            "build",
            "--locked",
            "--profile",
            profile.cargo_profile(),
            "--target-dir",
        ])
        .args([target_directory.to_string_lossy().into_owned()])
        .args(packages)
        .env("PYO3_CONFIG_FILE", config_file.to_string_lossy());
    let (variable, minor) = SKIP_FREE_THREADED_CHECK;
    if profile.is_free_threaded() && version.minor == minor {
        cargo = cargo.env(variable, "1");
    }
    for (name, value) in cargo_env(profile, target.triple, host.var("RUSTFLAGS")) {
        cargo = cargo.env(&name, value);
    }
    let built = target_directory.join(profile.cargo_directory());
    let library =
        |module: &Module| built.join(format!("lib{}{}", module.package, target.dylib_suffix));

    Ok(vec![
        Step {
            id: StepId::Prepare,
            action: Action::InProcess(InProcess::Write(vec![(config_file, config, 0o644)])),
            after: vec![],
            inputs: Inputs::new(),
            outputs: vec![],
            tolerant: false,
        },
        Step {
            id: StepId::Configure,
            action: Action::Run(
                CommandLine::new(relative(directory, &configure).to_string_lossy(), directory)
                    .args(profile.configure_args().iter().copied()),
            ),
            after: vec![],
            inputs: configure_inputs,
            outputs: vec![directory.join("Makefile"), directory.join("pyconfig.h")],
            tolerant: false,
        },
        Step {
            id: StepId::Cargo,
            action: Action::Run(cargo),
            after: vec![StepId::Prepare],
            inputs: cargo_inputs,
            outputs: modules.iter().map(library).collect(),
            tolerant: false,
        },
        make_step(request, directory, make_inputs),
        Step {
            id: StepId::Modules,
            action: Action::InProcess(InProcess::Place(Placement {
                modules: modules
                    .iter()
                    .flat_map(|module| {
                        module
                            .imports
                            .iter()
                            .map(|import| (import.clone(), library(module)))
                    })
                    .collect(),
                expected,
            })),
            after: vec![StepId::Cargo, StepId::Make],
            inputs: Inputs::new(),
            outputs: vec![],
            tolerant: false,
        },
    ])
}

/// The make step, the same in both lanes but for its environment.
pub(super) fn make_step(request: &Request<'_>, directory: &Path, inputs: Inputs) -> Step {
    Step {
        id: StepId::Make,
        action: Action::Run(
            CommandLine::new("make", directory).args([format!("-j{}", request.host.cpus)]),
        ),
        after: vec![StepId::Configure],
        inputs,
        outputs: vec![
            directory.join(request.target.python),
            directory.join("pybuilddir.txt"),
        ],
        tolerant: false,
    }
}

/// Environment of every cargo run that makes modules: quiet logs, and line tables in every profile, since
/// the proof of Rust reads them.
pub(super) fn cargo_env(
    profile: Profile,
    triple: &str,
    rustflags: Option<&str>,
) -> Vec<(String, String)> {
    let mut env = vec![
        ("CARGO_TERM_COLOR".to_owned(), "never".to_owned()),
        ("CARGO_TERM_PROGRESS_WHEN".to_owned(), "never".to_owned()),
    ];
    let cargo_profile = if profile.cargo_profile() == "release" {
        "RELEASE"
    } else {
        "DEV"
    };
    if cargo_profile == "RELEASE" {
        env.push((
            "CARGO_PROFILE_RELEASE_DEBUG".to_owned(),
            "line-tables-only".to_owned(),
        ));
    }
    if triple.ends_with("-apple-darwin") {
        // Python's symbols are found when the module is loaded; and the line tables of a linked file are
        // only at hand when they are packed beside it.
        let flags = "-C link-arg=-undefined -C link-arg=dynamic_lookup";
        let flags = rustflags.map_or_else(|| flags.to_owned(), |more| format!("{more} {flags}"));
        env.push(("RUSTFLAGS".to_owned(), flags));
        env.push((
            format!("CARGO_PROFILE_{cargo_profile}_SPLIT_DEBUGINFO"),
            "packed".to_owned(),
        ));
    }
    env
}
