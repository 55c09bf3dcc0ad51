//! One slice of a Mach-O file: its sections, its symbols, its identity.

use std::ops::Range;

use gimli::RunTimeEndian;
use object::Endianness;
use object::macho::{self, CpuType, FileType, SymbolFlags};
use object::read::macho::{MachHeader, Nlist, Section as _, Segment as _};

use super::malformed;
use crate::proof::debug::DebugSections;
use crate::proof::init::{self, Init, InitNames};
use crate::proof::refusal::Refusal;

/// What a slice says about itself, in terms that do not depend on its word size.
pub(super) struct Image<'d> {
    pub(super) file_type: FileType,
    endian: Endianness,
    cpu: CpuType,
    uuid: Option<[u8; 16]>,
    sections: Vec<Section<'d>>,
    symbols: Vec<Symbol<'d>>,
}

struct Section<'d> {
    name: &'d [u8],
    addresses: Range<u64>,
    executable: bool,
    /// The contents of a debug section.
    debug: Option<&'d [u8]>,
}

struct Symbol<'d> {
    name: &'d [u8],
    flags: SymbolFlags,
    section: u8,
    address: u64,
}

/// What the symbol table says about the init symbols.
pub(super) struct InitSymbols {
    pub(super) inits: Vec<Init>,
    /// Why there are none.
    pub(super) seen: &'static str,
    /// The object file that the debug map names for the init function.
    pub(super) object: Option<String>,
}

impl<'d> Image<'d> {
    pub(super) fn parse(data: &'d [u8]) -> Result<Self, Refusal> {
        let parsed = match data {
            [0xfe, 0xed, 0xfa, 0xcf, ..] | [0xcf, 0xfa, 0xed, 0xfe, ..] => {
                Self::parse_as::<macho::MachHeader64<Endianness>>(data)
            }
            [0xfe, 0xed, 0xfa, 0xce, ..] | [0xce, 0xfa, 0xed, 0xfe, ..] => {
                Self::parse_as::<macho::MachHeader32<Endianness>>(data)
            }
            _ => return Err(malformed("a slice of it is no Mach-O file")),
        };
        parsed.map_err(malformed)
    }

    fn parse_as<Mach: MachHeader<Endian = Endianness>>(data: &'d [u8]) -> object::Result<Self> {
        let header = Mach::parse(data, 0)?;
        let endian = header.endian()?;
        let mut image = Self {
            file_type: header.filetype(endian),
            endian,
            cpu: header.cputype(endian),
            uuid: None,
            sections: Vec::new(),
            symbols: Vec::new(),
        };
        let mut commands = header.load_commands(endian, data, 0)?;
        while let Some(command) = commands.next()? {
            if let Some((segment, sections)) = Mach::Segment::from_command(command)? {
                let executable = segment.initprot(endian).contains(macho::VM_PROT_EXECUTE);
                for section in segment.sections(endian, sections)? {
                    image
                        .sections
                        .push(read_section::<Mach>(section, executable, endian, data)?);
                }
            } else if let Some(uuid) = command.uuid()? {
                image.uuid = Some(uuid.uuid);
            } else if let Some(table) = command.symtab()? {
                let table = table.symbols::<Mach, _>(endian, data)?;
                for symbol in table.iter() {
                    image.symbols.push(Symbol {
                        name: symbol.name(endian, table.strings())?,
                        flags: symbol.n_type(),
                        section: symbol.n_sect(),
                        address: symbol.n_value(endian).into(),
                    });
                }
            }
        }
        Ok(image)
    }

    /// Whether both come from one link: the same processor and the same UUID.
    pub(super) fn is_twin_of(&self, other: &Self) -> bool {
        self.uuid.is_some() && self.uuid == other.uuid && self.cpu == other.cpu
    }

