//! The list as a whole: the real document, mistakes in it, and 200 damaged copies.

mod mistakes;
mod mutations;
mod speed;

use std::path::{Path, PathBuf};

use super::{FILE, Findings, Justfile, Lint, lint};

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The real document.
fn document() -> String {
    std::fs::read_to_string(root().join(FILE)).expect("the list")
}

/// Lints a text as the real document's place, with every `sprint` command understood.
fn look(text: &str) -> Findings {
    let root = root();
    let recipes = Justfile::load(&root).expect("the Justfile");
    let everything = |_: &[String]| Ok(());
    let options = Lint {
        root: &root,
        release: None,
        fork: None,
        recipes: &recipes,
        parse: &everything,
    };
    lint(text, &options).expect("the directory of solutions can be listed")
}
