//! The root entry of one compile unit, and nothing below it.
//!
//! A debug build has hundreds of units, each with its own abbreviation table, and an unoptimised
//! build of this program must stay fast: so only the one abbreviation that the root uses is parsed.
//! The ranges are computed here and not by gimli's `unit_ranges`, which adds two numbers from the
//! file without checking for overflow.

use std::iter;
use std::ops::Range;
use std::sync::Arc;

use gimli::{
    Abbreviations, AttributeValue, DebugAbbrev, DebugAbbrevOffset, DebugAddrBase, DebugLineOffset,
    DebugLocListsBase, DebugRngListsBase, DebugStrOffsetsBase, DwAt, DwLang, DwTag, Dwarf,
    DwarfFileType, Reader, Section, Unit, UnitHeader,
};

use super::debug::Slice;

type Value<'d> = AttributeValue<Slice<'d>>;

/// What the root entry of a unit says.
#[derive(Debug)]
pub(super) struct Root<'d> {
    unit: Unit<Slice<'d>>,
    tag: DwTag,
    language: Option<DwLang>,
    line_offset: Option<DebugLineOffset>,
    attributes: Vec<(DwAt, Value<'d>)>,
}

impl<'d> Root<'d> {
    /// Reads the root entry of the unit under `header`; `None` if the unit has no entries at all.
    pub(super) fn read(
        dwarf: &Dwarf<Slice<'d>>,
        header: UnitHeader<Slice<'d>>,
    ) -> gimli::Result<Option<Self>> {
        let Some(abbreviations) = root_abbreviation(dwarf, &header)? else {
            return Ok(None);
        };
        let mut root = Self {
            unit: bare_unit(header, Arc::new(abbreviations)),
            tag: gimli::DW_TAG_null,
            language: None,
            line_offset: None,
            attributes: Vec::new(),
        };
        root.read_attributes()?;
        if let Some(low) = root.address(dwarf, gimli::DW_AT_low_pc)? {
            root.unit.low_pc = low;
        }
        Ok(Some(root))
    }

    fn read_attributes(&mut self) -> gimli::Result<()> {
        let abbreviations = Arc::clone(&self.unit.abbreviations);
        let mut entries = self.unit.header.entries_raw(&abbreviations, None)?;
        let Some(abbreviation) = entries.read_abbreviation()? else {
            return Ok(());
        };
        self.tag = abbreviation.tag();
        for specification in abbreviation.attributes() {
            let attribute = entries.read_attribute(*specification)?;
            match attribute.value() {
                AttributeValue::Language(language) => self.language = Some(language),
                AttributeValue::DebugLineRef(offset) => self.line_offset = Some(offset),
                AttributeValue::DebugStrOffsetsBase(base) => self.unit.str_offsets_base = base,
                AttributeValue::DebugAddrBase(base) => self.unit.addr_base = base,
                AttributeValue::DebugRngListsBase(base) => self.unit.rnglists_base = base,
                value => self.attributes.push((attribute.name(), value)),
            }
        }
        Ok(())
    }

    /// Whether this is a unit that code is attributed to: not a type unit, not a part shared by
    /// several units.
    pub(super) fn is_compile_unit(&self) -> bool {
        self.tag == gimli::DW_TAG_compile_unit || self.tag == gimli::DW_TAG_skeleton_unit
    }

    /// `DW_AT_language`.
    pub(super) fn language(&self) -> Option<DwLang> {
        self.language
    }

    /// `DW_AT_producer`, if it is there and readable.
    pub(super) fn producer(&self, dwarf: &Dwarf<Slice<'d>>) -> Option<String> {
        self.string(dwarf, gimli::DW_AT_producer)
    }

    /// `DW_AT_name`, if it is there and readable.
    pub(super) fn name(&self, dwarf: &Dwarf<Slice<'d>>) -> Option<String> {
        self.string(dwarf, gimli::DW_AT_name)
    }

    /// The file that holds the rest of a split unit.
    pub(super) fn split_file(&self, dwarf: &Dwarf<Slice<'d>>) -> Option<String> {
        let named = self
            .string(dwarf, gimli::DW_AT_dwo_name)
            .or_else(|| self.string(dwarf, gimli::DW_AT_GNU_dwo_name));
        let skeleton = self.tag == gimli::DW_TAG_skeleton_unit;
        named.or_else(|| skeleton.then(|| "a file that the unit does not name".to_owned()))
    }

