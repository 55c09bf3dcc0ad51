//! ELF: the init symbol as `dlsym` finds it, and the debug sections beside it.

use std::fmt::Display;
use std::ops::Range;

use gimli::RunTimeEndian;
use object::elf::{self, CompressionType, SectionType};
use object::read::elf::{
    CompressionHeader, Dyn, FileHeader, ProgramHeader, SectionHeader, SectionTable, Sym,
    SymbolTable,
};
use object::{Endian, Endianness, SymbolIndex};

use super::debug::DebugSections;
use super::evidence::Format;
use super::init::{self, Init, InitNames};
use super::refusal::Refusal;
use super::separate::Separate;
use super::unit::{Proof, prove};

/// Proves the init symbol of an ELF shared module, or of an executable with the module linked in.
///
pub(super) fn examine(data: &[u8], names: &InitNames) -> Result<Proof, Refusal> {
    match data.get(4) {
        Some(2) => File::<elf::FileHeader64<Endianness>>::parse(data)?.examine(names),
        Some(1) => File::<elf::FileHeader32<Endianness>>::parse(data)?.examine(names),
        _ => Err(malformed("its class is neither 32 nor 64 bit")),
    }
}

fn malformed(detail: impl Display) -> Refusal {
    Refusal::Malformed {
        format: Format::Elf,
        detail: detail.to_string(),
    }
}

fn not_loadable(what: &str) -> Refusal {
    Refusal::NotLoadable {
        format: Format::Elf,
        what: what.to_owned(),
    }
}

struct File<'d, Elf: FileHeader<Endian = Endianness>> {
    data: &'d [u8],
    endian: Endianness,
    header: &'d Elf,
    segments: &'d [Elf::ProgramHeader],
    sections: SectionTable<'d, Elf>,
}

impl<'d, Elf: FileHeader<Endian = Endianness>> File<'d, Elf> {
    fn parse(data: &'d [u8]) -> Result<Self, Refusal> {
        let header = Elf::parse(data).map_err(malformed)?;
        let endian = header.endian().map_err(malformed)?;
        let segments = header.program_headers(endian, data).map_err(malformed)?;
        let sections = header.sections(endian, data).map_err(malformed)?;
        Ok(Self {
            data,
            endian,
            header,
            segments,
            sections,
        })
    }

    fn examine(&self, names: &InitNames) -> Result<Proof, Refusal> {
        let tables = self.tables()?;
        if self.is_debug_file() {
            return Err(not_loadable("a debug file without code"));
        }
        let mut inits = Vec::new();
        let mut seen = "there is no such symbol";
        for table in tables {
            let symbols = self
                .sections
                .symbols(self.endian, self.data, *table)
                .map_err(malformed)?;
            for (index, symbol) in symbols.enumerate() {
                let name = symbols
                    .symbol_name(self.endian, symbol)
                    .map_err(malformed)?;
                let Some(name) = names.find(name) else {
                    continue;
                };
                match self.unusable(symbol, *table) {
                    Some(reason) => seen = reason,
                    None => init::push(&mut inits, self.init(name, &symbols, index, symbol)?)?,
                }
            }
        }
        let Some(first) = inits.first() else {
            return Err(Refusal::NoInit {
                symbol: names.usual().to_owned(),
                seen,
            });
        };
        let debug = self.debug_sections(&first.symbol)?;
        prove(Format::Elf, &debug, &inits)
    }

