//! Modules for machines that are not this one: the compiler knows them all, and its own linker
//! links for them. Only the core library is missing, so the sources do without (`no_core`), which
//! takes a feature that is not stable.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::workshop::{Workshop, succeeds};

/// What a crate needs in the place of the core library, for rustc 1.95.
const WITHOUT_CORE: &str = r#"
#![feature(no_core, lang_items)]
#![no_core]
#![allow(internal_features)]
#[lang = "pointee_sized"] pub trait PointeeSized {}
#[lang = "meta_sized"] pub trait MetaSized: PointeeSized {}
#[lang = "sized"] pub trait Sized: MetaSized {}
#[lang = "copy"] pub trait Copy {}
impl Copy for usize {}
"#;

/// A workshop with a linker for other machines.
pub(super) struct Foreign {
    pub(super) shop: Workshop,
    linker: PathBuf,
}

impl Foreign {
    /// A new workshop, or `None` (said and counted on stderr) if the toolchain cannot do it.
    pub(super) fn new() -> Option<Self> {
        let shop = Workshop::new()?;
        let Some(linker) = linker() else {
            skip("this Rust toolchain has no rust-lld");
            return None;
        };
        let foreign = Self { shop, linker };
        // The names of the language's own traits change between versions: with the version that
        // this project pins the test must run, with others it may not be able to.
        let pinned = super::workshop::rustc_version();
        if !pinned.starts_with(&format!("rustc {}.", env!("CARGO_PKG_RUST_VERSION"))) {
            let target = "x86_64-unknown-linux-gnu";
            if !succeeds(&mut foreign.compiler("probe.o", target, "probe", "")) {
                skip(&format!(
                    "{pinned} cannot compile a crate without the core library"
                ));
                return None;
            }
        }
        Some(foreign)
    }

    /// Compiles a module that exports an init function for each of `names`.
    pub(super) fn object(&self, output: &str, target: &str, names: &[&str]) -> PathBuf {
        let functions: String = names.iter().map(|name| init_function(name)).collect();
        let mut command = self.compiler(output, target, names[0], &functions);
        self.shop.run_command(&mut command);
        self.shop.path(output)
    }

    fn compiler(&self, output: &str, target: &str, name: &str, functions: &str) -> Command {
        let source = format!("{}.rs", name.trim_start_matches('_'));
        self.shop
            .write(&source, format!("{WITHOUT_CORE}{functions}"));
        let mut command = self
            .shop
            .command("rustc", &["--edition=2024", "--crate-type=lib"]);
        command.env("RUSTC_BOOTSTRAP", "1");
        command.args(["--emit=obj", "-g", "-Cpanic=abort", "-Cdwarf-version=4"]);
        command.args([&format!("--target={target}"), "-o", output, &source]);
        command
    }

    /// Runs the linker in one of its roles (`gnu`, `darwin`, `wasm`).
    pub(super) fn link(&self, output: &str, role: &str, arguments: &[&str]) -> PathBuf {
        let linker = self.linker.to_str().expect("a path in UTF-8");
        self.shop.run(
            linker,
            &[&["-flavor", role, "-o", output], arguments].concat(),
        );
        self.shop.path(output)
    }
}

fn init_function(name: &str) -> String {
    format!("#[unsafe(no_mangle)]\npub extern \"C\" fn PyInit_{name}() -> usize {{ 0 }}\n")
}

fn skip(reason: &str) {
    static SKIPPED: AtomicUsize = AtomicUsize::new(0);
    let count = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    writeln!(io::stderr(), "skipped: {reason} ({count} so far)").expect("stderr");
}

fn linker() -> Option<PathBuf> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir"])
        .output()
        .expect("rustc");
    let libraries = String::from_utf8(output.stdout).expect("a path in UTF-8");
    let linker = PathBuf::from(libraries.trim())
        .parent()?
        .join("bin/rust-lld");
    fs::exists(&linker)
        .expect("a readable toolchain")
        .then_some(linker)
}

/// Where a file states its units' languages (two bytes each), if they are Rust.
pub(super) fn rust_languages(data: &[u8]) -> Vec<usize> {
    // A unit's header is length, version 4, abbreviations, size of addresses; then come the root's
    // number and its producer.
    let is_unit = |bytes: &[u8]| matches!(bytes, [4, 0, _, _, _, _, 4 | 8, 1, _, _, _, _, 0x1c, 0]);
    let units = data
        .windows(14)
        .enumerate()
        .filter(|(_, bytes)| is_unit(bytes));
    units.map(|(start, _)| start + 12).collect()
}

/// The same file with C99 for the language of one unit.
pub(super) fn with_c_unit(data: &[u8], unit: usize) -> Vec<u8> {
    let mut copy = data.to_vec();
    copy[rust_languages(data)[unit]] = 0x0c;
    copy
}
