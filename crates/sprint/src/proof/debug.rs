//! The debug sections that the proof reads, handed from a container format to gimli.

use gimli::{Dwarf, EndianSlice, RunTimeEndian, SectionId};

/// A piece of a debug section.
pub(super) type Slice<'d> = EndianSlice<'d, RunTimeEndian>;

/// The sections that hold units, their strings, ranges and lines. Nothing else is ever read.
const WANTED: [SectionId; 9] = [
    SectionId::DebugInfo,
    SectionId::DebugAbbrev,
    SectionId::DebugStr,
    SectionId::DebugLineStr,
    SectionId::DebugStrOffsets,
    SectionId::DebugAddr,
    SectionId::DebugLine,
    SectionId::DebugRanges,
    SectionId::DebugRngLists,
];

/// The contents of the wanted sections, by section.
#[derive(Debug)]
pub(super) struct DebugSections<'d> {
    endian: RunTimeEndian,
    found: Vec<(SectionId, &'d [u8])>,
}

impl<'d> DebugSections<'d> {
    pub(super) fn new(endian: RunTimeEndian) -> Self {
        Self {
            endian,
            found: Vec::new(),
        }
    }

    /// The wanted section whose ELF name is `name` (`.debug_info`).
    pub(super) fn wanted(name: &[u8]) -> Option<SectionId> {
        WANTED.into_iter().find(|id| id.name().as_bytes() == name)
    }

    /// The wanted section whose Mach-O name is `name`: `__debug_info`, cut at 16 characters.
    pub(super) fn wanted_in_mach_o(name: &[u8]) -> Option<SectionId> {
        let cut = |id: &SectionId| {
            let long = format!("__{}", id.name().trim_start_matches('.'));
            long.as_bytes().iter().take(16).eq(name)
        };
        WANTED.into_iter().find(cut)
    }

    /// Adds a section; `false` if there is one of that kind already, which no linker does.
    #[must_use]
    pub(super) fn add(&mut self, id: SectionId, data: &'d [u8]) -> bool {
        let first = self.get(id).is_none();
        if first {
            self.found.push((id, data));
        }
        first
    }

    fn get(&self, id: SectionId) -> Option<&'d [u8]> {
        self.found
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, data)| *data)
    }

    /// Whether there are any units to read.
    pub(super) fn has_units(&self) -> bool {
        self.get(SectionId::DebugInfo)
            .is_some_and(|data| !data.is_empty())
    }

    /// gimli's view of the sections.
    pub(super) fn dwarf(&self) -> Dwarf<Slice<'d>> {
        let loaded: Result<_, std::convert::Infallible> = Dwarf::load(|id| {
            Ok(EndianSlice::new(
                self.get(id).unwrap_or_default(),
                self.endian,
            ))
        });
        match loaded {
            Ok(dwarf) => dwarf,
        }
    }
}
