//! Hand-written debug information, as assembler text: units that no compiler would emit.

use std::fmt::Write;

/// A DWARF 4 unit over one stretch of code.
#[derive(Clone, Copy)]
pub(super) struct Forged<'a> {
    pub(super) tag: u16,
    pub(super) language: u16,
    pub(super) producer: &'a str,
    /// First address, as an assembler expression.
    pub(super) low: &'a str,
    /// Length in bytes, as an assembler expression.
    pub(super) length: &'a str,
    /// Whether the unit refers to the line table of [`code`].
    pub(super) lines: bool,
    /// Whether the unit states its addresses.
    pub(super) ranges: bool,
}

pub(super) const PARTIAL_UNIT: u16 = 0x3c;
pub(super) const RUST: u16 = 0x1c;
pub(super) const C99: u16 = 0x0c;
pub(super) const RUSTC: &str = "clang LLVM (rustc version 1.2.3 (0123456789 2015-08-06))";

impl Default for Forged<'_> {
    /// A unit of rustc's over the whole init function of [`code`], with lines.
    fn default() -> Self {
        Self {
            tag: 0x11,
            language: RUST,
            producer: RUSTC,
            low: "PyInit__base64",
            length: "init_end - PyInit__base64",
            lines: true,
            ranges: true,
        }
    }
}

/// An init function of several instructions, with a line table but no unit.
pub(super) fn code() -> String {
    format!(
        ".section .debug_line,\"\",%progbits\nforged_lines:\n\
         .text\n.file 1 \"forged.rs\"\n.globl PyInit__base64\n\
         .type PyInit__base64, %function\nPyInit__base64:\n.loc 1 1 0\n{}\
         .size PyInit__base64, . - PyInit__base64\ninit_end:\n\
         .section .note.GNU-stack,\"\",%progbits\n",
        "nop\n".repeat(8)
    )
}

impl Forged<'_> {
    /// The unit's sections; `number` tells its labels from those of other units in the same text.
    pub(super) fn assembler(&self, number: usize) -> String {
        let Self {
            tag,
            language,
            producer,
            low,
            length,
            lines,
            ranges,
        } = self;
        let mut shape = String::from(".uleb128 0x25, 0x08, 0x13, 0x05, 0x03, 0x08\n");
        let mut values =
            format!(".string \"{producer}\"\n.short {language:#x}\n.string \"forged unit\"\n");
        if *ranges {
            shape.push_str(".uleb128 0x11, 0x01, 0x12, 0x07\n");
            write!(values, ".quad {low}\n.quad {length}\n").expect("a string");
        }
        if *lines {
            shape.push_str(".uleb128 0x10, 0x17\n");
            values.push_str(".long forged_lines\n");
        }
        format!(
            ".section .debug_abbrev,\"\",%progbits\nshape{number}:\n\
             .uleb128 1, {tag}\n.byte 0\n{shape}.byte 0, 0, 0\n\
             .section .debug_info,\"\",%progbits\n.long end{number} - start{number}\n\
             start{number}:\n.short 4\n.long shape{number}\n.byte 8\n.uleb128 1\n{values}\
             end{number}:\n"
        )
    }
}
