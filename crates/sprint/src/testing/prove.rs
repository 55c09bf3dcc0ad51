//! The proof of Rust: the file that Python really loads for a module, the claim that rustc made its init
//! function, and that it is the very file that this build made.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::driver::{self, Driver, ProbeResult};
use crate::build::{Action, BuildPlan, InProcess};
use crate::error::{Error, IoContext, Result};
use crate::exec::{self, CommandLine};
use crate::exit::Exit;
use crate::hash;
use crate::host::Host;
use crate::module::Module;
use crate::proof;
use crate::target::Linkage;

/// One proven import name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The import name.
    pub import: String,
    /// It is linked into the interpreter.
    pub linked_in: bool,
    /// The file that Python loaded.
    pub artifact: PathBuf,
    /// Its init symbol.
    pub init_symbol: String,
    /// The compiler of the unit that the symbol lies in: `rustc 1.95.0`.
    pub producer: String,
}

/// Everything proven about a module.
pub type Proven = Vec<Proof>;

/// `__spec__.origin` of a module that is linked into the interpreter.
const BUILT_IN: &str = "built-in";

/// An import takes a second under an emulator. One that takes this long never ends.
const PATIENCE: Duration = Duration::from_secs(120);

/// Imports the module in the build's own interpreter and examines what was loaded.
pub fn prove(plan: &BuildPlan, module: &Module, driver: &Driver, host: &Host) -> Result<Proven> {
    let result = plan
        .corner()
        .join(format!("probe-{}.json", std::process::id()));
    let line = driver.probe(&module.imports, &result);
    let output = exec::output_within(&line, host.env(), PATIENCE)
        .map_err(|error| hung(error, module, &line))?;
    let Some(probe) = driver::read::<ProbeResult>(&result)? else {
        return Err(Error::new(
            Exit::BuildFailed,
            "probe-crashed",
            format!("Python ended while it imported {}", module.name),
        )
        .block(String::from_utf8_lossy(&output.stderr))
        .detail("status", output.status)
        .next(line.paste()));
    };
    let built = built_files(plan);
    module
        .imports
        .iter()
        .map(|import| examine(plan, module, import, &probe, &built))
        .collect()
}

fn examine(
    plan: &BuildPlan,
    module: &Module,
    import: &str,
    probe: &ProbeResult,
    built: &BTreeMap<String, PathBuf>,
) -> Result<Proof> {
    if let Some(reason) = probe.errors.get(import) {
        return Err(
            refused(module, format!("Python cannot import `{import}`")).detail("seen", reason)
        );
    }
    let loaded = probe.loaded.get(import).and_then(Option::as_ref);
    let origin = loaded.and_then(|loaded| loaded.origin.as_deref());
    let program = plan.program();
    let program = program.to_string_lossy();
    // What is linked into the interpreter has no file of its own: the interpreter's is examined.
    let origin = match origin {
        Some(BUILT_IN) if plan.target.linkage == Linkage::Static => Some(program.as_ref()),
        origin => origin,
    };
    let Some(origin) = origin.map(Path::new).filter(|path| path.is_absolute()) else {
        let what = format!("`{import}` was not loaded from a file");
        return Err(refused(module, what).detail("seen", format!("{loaded:?}")));
    };
    let evidence = proof::examine(origin, import).map_err(|refusal| {
        refused(
            module,
            format!("the `{import}` that Python loads was not built by rustc"),
        )
        .detail("loaded", shown(plan, origin))
        .detail("seen", &refusal)
        .detail("likely", refusal.likely())
        .detail("reason", refusal.id())
    })?;
    if let Some(made) = built.get(import) {
        let digest = |path: &Path| hash::of_file(path).on("read", path);
        if digest(made)? != digest(origin)? {
            return Err(refused(
                module,
                format!("the `{import}` that Python loads is Rust, but not what this build made"),
            )
            .detail("loaded", shown(plan, origin))
            .detail("built", shown(plan, made))
            .detail("likely", "an older build shadows the module"));
        }
    }
    let linked_in = loaded.is_some_and(|loaded| loaded.origin.as_deref() == Some(BUILT_IN));
    Ok(Proof {
        linked_in,
        import: import.to_owned(),
        artifact: origin.to_owned(),
        init_symbol: evidence.init_symbol,
        producer: evidence.producer,
    })
}

