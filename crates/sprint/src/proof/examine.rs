//! One artefact, one import name, one answer.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::evidence::{Evidence, Format};
use super::init::InitNames;
use super::refusal::Refusal;
use super::unit::Proof;
use super::{elf, macho, wasm};

/// Looks in the file at `path` for the proof that the module `import_name` is Rust.
///
/// `path` is the file that Python loaded: an extension module, or a program with the module linked
/// in. The file is read once, whole; nothing else is read, except a dSYM bundle beside a Mach-O
/// file.
///
/// # Errors
/// A [`Refusal`] whenever the claim is not established, whatever the reason.
pub fn examine(path: &Path, import_name: &str) -> Result<Evidence, Refusal> {
    let names = InitNames::new(import_name)?;
    let data = read(path)?;
    examine_data(path, &data, &names)
}

/// The part of [`examine`] after reading the file.
pub(super) fn examine_data(
    path: &Path,
    data: &[u8],
    names: &InitNames,
) -> Result<Evidence, Refusal> {
    let format = format(path, data)?;
    let proof = match format {
        Format::Elf => elf::examine(data, names)?,
        Format::MachO => macho::examine(path, data, names)?,
        Format::Wasm => wasm::examine(data, names)?,
    };
    let Proof {
        symbol,
        version,
        producer,
        unit,
    } = proof;
    Ok(Evidence {
        artifact: path.to_owned(),
        init_symbol: symbol,
        producer: format!("rustc {version}"),
        producer_raw: producer,
        unit,
        format,
    })
}

/// Reads a regular file. Others are not opened: a pipe would block, a device might never end.
fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let unreadable = |error: std::io::Error| Refusal::Unreadable {
        reason: error.to_string(),
    };
    let kind = fs::metadata(path).map_err(unreadable)?;
    if kind.is_dir() {
        return Err(Refusal::NotNative {
            what: "a directory".to_owned(),
        });
    }
    if !kind.is_file() {
        return Err(Refusal::NotNative {
            what: "a device, pipe or socket".to_owned(),
        });
    }
    let mut data = Vec::new();
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut data))
        .map_err(unreadable)?;
    Ok(data)
}

/// The container format by its magic number.
fn format(path: &Path, data: &[u8]) -> Result<Format, Refusal> {
    match data {
        [0x7f, b'E', b'L', b'F', ..] => Ok(Format::Elf),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..]
        | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..]
        | [0xca, 0xfe, 0xba, 0xbe | 0xbf, ..] => Ok(Format::MachO),
        [0, b'a', b's', b'm', ..] => Ok(Format::Wasm),
        _ => Err(Refusal::NotNative {
            what: describe(path, data),
        }),
    }
}

/// What a file that is not native code looks like.
fn describe(path: &Path, data: &[u8]) -> String {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    let what = match data {
        [] => "empty",
        _ if extension == "py" => "Python source",
        // The magic number of compiled Python: two bytes of version, then always these two.
        [_, _, b'\r', b'\n', ..] if extension == "pyc" => "compiled Python",
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => "a static archive",
        [b'M', b'Z', ..] => "a Windows file, which this examination does not know",
        _ if std::str::from_utf8(data).is_ok_and(|text| !text.contains('\0')) => "text",
        _ => "of no known format",
    };
    what.to_owned()
}
