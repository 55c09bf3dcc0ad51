//! The overlay lane: a stock tree, and the crates in `modules/` built against that very interpreter.
//!
//! cargo needs to know the interpreter (version, debug, free-threaded) but not to run it. All of that is
//! decided by the source and the profile, so cargo runs beside configure; what configure then really did
//! is compared with the prediction before a module is put in place.

use std::path::{Path, PathBuf};

use super::archive::{self, Embedding};
use super::files::digest_files;
use super::inputs::Inputs;
use super::pathless;
use super::place::{Expected, Placement};
use super::plan::{Action, InProcess, Request, STEPS, Step, StepId, corner, relative};
use crate::error::{Error, IoContext, Result};
use crate::exec::CommandLine;
use crate::host::Rust;
use crate::module::{DIRECTORY, Module};
use crate::profile::Profile;
use crate::system;
use crate::target::Linkage;
use crate::watch::is_noise;

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
    let sources = root.join(DIRECTORY);
    let digest = digest_files(&sources, &|path| {
        let parts = path
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        !parts
            .into_iter()
            .any(|part| part == "tests" || is_noise(&part))
    })?;
    let (line, configure_inputs) = configure(request, directory, compiler)?;
    let mut cargo_inputs = Inputs::new()
        .with("modules", digest)
        .with("interpreter", &config)
        .with("profile", profile.cargo_profile())
        .with("linker", compiler.digest());
    cargo_inputs.absorb(
        "rust",
        &system::identify_rust(request.host, root, rust, target.triple, &sources)?,
    );
    let made = Made::of(request, directory, modules);
    let (cargo, outputs) = cargo(request, directory, modules, rust, &made);
    let mut cargo = cargo.env("PYO3_CONFIG_FILE", config_file.to_string_lossy());
    let (variable, minor) = SKIP_FREE_THREADED_CHECK;
    if profile.is_free_threaded() && version.minor == minor {
        cargo = cargo.env(variable, "1");
    }

    let mut make_inputs = Inputs::new()
        .with("source", &source.identity)
        .with("configure", configure_inputs.digest());
    if let Made::Archive(_) = &made {
        make_inputs = make_inputs.with("archive", cargo_inputs.digest());
    }
    make_inputs.absorb("fixed", &pathless::inputs(request));
    let mut files = vec![(config_file, config, 0o644)];
    files.extend(pathless::files(request, directory, compiler)?);
    if let Some(cross) = request.cross {
        files.extend(cross.files(request, directory, compiler));
    }
    if let Made::Archive(library) = &made {
        let lock = sources.join("Cargo.lock");
        let lock = std::fs::read_to_string(&lock).on("read", &lock)?;
        files.extend(archive::files(directory, modules, library, lock));
    }
    let configure_after = vec![StepId::Prepare];
    let mut make = make_step(request, directory, make_inputs);
    let step = |id, action, after: Vec<StepId>, inputs, outputs| Step {
        id,
        action,
        after,
        inputs,
        outputs,
        tolerant: false,
    };
    let nothing = Inputs::new;
    let (place, after) = match made {
        Made::Libraries(modules) => (
            InProcess::Place(Placement { modules, expected }),
            vec![StepId::Cargo, StepId::Make],
        ),
        // Linked into the interpreter, so before make.
        Made::Archive(archive) => {
            make.after.push(StepId::Modules);
            let embedding = Embedding {
                archive,
                program: directory.join(program(request)),
                imports: modules
                    .iter()
                    .flat_map(|module| module.imports.clone())
                    .collect(),
                expected,
            };
            (
                InProcess::Embed(embedding),
                vec![StepId::Cargo, StepId::Configure],
            )
        }
    };
    let prepare = Action::InProcess(InProcess::Write(files));
    let place = step(
        StepId::Modules,
        Action::InProcess(place),
        after,
        nothing(),
        vec![],
    );
    let mut steps = vec![
        step(StepId::Prepare, prepare, vec![], nothing(), vec![]),
        step(
            StepId::Configure,
            Action::Run(line),
            configure_after,
            configure_inputs,
            vec![directory.join("Makefile"), directory.join("pyconfig.h")],
        ),
        step(
            StepId::Cargo,
            Action::Run(cargo),
            vec![StepId::Prepare],
            cargo_inputs,
            outputs,
        ),
    ];
    // In an order that works one after the other, as a dry run prints it.
    if make.after.contains(&StepId::Modules) {
        steps.extend([place, make]);
    } else {
        steps.extend([make, place]);
    }
    Ok(steps)
}

