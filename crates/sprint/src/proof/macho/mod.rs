//! Mach-O: modules and programs of macOS, thin or universal.
//!
//! Apple's linker leaves debug information in the object files and only notes their names (the
//! debug map). Those files can change or vanish after the link, and nothing but a time ties them to
//! the module, so they are not followed. A dSYM bundle, which `dsymutil` makes of them, carries the
//! module's own UUID: that one counts, and so do debug sections in the file itself.
//!
//! Of a universal file every slice must pass: which one Python loaded depends on how it was
//! started.

mod dsym;
mod image;

use std::path::Path;

use object::macho;
use object::read::macho::{FatArch, MachOFatFile, MachOFatFile32, MachOFatFile64};

use self::image::Image;
use super::evidence::Format;
use super::init::InitNames;
use super::refusal::Refusal;
use super::separate::Separate;
use super::unit::{Proof, prove};

/// Proves the init symbol of a bundle or dynamic library, or of a program with the module inside.
pub(super) fn examine(path: &Path, data: &[u8], names: &InitNames) -> Result<Proof, Refusal> {
    let mut first = None;
    for slice in slices(data)? {
        let proof = examine_slice(path, slice, names)?;
        first.get_or_insert(proof);
    }
    first.ok_or_else(|| malformed("it is universal, but holds nothing"))
}

fn examine_slice(path: &Path, data: &[u8], names: &InitNames) -> Result<Proof, Refusal> {
    let image = Image::parse(data)?;
    let what = match image.file_type {
        macho::MH_BUNDLE | macho::MH_DYLIB | macho::MH_EXECUTE => None,
        macho::MH_OBJECT => Some("an object file"),
        macho::MH_DSYM => Some("a debug file without code"),
        macho::MH_CORE => Some("a core dump"),
        _ => Some("of an unknown type"),
    };
    if let Some(what) = what {
        return Err(Refusal::NotLoadable {
            format: Format::MachO,
            what: what.to_owned(),
        });
    }
    let symbols = image.init_symbols(names)?;
    let Some(init) = symbols.inits.first() else {
        return Err(Refusal::NoInit {
            symbol: names.usual().to_owned(),
            seen: symbols.seen,
        });
    };
    let debug = image.debug_sections()?;
    if debug.has_units() {
        return prove(Format::MachO, &debug, &symbols.inits);
    }
    let symbol = init.symbol.clone();
    let bundle = match dsym::find(path, &image)? {
        dsym::Found::Data(data) => data,
        dsym::Found::Foreign(path) => {
            return Err(Refusal::Elsewhere {
                symbol,
                place: Separate::ForeignDsym(path),
            });
        }
        dsym::Found::Nothing => {
            return Err(match symbols.object {
                Some(object) => Refusal::Elsewhere {
                    symbol,
                    place: Separate::DebugMap(object),
                },
                None => Refusal::NoDebugInfo { symbol },
            });
        }
    };
    for slice in slices(&bundle)? {
        let twin = Image::parse(slice)?;
        if twin.is_twin_of(&image) {
            let debug = twin.debug_sections()?;
            if !debug.has_units() {
                return Err(Refusal::NoDebugInfo { symbol });
            }
            return prove(Format::MachO, &debug, &symbols.inits);
        }
    }
    Err(malformed("its dSYM changed while it was read"))
}

fn malformed(detail: impl std::fmt::Display) -> Refusal {
    Refusal::Malformed {
        format: Format::MachO,
        detail: detail.to_string(),
    }
}

/// The slices of a universal file; a thin file is its own only slice.
fn slices(data: &[u8]) -> Result<Vec<&[u8]>, Refusal> {
    fn of<'d, Arch: FatArch>(
        file: object::Result<MachOFatFile<'d, Arch>>,
        data: &'d [u8],
    ) -> object::Result<Vec<&'d [u8]>> {
        file?.arches().iter().map(|arch| arch.data(data)).collect()
    }
    match data {
        [0xca, 0xfe, 0xba, 0xbe, ..] => of(MachOFatFile32::parse(data), data).map_err(malformed),
        [0xca, 0xfe, 0xba, 0xbf, ..] => of(MachOFatFile64::parse(data), data).map_err(malformed),
        _ => Ok(vec![data]),
    }
}
