//! The init symbols of an import name, and where a container format found one.

use std::ops::Range;

use super::refusal::Refusal;

/// The symbols that Python may call to initialise a module.
#[derive(Debug)]
pub(super) struct InitNames {
    symbols: [String; 2],
}

impl InitNames {
    /// The names for `import_name`; of a dotted name only the last part counts, as in Python's own
    /// loader.
    ///
    /// # Errors
    /// [`Refusal::BadName`] if the last part is not an ASCII identifier. (Python gives other names
    /// a `PyInitU_` symbol in punycode; no module of `CPython` needs one.)
    pub(super) fn new(import_name: &str) -> Result<Self, Refusal> {
        let last = import_name.rsplit('.').next().unwrap_or(import_name);
        let identifier = last.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !last.starts_with(|c: char| c.is_ascii_digit())
            && !last.is_empty();
        if !identifier {
            return Err(Refusal::BadName {
                name: import_name.to_owned(),
            });
        }
        Ok(Self {
            symbols: [format!("PyInit_{last}"), format!("PyModExport_{last}")],
        })
    }

    /// `PyInit_NAME`, the one to name when there is none.
    pub(super) fn usual(&self) -> &str {
        &self.symbols[0]
    }

    /// The entry of the list that `symbol` equals, if any.
    pub(super) fn find(&self, symbol: &[u8]) -> Option<&str> {
        self.symbols
            .iter()
            .map(String::as_str)
            .find(|name| name.as_bytes() == symbol)
    }
}

/// An init function as the container's symbol table gives it, in the addresses that its DWARF uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Init {
    /// The name as C spells it.
    pub(super) symbol: String,
    /// Address of the function's first byte.
    pub(super) address: u64,
    /// Address of its first instruction, which in wasm comes after the local variables.
    pub(super) entry: u64,
    /// Length of the function in bytes; 0 if the symbol table does not say.
    pub(super) size: u64,
    /// The executable section that holds it.
    pub(super) section: Range<u64>,
}

impl Init {
    /// Address of the last byte that is known to belong to the function.
    pub(super) fn last(&self) -> u64 {
        self.address.saturating_add(self.size.saturating_sub(1))
    }

    /// Whether `range` is the address range of code that is really there: not empty, and inside the
    /// function's section.
    pub(super) fn is_real(&self, range: &Range<u64>) -> bool {
        range.start < range.end
            && self.section.start <= range.start
            && range.end <= self.section.end
    }
}

/// Adds a definition of an init symbol to `found`.
///
/// # Errors
/// [`Refusal::TwoDefinitions`] if the symbol is already there with another address (symbol
/// versions, or two tables that disagree).
pub(super) fn push(found: &mut Vec<Init>, init: Init) -> Result<(), Refusal> {
    match found.iter().find(|known| known.symbol == init.symbol) {
        None => found.push(init),
        Some(known) if known.address == init.address => {}
        Some(known) => {
            return Err(Refusal::TwoDefinitions {
                symbol: init.symbol,
                addresses: [known.address, init.address],
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::InitNames;

    #[test]
    fn the_last_part_of_a_dotted_name_counts() {
        let names = InitNames::new("package._fast").expect("a plain name");
        assert_eq!(names.symbols, ["PyInit__fast", "PyModExport__fast"]);
    }

    #[test]
    fn names_that_are_no_identifiers_are_refused() {
        for name in ["", "a.", "1a", "a-b", "é", "a\0b", "a b"] {
            assert_eq!(
                InitNames::new(name).expect_err(name).id(),
                "bad-name",
                "{name:?}"
            );
        }
    }
}
