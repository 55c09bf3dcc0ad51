//! The dSYM bundle beside a module.

use std::fs;
use std::path::{Path, PathBuf};

use super::image::Image;
use super::slices;
use crate::proof::refusal::Refusal;

/// What stands beside a module.
pub(super) enum Found {
    /// No bundle, or an empty one.
    Nothing,
    /// A bundle without a file for this module; one of its files.
    Foreign(PathBuf),
    /// A file with a slice whose UUID is the module's.
    Data(Vec<u8>),
}

/// Looks in `MODULE.dSYM` for the twin of `image`. The file in the bundle may have any name: it is
/// the one the module had when it was linked.
///
/// # Errors
/// [`Refusal::Unreadable`] if the bundle is there and cannot be read.
pub(super) fn find(module: &Path, image: &Image<'_>) -> Result<Found, Refusal> {
    let Some(name) = module.file_name() else {
        return Ok(Found::Nothing);
    };
    let mut bundle = name.to_owned();
    bundle.push(".dSYM");
    let directory = module
        .with_file_name(bundle)
        .join("Contents/Resources/DWARF");
    let unreadable = |error: std::io::Error| Refusal::Unreadable {
        reason: format!("{}: {error}", directory.display()),
    };
    let mut foreign = None;
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(unreadable(error)),
    };
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if !path.is_file() {
            continue;
        }
        let data = fs::read(&path).map_err(unreadable)?;
        if is_twin(&data, image) {
            return Ok(Found::Data(data));
        }
        foreign = Some(path);
    }
    Ok(foreign.map_or(Found::Nothing, Found::Foreign))
}

/// Whether one of the slices in `data` belongs to `image`; a damaged file belongs to nothing.
fn is_twin(data: &[u8], image: &Image<'_>) -> bool {
    let slices = slices(data).unwrap_or_default();
    slices
        .iter()
        .any(|slice| Image::parse(slice).is_ok_and(|twin| twin.is_twin_of(image)))
}
