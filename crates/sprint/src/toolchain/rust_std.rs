//! Rust's standard library for the target: rustup's, or a distribution's package.

use std::path::Path;

use super::Search;
use crate::error::Result;
use crate::exec::{self, CommandLine};
use crate::finding::Finding;

pub(super) fn look(search: &Search<'_>) -> Result<Vec<Finding>> {
    let rustc = search
        .host
        .var("RUSTC")
        .map(str::to_owned)
        .unwrap_or_else(|| "rustc".to_owned());
    let triple = search.target.triple;
    let line =
        CommandLine::new(rustc, search.root).args(["--print", "target-libdir", "--target", triple]);
    let output = exec::output(&line, search.host.env())?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let directory = Path::new(printed.trim());
    if output.status.success() && holds_std(directory) {
        return Ok(Vec::new());
    }
    let fix = if search.host.find("rustup").is_some() {
        format!("rustup target add {triple}")
    } else {
        search.apt(|package| package.starts_with("libstd-rust-dev"))
    };
    Ok(vec![Finding::problem(
        "rust-std-missing",
        format!("rustc has no standard library for {triple}"),
        format!("libstd in {}", directory.display()),
        fix,
    )])
}

fn holds_std(directory: &Path) -> bool {
    std::fs::read_dir(directory).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}
