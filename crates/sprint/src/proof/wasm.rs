//! WebAssembly: a program with modules linked in, or a side module.
//!
//! The addresses in a wasm file's DWARF count from the start of the contents of its code section. A
//! function's name is an export's, or one in the `name` section (a built-in module is exported
//! nowhere). The container is read here and not with a library: five sections of simple shape do
//! not pay for compiling a whole wasm parser.

use std::ops::Range;

use gimli::RunTimeEndian;

use super::debug::DebugSections;
use super::evidence::Format;
use super::init::{self, Init, InitNames};
use super::refusal::Refusal;
use super::separate::Separate;
use super::unit::{Proof, prove};

/// Proves the init symbol of a core module.
pub(super) fn examine(data: &[u8], names: &InitNames) -> Result<Proof, Refusal> {
    let module = Module::parse(data)?;
    let mut inits = Vec::new();
    let mut seen = "there is no function of that name";
    for (name, index) in &module.names {
        let Some(name) = names.find(name) else {
            continue;
        };
        match index.checked_sub(module.imported) {
            None => seen = "the function is imported, the host would have to bring it",
            Some(index) => {
                let body = module.bodies.get(index as usize);
                let body = body.ok_or_else(|| malformed("a function has a name but no code"))?;
                init::push(&mut inits, module.init(name, body)?)?;
            }
        }
    }
    let Some(first) = inits.first() else {
        return Err(Refusal::NoInit {
            symbol: names.usual().to_owned(),
            seen,
        });
    };
    if module.debug.has_units() {
        return prove(Format::Wasm, &module.debug, &inits);
    }
    let symbol = first.symbol.clone();
    Err(match module.external {
        Some(name) => Refusal::Elsewhere {
            symbol,
            place: Separate::DebugLink(name),
        },
        None => Refusal::NoDebugInfo { symbol },
    })
}

fn malformed(detail: &str) -> Refusal {
    Refusal::Malformed {
        format: Format::Wasm,
        detail: detail.to_owned(),
    }
}

fn not_loadable(what: &str) -> Refusal {
    Refusal::NotLoadable {
        format: Format::Wasm,
        what: what.to_owned(),
    }
}

struct Module<'d> {
    /// How many functions are imported: these come first in the numbering.
    imported: u32,
    /// Names of functions, with their numbers.
    names: Vec<(&'d [u8], u32)>,
    code: &'d [u8],
    /// Where in `code` the functions are, without their lengths.
    bodies: Vec<Range<usize>>,
    debug: DebugSections<'d>,
    /// A file that the module names for its debug information.
    external: Option<String>,
}

impl<'d> Module<'d> {
    fn parse(data: &'d [u8]) -> Result<Self, Refusal> {
        let mut rest = Bytes(data);
        match rest.take(8) {
            Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => {}
            Some([_, _, _, _, _, _, 1, 0]) => return Err(not_loadable("a component")),
            _ => return Err(malformed("its version is unknown")),
        }
        let mut module = Self {
            imported: 0,
            names: Vec::new(),
            code: &[],
            bodies: Vec::new(),
            debug: DebugSections::new(RunTimeEndian::Little),
            external: None,
        };
        while !rest.0.is_empty() {
            let cut = || malformed("a section is cut short");
            let id = rest.byte().ok_or_else(cut)?;
            let length = rest.number().ok_or_else(cut)?;
            let content = rest.take(length as usize).ok_or_else(cut)?;
            module.section(id, content)?;
        }
        Ok(module)
    }

    fn section(&mut self, id: u8, content: &'d [u8]) -> Result<(), Refusal> {
        const CUSTOM: u8 = 0;
        const IMPORT: u8 = 2;
        const EXPORT: u8 = 7;
        const CODE: u8 = 10;
        let mut bytes = Bytes(content);
        let read = match id {
            CUSTOM => return self.custom(content),
            IMPORT => count_imported_functions(&mut bytes).map(|count| self.imported = count),
            EXPORT => exported_functions(&mut bytes).map(|names| self.names.extend(names)),
            CODE if !self.code.is_empty() => return Err(malformed("it has two code sections")),
            CODE => {
                self.code = content;
                bodies(content).map(|found| self.bodies = found)
            }
            _ => Some(()),
        };
        read.ok_or_else(|| malformed("a section contradicts itself"))
    }

