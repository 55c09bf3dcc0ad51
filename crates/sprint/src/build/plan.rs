//! A build as data, before anything is run: which steps, in which order, with which inputs.

use std::path::{Component, Path, PathBuf};

use super::archive::Embedding;
use super::cross::CrossBuild;
use super::inputs::Inputs;
use super::place::Placement;
use super::record::Record;
use super::{compiler, in_tree, overlay};
use crate::error::{IoContext, Result};
use crate::exec::CommandLine;
use crate::host::{Host, Rust};
use crate::module::{self, Module};
use crate::pins::Pins;
use crate::profile::Profile;
use crate::source::{Lane, Source};
use crate::system;
use crate::target::Target;

/// Raised by hand when a step comes to do something else that its inputs do not show.
pub(super) const STEPS: &str = "1";

/// The names of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum StepId {
    /// Files that must be there before the others: PyO3's description of the interpreter, the CARGO_HOME shim.
    Prepare,
    /// `cargo fetch`, in-tree lane.
    Fetch,
    /// configure.
    Configure,
    /// Rust beside configure: the modules (overlay), dependencies (in-tree).
    Cargo,
    /// make.
    Make,
    /// The modules put where Python finds them.
    Modules,
}

impl StepId {
    /// As printed and as keys of JSON objects.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Fetch => "fetch",
            Self::Configure => "configure",
            Self::Cargo => "cargo",
            Self::Make => "make",
            Self::Modules => "modules",
        }
    }
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Runs a program.
    Run(CommandLine),
    /// Works in this process.
    InProcess(InProcess),
}

/// Work that is not a program's. Cheap and idempotent, so it is done in every run.
#[derive(Clone, Debug)]
pub enum InProcess {
    /// Writes small files, with their mode.
    Write(Vec<(PathBuf, String, u32)>),
    /// Makes symbolic links: where, to what.
    Link(Vec<(PathBuf, PathBuf)>),
    /// Several of them in order.
    All(Vec<InProcess>),
    /// Compares the configured interpreter with what the modules were built for, then copies them to
    /// where Python finds them.
    Place(Placement),
    /// Compares the configured interpreter with what the archive of modules was built for, and has it
    /// linked again if the archive is newer.
    Embed(Embedding),
    /// Looks that the tree's own make left a file for every Rust module.
    Expect(Vec<String>),
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub id: StepId,
    /// What it does.
    pub action: Action,
    /// What must be done before.
    pub after: Vec<StepId>,
    /// What its result depends on.
    pub inputs: Inputs,
    /// Files that must be there for it to count as done.
    pub outputs: Vec<PathBuf>,
    /// Its failure is not the build's: a later step does the same again, and reports it.
    pub tolerant: bool,
}

/// A whole build.
#[derive(Clone, Debug)]
pub struct BuildPlan {
    /// The tree.
    pub source: Source,
    /// For whom.
    pub target: &'static Target,
    /// How, where that is not this machine.
    pub cross: Option<CrossBuild>,
    /// How.
    pub profile: Profile,
    /// Where, absolute.
    pub directory: PathBuf,
    /// What it carries.
    pub modules: Vec<Module>,
    /// The Rust it is built with.
    pub rust: Rust,
    /// The repository.
    pub root: PathBuf,
    /// In an order that respects `after`.
    pub steps: Vec<Step>,
    /// Everything that can change the result.
    pub inputs: Inputs,
}

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The repository.
    pub root: &'a Path,
    /// The machine.
    pub host: &'a Host,
    /// The pins.
    pub pins: &'a Pins,
    /// The tree.
    pub source: &'a Source,
    /// For whom.
    pub target: &'static Target,
    /// What that needs, where it is not this machine.
    pub cross: Option<&'a CrossBuild>,
    /// How.
    pub profile: Profile,
}

impl BuildPlan {
    /// Plans a build. Probes the compilers, changes nothing.
    pub fn new(request: Request<'_>) -> Result<Self> {
        let Request {
            root,
            host,
            source,
            target,
            profile,
            ..
        } = request;
        check_path(root)?;
        host.need("make", "to build CPython")?;
        let rust = host.rust(root)?;
        if rust.version < request.pins.rust.msrv {
            return Err(crate::error::Error::setup(
                "rustc-too-old",
                format!(
                    "rustc {} is older than the pinned {}",
                    rust.version, request.pins.rust.msrv
                ),
            )
            .next(host.install_hint("rustc")));
        }
        let directory = root
            .join("build")
            .join(&source.slug)
            .join(format!("{}-{profile}", target.triple));
        let modules = module::of_source(root, source)?;
        let compiler = match request.cross {
            Some(cross) => cross.inputs(&request)?,
            None => system::identify(&system::Question {
                root,
                host,
                cc: &compiler::words(host)?,
                script: &source.root.join("configure"),
                pkg_config: None,
                libraries: Vec::new(),
            })?,
        };
        let steps = match source.lane {
            Lane::Overlay => overlay::steps(&request, &directory, &modules, &rust, &compiler)?,
            Lane::InTree if request.cross.is_some() => {
                return Err(crate::error::Error::setup(
                    "cross-in-tree",
                    format!(
                        "a tree with Rust of its own cannot be built for {} yet",
                        target.triple
                    ),
                )
                .next("just source release, or --source release"));
            }
            Lane::InTree => in_tree::steps(&request, &directory, &modules, &rust, &compiler)?,
        };
        let mut inputs = Inputs::new()
            .with("target", target.triple)
            .with("profile", profile.name());
        for step in &steps {
            inputs.absorb(step.id.name(), &step.inputs);
        }
        if let Some(cross) = request.cross {
            // make runs the native interpreter for some of its work.
            let steps = cross.builder.steps.iter();
            for step in steps.filter(|step| step.id == StepId::Make) {
                inputs = inputs.with("builder", step.inputs.digest());
            }
        }
        Ok(Self {
            source: source.clone(),
            target,
            cross: request.cross.cloned(),
            profile,
            directory,
            modules,
            root: root.to_owned(),
            rust,
            steps,
            inputs,
        })
    }