    /// The address ranges of the unit; `None` if it states none.
    pub(super) fn ranges(
        &self,
        dwarf: &Dwarf<Slice<'d>>,
    ) -> gimli::Result<Option<Vec<Range<u64>>>> {
        if let Some(value) = self.value(gimli::DW_AT_ranges)
            && let Some(mut list) = dwarf.attr_ranges(&self.unit, value)?
        {
            let mut ranges = Vec::new();
            while let Some(range) = list.next()? {
                ranges.push(range.begin..range.end);
            }
            return Ok(Some(ranges));
        }
        let Some(low) = self.address(dwarf, gimli::DW_AT_low_pc)? else {
            return Ok(None);
        };
        let high = match self.value(gimli::DW_AT_high_pc) {
            // A length past the end of all addresses is no range of real code, but it is stated.
            Some(AttributeValue::Udata(length)) => Some(low.saturating_add(length)),
            Some(_) => self.address(dwarf, gimli::DW_AT_high_pc)?,
            None => None,
        };
        Ok(high.map(|high| iter::once(low..high).collect()))
    }

    /// The address ranges that the unit's line table covers; empty if it has none.
    pub(super) fn line_ranges(&self, dwarf: &Dwarf<Slice<'d>>) -> gimli::Result<Vec<Range<u64>>> {
        let Some(offset) = self.line_offset else {
            return Ok(Vec::new());
        };
        let address_size = self.unit.header.address_size();
        let (_, sequences) = dwarf
            .debug_line
            .program(offset, address_size, None, None)?
            .sequences()?;
        Ok(sequences
            .iter()
            .map(|sequence| sequence.start..sequence.end)
            .collect())
    }

    fn value(&self, name: DwAt) -> Option<Value<'d>> {
        self.attributes
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    fn string(&self, dwarf: &Dwarf<Slice<'d>>, name: DwAt) -> Option<String> {
        let text = dwarf.attr_string(&self.unit, self.value(name)?).ok()?;
        Some(text.to_string_lossy().into_owned())
    }

    fn address(&self, dwarf: &Dwarf<Slice<'d>>, name: DwAt) -> gimli::Result<Option<u64>> {
        match self.value(name) {
            Some(value) => dwarf.attr_address(&self.unit, value),
            None => Ok(None),
        }
    }
}

/// A unit without anything that only its attributes could say.
fn bare_unit(header: UnitHeader<Slice<'_>>, abbreviations: Arc<Abbreviations>) -> Unit<Slice<'_>> {
    let encoding = header.encoding();
    Unit {
        abbreviations,
        name: None,
        comp_dir: None,
        low_pc: 0,
        str_offsets_base: DebugStrOffsetsBase::default_for_encoding_and_file(
            encoding,
            DwarfFileType::Main,
        ),
        addr_base: DebugAddrBase(0),
        loclists_base: DebugLocListsBase::default_for_encoding_and_file(
            encoding,
            DwarfFileType::Main,
        ),
        rnglists_base: DebugRngListsBase::default_for_encoding_and_file(
            encoding,
            DwarfFileType::Main,
        ),
        line_program: None,
        dwo_id: None,
        header,
    }
}

/// The abbreviation of the unit's first entry, alone in its table; `None` if the unit is empty.
fn root_abbreviation<'d>(
    dwarf: &Dwarf<Slice<'d>>,
    header: &UnitHeader<Slice<'d>>,
) -> gimli::Result<Option<Abbreviations>> {
    let mut entries = match header.range_from(header.root_offset()..) {
        Ok(entries) => entries,
        Err(gimli::Error::OffsetOutOfBounds(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let wanted = entries.read_uleb128()?;
    if wanted == 0 {
        return Ok(None);
    }
    let mut table = *dwarf.debug_abbrev.reader();
    table.skip(header.debug_abbrev_offset().0)?;
    loop {
        let mut rest = table;
        let code = rest.read_uleb128()?;
        if code == 0 {
            return Err(gimli::Error::InvalidAbbreviationCode(wanted));
        }
        skip_abbreviation(&mut rest)?;
        if code == wanted {
            let length = table.len() - rest.len();
            table.truncate(length)?;
            let alone = DebugAbbrev::from(table);
            return alone.abbreviations(DebugAbbrevOffset(0)).map(Some);
        }
        table = rest;
    }
}

/// Skips the tag, the children flag and the attributes of an abbreviation.
fn skip_abbreviation(table: &mut Slice<'_>) -> gimli::Result<()> {
    table.read_uleb128()?;
    table.skip(1)?;
    loop {
        let name = table.read_uleb128()?;
        let form = table.read_uleb128()?;
        if name == 0 && form == 0 {
            return Ok(());
        }
        if form == u64::from(gimli::DW_FORM_implicit_const.0) {
            table.read_sleb128()?;
        }
    }
}