    fn custom(&mut self, content: &'d [u8]) -> Result<(), Refusal> {
        let mut rest = Bytes(content);
        let name = rest
            .name()
            .ok_or_else(|| malformed("a section has no name"))?;
        match name {
            b"linking" => return Err(not_loadable("an object file")),
            b"external_debug_info" => {
                let target = rest.name().unwrap_or_default();
                self.external = Some(String::from_utf8_lossy(target).into_owned());
            }
            b"name" => {
                let names = named_functions(rest);
                self.names
                    .extend(names.ok_or_else(|| malformed("its names are cut short"))?);
            }
            _ => {
                if let Some(id) = DebugSections::wanted(name)
                    && !self.debug.add(id, rest.0)
                {
                    return Err(malformed(&format!("it has two sections {}", id.name())));
                }
            }
        }
        Ok(())
    }

    fn init(&self, name: &str, body: &Range<usize>) -> Result<Init, Refusal> {
        let damaged = || malformed("a function contradicts itself");
        let locals = locals_length(&self.code[body.clone()]).ok_or_else(damaged)?;
        let first_body = self.bodies.first().map_or(0, |first| first.start);
        Ok(Init {
            symbol: name.to_owned(),
            address: body.start as u64,
            entry: (body.start + locals) as u64,
            size: body.len() as u64,
            section: first_body as u64..self.code.len() as u64,
        })
    }
}

fn count_imported_functions(bytes: &mut Bytes<'_>) -> Option<u32> {
    let mut functions = 0;
    for _ in 0..bytes.number()? {
        bytes.name()?;
        bytes.name()?;
        match bytes.byte()? {
            0 => {
                bytes.number()?;
                functions += 1;
            }
            1 => {
                bytes.byte()?;
                bytes.limits()?;
            }
            2 => bytes.limits()?,
            3 => {
                bytes.take(2)?;
            }
            4 => {
                bytes.byte()?;
                bytes.number()?;
            }
            _ => return None,
        }
    }
    Some(functions)
}

fn exported_functions<'d>(bytes: &mut Bytes<'d>) -> Option<Vec<(&'d [u8], u32)>> {
    let mut names = Vec::new();
    for _ in 0..bytes.number()? {
        let name = bytes.name()?;
        let kind = bytes.byte()?;
        let index = bytes.number()?;
        if kind == 0 {
            names.push((name, index));
        }
    }
    Some(names)
}

/// The functions' names in the `name` section: its part number 1.
fn named_functions(mut bytes: Bytes<'_>) -> Option<Vec<(&[u8], u32)>> {
    let mut names = Vec::new();
    while !bytes.0.is_empty() {
        let part = bytes.byte()?;
        let length = bytes.number()?;
        let mut content = Bytes(bytes.take(length as usize)?);
        if part != 1 {
            continue;
        }
        for _ in 0..content.number()? {
            let index = content.number()?;
            names.push((content.name()?, index));
        }
    }
    Some(names)
}

/// Where the functions are in the code section.
fn bodies(code: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut rest = Bytes(code);
    let mut found = Vec::new();
    for _ in 0..rest.number()? {
        let length = rest.number()? as usize;
        let start = code.len() - rest.0.len();
        rest.take(length)?;
        found.push(start..start + length);
    }
    Some(found)
}

/// The length of the declarations of local variables at the start of a function.
fn locals_length(body: &[u8]) -> Option<usize> {
    let mut rest = Bytes(body);
    for _ in 0..rest.number()? {
        rest.number()?;
        rest.byte()?;
    }
    Some(body.len() - rest.0.len())
}

/// What is left to read.
struct Bytes<'d>(&'d [u8]);

impl<'d> Bytes<'d> {
    fn take(&mut self, length: usize) -> Option<&'d [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// An unsigned number of at most 32 bits, in LEB128.
    fn number(&mut self) -> Option<u32> {
        let mut value = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).ok();
            }
        }
        None
    }

    fn name(&mut self) -> Option<&'d [u8]> {
        let length = self.number()?;
        self.take(length as usize)
    }

    /// The limits of a table or memory: flags, a least size, and a greatest if the flags say so.
    /// (Sizes of 64-bit memories that need more than 32 bits are not read.)
    fn limits(&mut self) -> Option<()> {
        let flags = self.number()?;
        self.number()?;
        if flags & 1 != 0 {
            self.number()?;
        }
        Some(())
    }
}