    /// The key: equal keys, equal bytes.
    pub fn key(&self) -> String {
        self.inputs.digest()
    }

    /// The key of the same plan with a pristine source, whatever is in `modules/`.
    ///
    /// Two plans of equal base keys differ at most in files of the source and of `modules/`, which make and
    /// cargo bring up to date by themselves once the files' times say what is newer. So a finished build of a
    /// pristine source is worth finding under this key too. It is never equal to a key.
    pub fn base_key(&self) -> String {
        let inputs =
            self.inputs
                .iter()
                .fold(
                    Inputs::new().with("base", "1"),
                    |inputs, (name, value)| match name {
                        "make.source" => inputs.with(name, &self.source.pristine),
                        // An archive's inputs contain the modules'.
                        "cargo.modules" | "make.archive" => inputs,
                        _ => inputs.with(name, value),
                    },
                );
        inputs.digest()
    }

    /// Key, base key and inputs, as they are kept with what was built.
    pub fn record(&self) -> Record {
        Record {
            key: self.key(),
            base: self.base_key(),
            inputs: self.inputs.clone(),
        }
    }

    /// The tree as configure was told of it: relative to the build directory, wherever they share a checkout.
    pub fn source_seen(&self) -> PathBuf {
        relative(&self.directory, &self.source.root)
    }

    /// What is run as the interpreter: itself, or the script that starts it under the runner.
    pub fn python(&self) -> PathBuf {
        self.directory.join(self.target.python)
    }

    /// The interpreter's own file.
    pub fn program(&self) -> PathBuf {
        let name = match &self.cross {
            Some(cross) => cross.row.program,
            None => self.target.python,
        };
        self.directory.join(name)
    }

    /// The kit's own corner of the build directory.
    pub fn corner(&self) -> PathBuf {
        corner(&self.directory)
    }

    /// The log of a step's last run.
    pub fn log(&self, step: StepId) -> PathBuf {
        self.corner().join(format!("{}.log", step.name()))
    }

    /// The content that a step's last run has seen: the source for make, the modules for cargo.
    pub fn seen(&self, step: StepId) -> PathBuf {
        self.corner().join(format!("{}.seen", step.name()))
    }

    /// The lock, beside the directory, so that it stays when the directory is wiped.
    pub fn lock(&self) -> PathBuf {
        self.directory.with_extension("lock")
    }
}

/// The first character of a path that CPython's configure or make may take for something else.
///
/// Tried with 3.13.5, out of tree: blanks and letters beyond ASCII do no harm, since the kit gives
/// configure relative paths; a quote ends a string in the `config.status` that configure writes. The
/// others have a meaning to make or the shell, or separate the entries of PYTHONPATH. U+FFFD stands for
/// what is no UTF-8.
pub fn unusable(path: &Path) -> Option<char> {
    path.to_string_lossy()
        .chars()
        .find(|character| "'\"`$\\#:;&|<>*?\t\n\u{fffd}".contains(*character))
}

/// Refuses a checkout in whose path CPython cannot be built. Costs nothing, so it comes before any download.
pub fn check_path(root: &Path) -> Result<()> {
    let Some(character) = unusable(root) else {
        return Ok(());
    };
    Err(crate::error::Error::setup(
        "path-unusable",
        format!(
            "CPython cannot be built in `{}`: its configure stumbles over {character:?}",
            root.display()
        ),
    )
    .next("move the checkout to a path of letters, digits, blanks, dots and dashes"))
}

/// The kit's own corner of a build directory.
pub(super) fn corner(directory: &Path) -> PathBuf {
    directory.join(".sprint")
}

/// Removes a build directory. The caller holds its lock.
pub fn wipe(directory: &Path) -> Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).on("remove", directory)
        }
        _ => Ok(()),
    }
}

/// `to` as seen from the directory `from`; both absolute. Stays absolute where they share no more than `/`.
pub(crate) fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    if shared <= 1 {
        return to.to_owned();
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_quote_is_refused_and_one_with_a_blank_is_not() {
        assert_eq!(unusable(Path::new("/home/ana's/kit")), Some('\''));
        assert_eq!(unusable(Path::new("/home/an\u{e4} b-1.2/kit (copy)")), None);
    }

    #[test]
    fn a_build_directory_sees_its_source_relatively() {
        let from = Path::new("/w/kit/build/release-3.13.5/x86_64-debug");
        assert_eq!(
            relative(from, Path::new("/w/kit/cpython")),
            Path::new("../../../cpython")
        );
        assert_eq!(
            relative(from, Path::new("/elsewhere/cpython")),
            Path::new("/elsewhere/cpython")
        );
    }
}