/// What cargo makes for a target.
enum Made {
    /// A library for each module: import name and file.
    Libraries(Vec<(String, PathBuf)>),
    /// All in one.
    Archive(PathBuf),
}

impl Made {
    fn of(request: &Request<'_>, directory: &Path, modules: &[Module]) -> Self {
        let (target, profile) = (request.target, request.profile);
        let rust = target_directory(directory);
        if target.linkage == Linkage::Static {
            return Self::Archive(archive::library_file(&rust, target.triple, profile));
        }
        // With --target, cargo adds a directory of that name.
        let rust = match request.cross {
            Some(_) => rust.join(target.triple),
            None => rust,
        };
        let built = rust.join(profile.cargo_directory());
        let libraries = modules.iter().flat_map(|module| {
            let file = built.join(format!("lib{}{}", module.package, target.dylib_suffix));
            let imports = module.imports.iter().cloned();
            imports.map(move |import| (import, file.clone()))
        });
        Self::Libraries(libraries.collect())
    }
}

fn target_directory(directory: &Path) -> PathBuf {
    corner(directory).join("rust")
}

/// The configure command, and what its result depends on.
fn configure(
    request: &Request<'_>,
    directory: &Path,
    compiler: &Inputs,
) -> Result<(CommandLine, Inputs)> {
    let script = request.source.root.join("configure");
    let digest = crate::hash::of_file(&script).on("read", &script)?;
    let args = request.profile.configure_args();
    let mut line = CommandLine::new(relative(directory, &script).to_string_lossy(), directory)
        .args(args.iter().copied());
    line = pathless::configure(line);
    if let Some(cross) = request.cross {
        line = cross.configure(line, request.target, directory);
    }
    let mut inputs = Inputs::new()
        .with("steps", STEPS)
        .with("script", digest)
        .with("args", line.args.join(" "));
    if !request.source.root.starts_with(request.root) {
        // The way to the source is in the Makefile, the directory's name in what is built.
        inputs = inputs.with(
            "source at",
            format!("{} {}", line.program, request.source.slug),
        );
    }
    inputs.absorb("cc", compiler);
    Ok((line, inputs))
}

/// The cargo command, and the files it leaves.
fn cargo(
    request: &Request<'_>,
    directory: &Path,
    modules: &[Module],
    rust: &Rust,
    made: &Made,
) -> (CommandLine, Vec<PathBuf>) {
    let (target, profile) = (request.target, request.profile);
    let at = match made {
        Made::Libraries(_) => request.root.join(DIRECTORY),
        Made::Archive(_) => archive::crate_directory(directory),
    };
    let mut line = CommandLine::new(rust.cargo.to_string_lossy(), &at).args(["build"]);
    // The generated crate is not in the modules' lock file; its copy of it holds the versions all the same.
    if let Made::Libraries(_) = made {
        line = line.args(["--locked"]);
    }
    line = line
        .args(["--profile", profile.cargo_profile(), "--target-dir"])
        .args([target_directory(directory).to_string_lossy().into_owned()]);
    if let Made::Libraries(_) = made {
        for module in modules {
            line = line.args(["-p", module.package.as_str()]);
        }
    }
    if let Some(cross) = request.cross {
        line = cross.cargo(line, target);
    }
    for (name, value) in cargo_env(profile, target.triple, request.host.var("RUSTFLAGS")) {
        line = line.env(&name, value);
    }
    let outputs = match made {
        Made::Libraries(libraries) => libraries.iter().map(|(_, file)| file.clone()).collect(),
        Made::Archive(file) => vec![file.clone()],
    };
    (pathless::cargo(line, request, directory), outputs)
}

/// The interpreter's own file in the build directory.
fn program(request: &Request<'_>) -> &'static str {
    match request.cross {
        Some(cross) => cross.row.program,
        None => request.target.python,
    }
}

/// The make step, the same in both lanes but for its environment.
pub(super) fn make_step(request: &Request<'_>, directory: &Path, inputs: Inputs) -> Step {
    Step {
        id: StepId::Make,
        action: Action::Run(
            pathless::make(CommandLine::new("make", directory), request)
                .args(request.cross.iter().flat_map(|cross| cross.make_targets())),
        ),
        after: vec![StepId::Prepare, StepId::Configure],
        inputs,
        outputs: vec![
            directory.join(program(request)),
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
    // A person's own cargo settings may switch both off, and what cannot be proven is not green.
    for (setting, value) in [("DEBUG", "line-tables-only"), ("STRIP", "none")] {
        env.push((
            format!("CARGO_PROFILE_{cargo_profile}_{setting}"),
            value.to_owned(),
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
