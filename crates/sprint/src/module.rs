//! Modules: what a person types (`base64`), which crates and import names stand behind it, and
//! which tests say whether it works.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, IoContext, Result};
use crate::source::{Lane, Source};
use crate::suggest;

/// Where the kit's own modules are, below the repository's root.
pub const DIRECTORY: &str = "modules";

/// A module that can be built, proven and tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// What a person types.
    pub name: String,
    /// One line about it.
    pub summary: String,
    /// The crate that makes the shared module.
    pub package: String,
    /// The crate's directory.
    pub directory: PathBuf,
    /// Names that Python imports, each with an init symbol of its own.
    pub imports: Vec<String>,
    /// The standard library has a C module of this import name, and ours must win over it.
    pub replaces: bool,
    /// Directory with the module's own tests, run by regrtest.
    pub conformance: Option<PathBuf>,
    /// A file that rebinds the standard library's functions to the Rust ones.
    pub bind: Option<PathBuf>,
    /// The same for the fork's own module of that import name, which has fewer functions.
    pub in_tree: Option<PathBuf>,
    /// CPython's test files of the area.
    pub tests: Vec<String>,
    /// Those that run once more with `bind` applied.
    pub bound_tests: Vec<String>,
}

/// `[package.metadata.sprint]` of a binding crate.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Metadata {
    name: String,
    summary: String,
    imports: Vec<String>,
    #[serde(default)]
    replaces: bool,
    conformance: Option<PathBuf>,
    bind: Option<PathBuf>,
    in_tree: Option<PathBuf>,
    tests: Vec<String>,
    #[serde(default)]
    bound_tests: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Option<Package>,
    lib: Option<Lib>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    metadata: Option<PackageMetadata>,
}

#[derive(Deserialize)]
struct PackageMetadata {
    sprint: Option<Metadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lib {
    #[serde(default)]
    crate_type: Vec<String>,
}

/// The kit's own modules, by name.
pub fn of_kit(root: &Path) -> Result<Vec<Module>> {
    let mut modules = Vec::new();
    for directory in crates_in(&root.join(DIRECTORY))? {
        let manifest = read_manifest(&directory)?;
        let Some(package) = manifest.package else {
            continue;
        };
        let Some(metadata) = package.metadata.and_then(|metadata| metadata.sprint) else {
            continue;
        };
        modules.push(Module {
            name: metadata.name,
            summary: metadata.summary,
            package: package.name,
            imports: metadata.imports,
            replaces: metadata.replaces,
            conformance: metadata.conformance.map(|path| directory.join(path)),
            bind: metadata.bind.map(|path| directory.join(path)),
            in_tree: metadata.in_tree.map(|path| directory.join(path)),
            tests: metadata.tests,
            bound_tests: metadata.bound_tests,
            directory,
        });
    }
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(modules)
}

/// The modules that a build of `source` carries: the kit's own in the overlay lane, the tree's in the
/// in-tree lane (with the kit's tests for those that the kit knows too).
pub fn of_source(root: &Path, source: &Source) -> Result<Vec<Module>> {
    let kit = of_kit(root)?;
    match source.lane {
        Lane::Overlay => Ok(kit),
        Lane::InTree => of_tree(&source.root, &kit),
    }
}

fn of_tree(tree: &Path, kit: &[Module]) -> Result<Vec<Module>> {
    let mut modules = Vec::new();
    for directory in crates_in(&tree.join("Modules"))? {
        let manifest = read_manifest(&directory)?;
        let is_cdylib = manifest
            .lib
            .is_some_and(|lib| lib.crate_type.iter().any(|kind| kind == "cdylib"));
        let Some(package) = manifest.package.filter(|_| is_cdylib) else {
            continue;
        };
        let import = package.name;
        let known = kit.iter().find(|module| module.imports.contains(&import));
        let name = import.trim_start_matches('_').to_owned();
        modules.push(Module {
            summary: format!("the tree's own Rust `{import}`"),
            package: import.clone(),
            imports: vec![import],
            replaces: false,
            conformance: known.and_then(|module| module.in_tree.clone()),
            // Not known of the fork's module: whether it takes all that base64's functions take.
            bind: None,
            in_tree: None,
            tests: known.map_or_else(|| area(&name), |module| module.tests.clone()),
            bound_tests: Vec::new(),
            directory,
            name,
        });
    }
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(modules)
}

/// CPython's test files for areas that the kit has no module for yet (names as in Lib/test of 3.13).
fn area(name: &str) -> Vec<String> {
    let files: &[&str] = match name {
        "zlib" => &["test_zlib", "test_gzip", "test_zipimport"],
        "bz2" => &["test_bz2"],
        "binascii" => &["test_binascii", "test_base64"],
        _ => return vec![format!("test_{name}")],
    };
    files.iter().map(|&file| file.to_owned()).collect()
}

/// The module of this name (an import name is accepted too), or an error that suggests one.
pub fn find<'a>(modules: &'a [Module], name: &str) -> Result<&'a Module> {
    let matches = |module: &&Module| {
        module.name == name || module.imports.iter().any(|import| import == name)
    };
    modules.iter().find(matches).ok_or_else(|| {
        let error = Error::usage(
            "unknown-module",
            format!("there is no Rust module called `{name}`"),
        );
        match suggest::nearest(name, modules.iter().map(|module| module.name.as_str())) {
            Some(near) => error
                .detail("likely", format!("`{near}` was meant"))
                .next(format!("just test-module {near}")),
            None => error.next("just modules"),
        }
    })
}

fn crates_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut crates = Vec::new();
    for entry in std::fs::read_dir(directory).on("list", directory)? {
        let path = entry.on("list", directory)?.path();
        if path.join("Cargo.toml").is_file() {
            crates.push(path);
        }
    }
    crates.sort();
    Ok(crates)
}

fn read_manifest(directory: &Path) -> Result<Manifest> {
    let path = directory.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).on("read", &path)?;
    toml::from_str(&text).map_err(|error| {
        Error::usage(
            "module-manifest",
            format!("{} cannot be read", path.display()),
        )
        .detail("seen", error)
        .next("see modules/README.md for the table [package.metadata.sprint]")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str) -> Module {
        Module {
            name: name.to_owned(),
            summary: String::new(),
            package: format!("_{name}"),
            directory: PathBuf::new(),
            imports: vec![format!("_{name}")],
            replaces: false,
            conformance: None,
            bind: None,
            in_tree: None,
            tests: Vec::new(),
            bound_tests: Vec::new(),
        }
    }

    #[test]
    fn a_module_is_found_by_either_name_and_suggested_when_misspelt() {
        let modules = [module("base64"), module("bisect")];
        assert_eq!(find(&modules, "_bisect").expect("by import").name, "bisect");
        let error = find(&modules, "bsae64").expect_err("misspelt");
        assert!(
            error
                .render(crate::term::Palette::plain())
                .contains("just test-module base64")
        );
        assert_eq!(error.exit(), crate::exit::Exit::Usage);
    }
}