/// The module's own code runs when it is imported, and may never come back: that is its defect, not the machine's.
fn hung(error: Error, module: &Module, line: &CommandLine) -> Error {
    if error.id() != "no-answer" {
        return error;
    }
    let what = format!(
        "Python was still importing {} after {} s",
        module.name,
        PATIENCE.as_secs()
    );
    Error::new(Exit::BuildFailed, "probe-hung", what).next(line.paste())
}

fn refused(module: &Module, what: String) -> Error {
    Error::new(Exit::NotRust, "not-rust", what).next(format!("just build --clean {}", module.name))
}

/// The libraries that this build's own cargo made, by import name; in-tree, make moves them away.
fn built_files(plan: &BuildPlan) -> BTreeMap<String, PathBuf> {
    let placements = plan.steps.iter().filter_map(|step| match &step.action {
        Action::InProcess(InProcess::Place(placement)) => Some(placement.modules.iter().cloned()),
        _ => None,
    });
    placements.flatten().collect()
}

/// After the tests: what a test process had loaded must be what was proven.
pub(super) fn confirm(
    proven: &Proven,
    file: &str,
    loaded: &BTreeMap<String, Option<driver::Loaded>>,
) -> Result<()> {
    for proof in proven {
        let Some(Some(loaded)) = loaded.get(&proof.import) else {
            continue;
        };
        let same = loaded.origin.as_deref().is_some_and(|origin| {
            if proof.linked_in {
                origin == BUILT_IN
            } else {
                is_same(Path::new(origin), &proof.artifact)
            }
        });
        if !same {
            return Err(Error::new(
                Exit::NotRust,
                "not-rust",
                format!(
                    "{file} ran with another `{}` than the one proven to be Rust",
                    proof.import
                ),
            )
            .detail("loaded", loaded.origin.as_deref().unwrap_or("(no file)"))
            .detail("proven", proof.artifact.display())
            .detail(
                "likely",
                "the test changes sys.path, or a module of that name shadows ours there",
            ));
        }
    }
    Ok(())
}

fn is_same(a: &Path, b: &Path) -> bool {
    a == b || matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

fn shown(plan: &BuildPlan, path: &Path) -> String {
    path.strip_prefix(&plan.directory)
        .unwrap_or(path)
        .display()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proven() -> Proven {
        vec![Proof {
            import: "_base64".into(),
            linked_in: false,
            artifact: "/b/_base64.so".into(),
            init_symbol: "PyInit__base64".into(),
            producer: "rustc 1.95.0".into(),
        }]
    }

    fn loaded(origin: &str) -> BTreeMap<String, Option<driver::Loaded>> {
        [(
            "_base64".to_owned(),
            Some(driver::Loaded {
                origin: Some(origin.to_owned()),
                loader: None,
            }),
        )]
        .into()
    }

    #[test]
    fn an_import_that_never_ends_is_the_modules_defect() {
        let kit = crate::module::of_kit(&root()).expect("modules");
        let line = CommandLine::new("python", Path::new("/"));
        let error = hung(Error::setup("no-answer", "x"), &kit[0], &line);
        assert_eq!(
            (error.id(), error.exit()),
            ("probe-hung", Exit::BuildFailed)
        );
        let error = hung(Error::setup("cannot-start", "x"), &kit[0], &line);
        assert_eq!(error.id(), "cannot-start");
    }

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn another_file_in_the_test_process_is_not_rust() {
        confirm(&proven(), "test_base64", &loaded("/b/_base64.so")).expect("the same file");
        let error = confirm(&proven(), "test_base64", &loaded("/tmp/_base64.py"))
            .expect_err("another file");
        assert_eq!(error.exit(), Exit::NotRust);
    }
}