    pub(super) fn init_symbols(&self, names: &InitNames) -> Result<InitSymbols, Refusal> {
        let mut found = InitSymbols {
            inits: Vec::new(),
            seen: "there is no such symbol",
            object: None,
        };
        let mut object = None;
        for symbol in &self.symbols {
            let stab = symbol.flags.stab();
            if stab == Some(macho::N_OSO) {
                object = Some(symbol.name);
            }
            let Some(name) = symbol
                .name
                .strip_prefix(b"_")
                .and_then(|name| names.find(name))
            else {
                continue;
            };
            if stab == Some(macho::N_FUN) {
                found.object = object.map(|path| String::from_utf8_lossy(path).into_owned());
            }
            if stab.is_some() {
                continue;
            }
            match self.unusable(symbol.flags) {
                Some(reason) => found.seen = reason,
                None => init::push(&mut found.inits, self.init(name, symbol)?)?,
            }
        }
        Ok(found)
    }

    /// Why `dlsym` (or, for a program, the linker) would pass over a symbol.
    fn unusable(&self, flags: SymbolFlags) -> Option<&'static str> {
        let exported = flags.contains(macho::N_EXT) && !flags.contains(macho::N_PEXT);
        match flags.typ() {
            macho::N_UNDF | macho::N_PBUD => {
                Some("the symbol is undefined here, another file would have to bring it")
            }
            // A built-in module is called through a table inside the program.
            _ if !exported && self.file_type != macho::MH_EXECUTE => {
                Some("the symbol is not exported")
            }
            _ => None,
        }
    }

    fn init(&self, name: &str, symbol: &Symbol<'_>) -> Result<Init, Refusal> {
        let not_code = |seen| Refusal::InitNotCode {
            symbol: name.to_owned(),
            seen,
        };
        match symbol.flags.typ() {
            macho::N_SECT => {}
            macho::N_ABS => return Err(not_code("a fixed address outside every section")),
            _ => return Err(not_code("another name for a symbol of another file")),
        }
        let index = usize::from(symbol.section).checked_sub(1);
        let section = index.and_then(|index| self.sections.get(index));
        let section = section.ok_or_else(|| not_code("in no section"))?;
        if !section.executable {
            return Err(not_code("in a section that is not executable"));
        }
        if !section.addresses.contains(&symbol.address) {
            return Err(not_code("at an address that is not in its own section"));
        }
        Ok(Init {
            symbol: name.to_owned(),
            address: symbol.address,
            entry: symbol.address,
            size: 0,
            section: section.addresses.clone(),
        })
    }

    pub(super) fn debug_sections(&self) -> Result<DebugSections<'d>, Refusal> {
        let mut debug = DebugSections::new(match self.endian {
            Endianness::Little => RunTimeEndian::Little,
            Endianness::Big => RunTimeEndian::Big,
        });
        for section in &self.sections {
            let Some(data) = section.debug else { continue };
            if section.name.starts_with(b"__zdebug_") {
                let section = String::from_utf8_lossy(section.name).into_owned();
                return Err(Refusal::Compressed {
                    section,
                    method: "zlib, in GNU's old form",
                });
            }
            let Some(id) = DebugSections::wanted_in_mach_o(section.name) else {
                continue;
            };
            if !debug.add(id, data) {
                return Err(malformed(format!("it has two sections {}", id.name())));
            }
        }
        Ok(debug)
    }
}

fn read_section<'d, Mach: MachHeader<Endian = Endianness>>(
    section: &'d Mach::Section,
    in_executable_segment: bool,
    endian: Endianness,
    data: &'d [u8],
) -> object::Result<Section<'d>> {
    let start: u64 = section.addr(endian).into();
    let code = macho::S_ATTR_PURE_INSTRUCTIONS | macho::S_ATTR_SOME_INSTRUCTIONS;
    let debug = match section.segment_name() {
        b"__DWARF" => Some(section.data(endian, data, section.offset(endian).into())?),
        _ => None,
    };
    Ok(Section {
        name: section.name(),
        addresses: start..start.saturating_add(section.size(endian).into()),
        executable: in_executable_segment && section.flags(endian).intersects(code),
        debug,
    })
}