    /// The symbol tables in which an init function counts. A module's is called through `dlsym`, so
    /// it must be exported; a built-in one is called through a table inside the program, so the
    /// program's own symbols will do.
    fn tables(&self) -> Result<&'static [SectionType], Refusal> {
        const MODULE: &[SectionType] = &[elf::SHT_DYNSYM];
        const PROGRAM: &[SectionType] = &[elf::SHT_DYNSYM, elf::SHT_SYMTAB];
        let what = match self.header.e_type(self.endian) {
            elf::ET_EXEC => return Ok(PROGRAM),
            elf::ET_DYN if self.is_position_independent_program() => return Ok(PROGRAM),
            elf::ET_DYN => return Ok(MODULE),
            elf::ET_REL => "an object file",
            elf::ET_CORE => "a core dump",
            _ => "of an unknown type",
        };
        Err(not_loadable(what))
    }

    /// Whether the code was left out, as `objcopy --only-keep-debug` does.
    fn is_debug_file(&self) -> bool {
        self.sections.iter().any(|section| {
            section.sh_type(self.endian) == elf::SHT_NOBITS
                && section.sh_flags(self.endian).contains(elf::SHF_EXECINSTR)
        })
    }

    fn is_position_independent_program(&self) -> bool {
        self.segments.iter().any(|segment| {
            let entries = segment
                .dynamic(self.endian, self.data)
                .ok()
                .flatten()
                .unwrap_or_default();
            segment.p_type(self.endian) == elf::PT_INTERP
                || entries.iter().any(|entry| {
                    entry.tag(self.endian) == elf::DT_FLAGS_1
                        && entry.val(self.endian) & elf::DF_1_PIE.0 != 0
                })
        })
    }

    /// Why `dlsym` (or, for a program, the linker) would pass over `symbol`.
    fn unusable(&self, symbol: &Elf::Sym, table: SectionType) -> Option<&'static str> {
        let exported = table == elf::SHT_DYNSYM;
        let hidden = matches!(symbol.st_visibility(), elf::STV_HIDDEN | elf::STV_INTERNAL);
        if symbol.st_shndx(self.endian) == elf::SHN_UNDEF {
            Some("the symbol is undefined here, another file would have to bring it")
        } else if exported && (symbol.is_local() || hidden) {
            Some("the symbol is not exported")
        } else {
            None
        }
    }

    /// The init function of a defined symbol.
    fn init(
        &self,
        name: &str,
        symbols: &SymbolTable<'d, Elf>,
        index: SymbolIndex,
        symbol: &Elf::Sym,
    ) -> Result<Init, Refusal> {
        let not_code = |seen| Refusal::InitNotCode {
            symbol: name.to_owned(),
            seen,
        };
        if symbol.is_absolute(self.endian) {
            return Err(not_code("a fixed address outside every section"));
        }
        match symbol.st_type() {
            elf::STT_FUNC => {}
            elf::STT_GNU_IFUNC => {
                return Err(not_code(
                    "an indirect function, whose target is chosen at run time",
                ));
            }
            _ => return Err(not_code("data, or of no stated type")),
        }
        let section = symbols
            .symbol_section(self.endian, symbol, index)
            .map_err(malformed)?;
        let section = section.ok_or_else(|| not_code("in no section"))?;
        let section = self.sections.section(section).map_err(malformed)?;
        let flags = section.sh_flags(self.endian);
        if !(flags.contains(elf::SHF_EXECINSTR) && flags.contains(elf::SHF_ALLOC)) {
            return Err(not_code("in a section that is not executable"));
        }
        let address = self.code_address(symbol);
        let init = Init {
            symbol: name.to_owned(),
            address,
            entry: address,
            size: symbol.st_size(self.endian).into(),
            section: range(
                section.sh_addr(self.endian).into(),
                section.sh_size(self.endian).into(),
            ),
        };
        if !init.section.contains(&init.address) || !self.is_executable(init.address) {
            return Err(not_code(
                "at an address that is not in its own section, or not loaded as code",
            ));
        }
        Ok(init)
    }

    /// The address of a function symbol's code: on 32-bit Arm, bit 0 is not address but instruction
    /// set.
    fn code_address(&self, symbol: &Elf::Sym) -> u64 {
        let value: u64 = symbol.st_value(self.endian).into();
        if self.header.e_machine(self.endian) == elf::EM_ARM {
            value & !1
        } else {
            value
        }
    }

    /// Whether the loader maps `address` from the file as code.
    fn is_executable(&self, address: u64) -> bool {
        self.segments.iter().any(|segment| {
            let mapped = range(
                segment.p_vaddr(self.endian).into(),
                segment.p_filesz(self.endian).into(),
            );
            segment.p_type(self.endian) == elf::PT_LOAD
                && segment.p_flags(self.endian).contains(elf::PF_X)
                && mapped.contains(&address)
        })
    }

    fn debug_sections(&self, symbol: &str) -> Result<DebugSections<'d>, Refusal> {
        let endian = if self.endian.is_little_endian() {
            RunTimeEndian::Little
        } else {
            RunTimeEndian::Big
        };
        let mut debug = DebugSections::new(endian);
        let mut link = None;
        for section in self.sections.iter() {
            let name = self
                .sections
                .section_name(self.endian, section)
                .map_err(malformed)?;
            if name.starts_with(b".zdebug_") {
                return Err(compressed(name, "zlib, in GNU's old form"));
            }
            if name == b".gnu_debuglink" {
                link = Some(section.data(self.endian, self.data).map_err(malformed)?);
            }
            let Some(id) = DebugSections::wanted(name) else {
                continue;
            };
            if let Some((header, ..)) = section
                .compression(self.endian, self.data)
                .map_err(malformed)?
            {
                return Err(compressed(
                    name,
                    compression_method(header.ch_type(self.endian)),
                ));
            }
            let data = section.data(self.endian, self.data).map_err(malformed)?;
            if !debug.add(id, data) {
                return Err(malformed(format!("it has two sections {}", id.name())));
            }
        }
        if debug.has_units() {
            return Ok(debug);
        }
        let symbol = symbol.to_owned();
        Err(match link {
            Some(bytes) => Refusal::Elsewhere {
                symbol,
                place: Separate::DebugLink(c_string(bytes)),
            },
            None => Refusal::NoDebugInfo { symbol },
        })
    }
}

fn range(start: u64, length: u64) -> Range<u64> {
    start..start.saturating_add(length)
}

fn compressed(section: &[u8], method: &'static str) -> Refusal {
    Refusal::Compressed {
        section: String::from_utf8_lossy(section).into_owned(),
        method,
    }
}

fn compression_method(id: CompressionType) -> &'static str {
    match id {
        elf::ELFCOMPRESS_ZLIB => "zlib",
        elf::ELFCOMPRESS_ZSTD => "zstd",
        _ => "an unknown method",
    }
}

/// The text up to the first NUL.
fn c_string(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}
