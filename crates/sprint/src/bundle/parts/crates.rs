//! The crates that the modules and the kit are compiled from (and the fork's tree, if it is here): `cargo vendor`.

use std::fs;
use std::path::Path;

use super::super::manifest::Part;
use super::Piece;
use crate::error::{IoContext, Result};
use crate::exec::CommandLine;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::snapshot;

/// Collects and packs them.
pub(in crate::bundle) fn pack(
    root: &Path,
    host: &Host,
    zstd: &Path,
    scratch: &Path,
    interrupt: &Interrupt,
) -> Result<Piece> {
    let vendor = scratch.join("vendor");
    fs::create_dir_all(&vendor).on("create directory", &vendor)?;
    let mut line =
        CommandLine::new("cargo", root).args(["vendor", "--locked", "--versioned-dirs", "--quiet"]);
    for manifest in ["modules/Cargo.toml", "cpython/Cargo.toml"] {
        let manifest = root.join(manifest);
        if manifest.is_file() {
            line = line.args(["--sync".to_owned(), manifest.to_string_lossy().into_owned()]);
        }
    }
    let line = line.args([vendor.to_string_lossy()]);
    let next = "cargo fetch --locked, with a network; then the same command again";
    super::say(&line, host, "no-crates", next)?;
    let packed = scratch.join("vendor.tar.zst");
    let files = snapshot::files_below(&vendor)?;
    let archive = snapshot::pack_tree(zstd, &vendor, &files, &packed, interrupt)?;
    crate::build::wipe(&vendor)?;
    Ok(Piece::packed(Part::Crates, packed, &archive))
}
