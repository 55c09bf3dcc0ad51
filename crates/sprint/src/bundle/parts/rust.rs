//! The Rust toolchain, from the directory where rustup (or Rust's own installer) has put it. A distribution's is spread
//! over the system and not taken from there: its packages are (`system`).

use std::path::{Path, PathBuf};

use super::super::manifest::Part;
use super::Piece;
use crate::error::Result;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::pins::Pins;
use crate::{snapshot, system};

const PROGRAMS: [&str; 7] = [
    "cargo",
    "rustc",
    "rustdoc",
    "cargo-clippy",
    "clippy-driver",
    "cargo-fmt",
    "rustfmt",
];

/// What would be taken.
pub(in crate::bundle) struct Toolchain {
    sysroot: PathBuf,
    files: Vec<PathBuf>,
    /// One line for people.
    pub(in crate::bundle) about: String,
    /// Bytes of all files.
    pub(in crate::bundle) unpacked: u64,
}

/// Is there one that can be carried? If not, why.
pub(in crate::bundle) fn look(
    root: &Path,
    host: &Host,
    pins: &Pins,
    triples: &[&str],
) -> Result<std::result::Result<Toolchain, String>> {
    let rust = host.rust(root)?;
    let sysroot = system::sysroot(host, root)?;
    if !sysroot.join("lib/rustlib/components").is_file() || !sysroot.join("bin/cargo").is_file() {
        return Ok(Err(format!(
            "the Rust toolchain: the one here, in {}, is not one of rustup's",
            sysroot.display()
        )));
    }
    if rust.version < pins.rust.msrv {
        return Ok(Err(format!(
            "the Rust toolchain: {} is here, at least {} is needed",
            rust.version, pins.rust.msrv
        )));
    }
    let mut wanted = vec![rust.host.as_str()];
    let mut absent = Vec::new();
    for triple in triples.iter().filter(|triple| **triple != rust.host) {
        match sysroot.join("lib/rustlib").join(triple).is_dir() {
            true => wanted.push(triple),
            false => absent.push(*triple),
        }
    }
    let files: Vec<PathBuf> = snapshot::files_below(&sysroot)?
        .into_iter()
        .filter(|path| is_wanted(path, &wanted))
        .collect();
    let unpacked = files
        .iter()
        .filter_map(|path| sysroot.join(path).symlink_metadata().ok())
        .map(|data| data.len())
        .sum();
    let pinned = match rust.version == pins.rust.msrv {
        true => "as pinned".to_owned(),
        false => format!("newer than the pinned {}", pins.rust.msrv),
    };
    let without = match absent.is_empty() {
        true => String::new(),
        false => format!("; no standard library for {}", absent.join(", ")),
    };
    Ok(Ok(Toolchain {
        about: format!(
            "Rust {} ({pinned}), for {}{without}",
            rust.version,
            wanted.join(", ")
        ),
        sysroot,
        files,
        unpacked,
    }))
}

/// rustc, cargo, lints if they are there, the standard libraries of these targets, and the licences; no documents and
/// no sources.
fn is_wanted(path: &Path, triples: &[&str]) -> bool {
    let parts: Vec<String> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["bin", name] => PROGRAMS.contains(name),
        // What says that a directory is a toolchain: a bundle can be made from what came out of one.
        ["lib", "rustlib", "components"] => true,
        ["lib", "rustlib", triple, ..] => triples.contains(triple),
        ["lib", _] => true,
        ["share", "doc", _, "html", ..] => false,
        ["share", "doc", _, rest @ ..] => rest.iter().any(|name| {
            name.starts_with("LICENSE") || name.starts_with("COPYRIGHT") || *name == "licenses"
        }),
        _ => false,
    }
}

impl Toolchain {
    /// Packs it.
    pub(in crate::bundle) fn pack(
        &self,
        zstd: &Path,
        scratch: &Path,
        interrupt: &Interrupt,
    ) -> Result<Piece> {
        let packed = scratch.join("rust.tar.zst");
        let archive = snapshot::pack_tree(zstd, &self.sysroot, &self.files, &packed, interrupt)?;
        Ok(Piece::packed(Part::Rust, packed, &archive))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_sources_and_other_targets_stay_behind() {
        let wanted = |path: &str| is_wanted(Path::new(path), &["x86_64-unknown-linux-gnu"]);
        for path in [
            "bin/rustc",
            "lib/librustc_driver-6108.so",
            "lib/rustlib/x86_64-unknown-linux-gnu/lib/libstd-1.rlib",
            "lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld",
            "share/doc/cargo/LICENSE-MIT",
            "share/doc/rust/licenses/MIT.txt",
        ] {
            assert!(wanted(path), "{path}");
        }
        for path in [
            "bin/rust-gdb",
            "lib/rustlib/src/rust/library/std/src/lib.rs",
            "lib/rustlib/wasm32-wasip1/lib/libstd-1.rlib",
            "share/doc/rust/html/index.html",
            "share/man/man1/rustc.1",
            "libexec/rust-analyzer-proc-macro-srv",
        ] {
            assert!(!wanted(path), "{path}");
        }
    }
}
