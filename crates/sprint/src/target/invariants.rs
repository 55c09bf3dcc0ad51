//! What must hold for every row of the table.

#![cfg(test)]

use std::collections::BTreeMap;

use super::{Compiler, Linkage, Runner, TABLE, Target};
use crate::host::Host;

fn machine(os: &'static str, arch: &'static str) -> Host {
    let mut host = Host::with_env(BTreeMap::new());
    host.os = os;
    host.arch = arch;
    host
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = TABLE.iter().flat_map(Target::names).collect();
    names.push(super::ALL);
    names.push("native");
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_row_can_be_built_somewhere() {
    for row in &TABLE {
        assert!(
            row.native.is_some() || row.cross.is_some(),
            "{}",
            row.triple
        );
    }
}

#[test]
fn triples_and_pointer_widths_agree() {
    for row in &TABLE {
        let wide = row.triple.starts_with("x86_64") || row.triple.starts_with("aarch64");
        assert_eq!(
            row.pointer_width,
            if wide { 64 } else { 32 },
            "{}",
            row.triple
        );
        let first = |text: &str| text.split('-').next().unwrap_or_default().to_owned();
        let short = |text: &str| {
            first(text)
                .replace("armv7", "arm")
                .replace("arm64", "aarch64")
        };
        assert_eq!(short(row.triple), short(row.gnu), "{}", row.triple);
        assert_eq!(short(row.triple), short(row.clang), "{}", row.triple);
    }
}

#[test]
fn linkage_compiler_and_runner_belong_together() {
    for row in &TABLE {
        let Some(cross) = &row.cross else { continue };
        let is_wasm = row.triple.starts_with("wasm32");
        assert_eq!(is_wasm, row.linkage == Linkage::Static, "{}", row.triple);
        assert_eq!(
            is_wasm,
            cross.compiler == Compiler::WasiSdk,
            "{}",
            row.triple
        );
        assert_eq!(is_wasm, cross.runner == Runner::Wasmtime, "{}", row.triple);
        // The script and the interpreter share a directory.
        assert_ne!(cross.program, row.python, "{}", row.triple);
        assert!(cross.program.starts_with("python."), "{}", row.triple);
        if !is_wasm {
            assert!(cross.sysroot.ends_with(row.gnu), "{}", row.triple);
            assert!(!cross.answers.is_empty(), "{}", row.triple);
            for directory in cross.pkg_config {
                assert!(directory.contains(row.gnu), "{}", row.triple);
            }
        }
        let target = format!("--target={}", row.clang);
        assert_eq!(
            cross.bindgen.first(),
            Some(&target.as_str()),
            "{}",
            row.triple
        );
        let std = cross
            .packages
            .iter()
            .filter(|name| name.starts_with("libstd-rust-dev"));
        assert_eq!(std.count(), 1, "{}", row.triple);
    }
}

#[test]
fn the_pins_name_every_cross_target() {
    let pins = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pins.toml");
    let pins = std::fs::read_to_string(pins).expect("pins.toml");
    for row in TABLE.iter().filter(|row| row.cross.is_some()) {
        assert!(
            pins.contains(&format!("\"{}\"", row.triple)),
            "{}",
            row.triple
        );
    }
}

/// docs/cross.md tells a person with a bare Debian what to install: all of it, and nothing that went.
#[test]
fn the_documented_packages_are_those_of_the_table() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cross.md");
    let page = std::fs::read_to_string(page).expect("docs/cross.md");
    for row in &TABLE {
        for package in row.cross.iter().flat_map(|cross| cross.packages) {
            assert!(page.contains(package), "docs/cross.md lacks {package}");
        }
        if row.cross.is_some() {
            assert!(
                page.contains(row.triple),
                "docs/cross.md lacks {}",
                row.triple
            );
        }
    }
}

#[test]
fn a_misspelt_target_is_suggested() {
    let error =
        Target::named(Some("arm46"), &machine("linux", "x86_64")).expect_err("no such target");
    let text = error.render(crate::term::Palette::plain());
    assert!(text.contains("did you mean `arm64`"), "{text}");
}

#[test]
fn the_old_name_of_wasm_is_known_as_such() {
    let host = machine("linux", "x86_64");
    let row = Target::named(Some("wasm32-wasi"), &host).expect("the old name");
    assert_eq!(row.triple, "wasm32-wasip1");
    assert_eq!(row.former_name(Some("wasm32-wasi")), Some("wasm32-wasi"));
    assert_eq!(row.former_name(Some("wasi")), None);
}

#[test]
fn one_laptop_builds_four_targets() {
    let host = machine("linux", "x86_64");
    let triples: Vec<&str> = Target::all_on(&host)
        .expect("known host")
        .iter()
        .map(|row| row.triple)
        .collect();
    assert_eq!(
        triples,
        [
            "x86_64-unknown-linux-gnu",
            "aarch64-unknown-linux-gnu",
            "armv7-unknown-linux-gnueabihf",
            "wasm32-wasip1"
        ]
    );
    let error = Target::named(Some("x86_64-apple-darwin"), &host).expect_err("needs a Mac");
    assert_eq!(error.id(), "not-buildable-here");
}
