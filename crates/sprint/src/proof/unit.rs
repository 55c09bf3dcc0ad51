//! Which compile unit an init function lies in, and whether rustc produced it.

use std::ops::Range;

use gimli::{DwLang, Dwarf};

use super::debug::{DebugSections, Slice};
use super::evidence::Format;
use super::init::Init;
use super::producer::{rustc_version, short};
use super::refusal::Refusal;
use super::root::Root;
use super::separate::Separate;

/// A proven init function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) symbol: String,
    pub(super) version: String,
    pub(super) producer: String,
    pub(super) unit: String,
}

/// Proves every one of `inits`; returns the proof of the first.
///
/// # Errors
/// The refusal of the first that fails.
pub(super) fn prove(
    format: Format,
    debug: &DebugSections<'_>,
    inits: &[Init],
) -> Result<Proof, Refusal> {
    let dwarf = debug.dwarf();
    let mut first = None;
    for init in inits {
        let proof = prove_one(&dwarf, init).map_err(|problem| problem.into_refusal(format))?;
        first.get_or_insert(proof);
    }
    first.ok_or_else(|| Refusal::Malformed {
        format,
        detail: "no init symbol was looked up".to_owned(),
    })
}

/// A refusal, or DWARF that gimli cannot read.
enum Problem {
    Refused(Refusal),
    Unreadable(gimli::Error),
}

impl Problem {
    fn into_refusal(self, format: Format) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Unreadable(error) => Refusal::Malformed {
                format,
                detail: format!("its debug information cannot be read ({error})"),
            },
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<gimli::Error> for Problem {
    fn from(error: gimli::Error) -> Self {
        Self::Unreadable(error)
    }
}

fn prove_one(dwarf: &Dwarf<Slice<'_>>, init: &Init) -> Result<Proof, Problem> {
    let claimants = claimants(dwarf, init)?;
    let mut verdicts = Vec::new();
    for claimant in &claimants {
        verdicts.push(verdict(dwarf, init, claimant)?);
    }
    match verdicts.as_slice() {
        [] => Err(Refusal::NoUnit {
            symbol: init.symbol.clone(),
            address: init.address,
            rustc_units: count_rustc_units(dwarf)?,
        }
        .into()),
        [only] => only.clone().map_err(Problem::from),
        // Units of one rustc may share folded code; they all say the same thing, so the claim
        // holds.
        [Ok(first), rest @ ..]
            if rest
                .iter()
                .all(|v| v.as_ref().is_ok_and(|p| p.producer == first.producer)) =>
        {
            Ok(first.clone())
        }
        _ => {
            let units = claimants
                .iter()
                .map(|claimant| claimant.describe(dwarf))
                .collect();
            Err(Refusal::Ambiguous {
                symbol: init.symbol.clone(),
                units,
            }
            .into())
        }
    }
}

/// A unit that claims the first byte of the init function.
struct Claimant<'d> {
    root: Root<'d>,
    whole: bool,
}

impl<'d> Claimant<'d> {
    fn name(&self, dwarf: &Dwarf<Slice<'d>>) -> String {
        self.root.name(dwarf).unwrap_or_default()
    }

    fn describe(&self, dwarf: &Dwarf<Slice<'d>>) -> String {
        let producer = self
            .root
            .producer(dwarf)
            .unwrap_or_else(|| "no producer".to_owned());
        format!("{} ({})", self.name(dwarf), short(&producer))
    }
}

/// All units that claim the init function. Units that state no ranges are asked for their line
/// table.
fn claimants<'d>(dwarf: &Dwarf<Slice<'d>>, init: &Init) -> Result<Vec<Claimant<'d>>, Problem> {
    let mut found = Vec::new();
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        let Some(root) = Root::read(dwarf, header)?.filter(Root::is_compile_unit) else {
            continue;
        };
        let ranges = match root.ranges(dwarf)? {
            Some(ranges) => ranges,
            None => root.line_ranges(dwarf)?,
        };
        if claims(init, &ranges, init.address) {
            let whole = claims(init, &ranges, init.last());
            found.push(Claimant { root, whole });
        }
    }
    Ok(found)
}

fn claims(init: &Init, ranges: &[Range<u64>], address: u64) -> bool {
    ranges
        .iter()
        .any(|range| range.contains(&address) && init.is_real(range))
}

/// What one claimant amounts to, were it the only one.
fn verdict<'d>(
    dwarf: &Dwarf<Slice<'d>>,
    init: &Init,
    claimant: &Claimant<'d>,
) -> gimli::Result<Result<Proof, Refusal>> {
    let symbol = init.symbol.clone();
    let unit = claimant.name(dwarf);
    let producer = claimant.root.producer(dwarf);
    let refusal = if let Some(file) = claimant.root.split_file(dwarf) {
        Refusal::Elsewhere {
            symbol,
            place: Separate::Split(file),
        }
    } else if claimant.root.language() != Some(gimli::DW_LANG_Rust) {
        let producer =
            producer.map_or_else(|| "no producer".to_owned(), |text| short(&text).to_owned());
        Refusal::OtherLanguage {
            symbol,
            language: language_name(claimant.root.language()),
            producer,
            unit,
        }
    } else {
        match producer
            .as_deref()
            .and_then(rustc_version)
            .map(str::to_owned)
        {
            None => {
                let producer = producer.unwrap_or_else(|| "no readable producer".to_owned());
                Refusal::OtherCompiler {
                    symbol,
                    producer,
                    unit,
                }
            }
            Some(_) if !claimant.whole => Refusal::PartlyClaimed { symbol, unit },
            Some(_) if !claims(init, &claimant.root.line_ranges(dwarf)?, init.entry) => {
                Refusal::NoLines { symbol, unit }
            }
            Some(version) => {
                return Ok(Ok(Proof {
                    symbol,
                    version,
                    producer: producer.unwrap_or_default(),
                    unit,
                }));
            }
        }
    };
    Ok(Err(refusal))
}

/// How many units of the file come from rustc, wherever they are: only to word a refusal.
fn count_rustc_units(dwarf: &Dwarf<Slice<'_>>) -> gimli::Result<usize> {
    let mut count = 0;
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        let Some(root) = Root::read(dwarf, header)? else {
            continue;
        };
        let rust = root.language() == Some(gimli::DW_LANG_Rust);
        if rust
            && root
                .producer(dwarf)
                .as_deref()
                .and_then(rustc_version)
                .is_some()
        {
            count += 1;
        }
    }
    Ok(count)
}

/// A language in the words a person uses.
fn language_name(language: Option<DwLang>) -> String {
    let Some(language) = language else {
        return "unnamed-language".to_owned();
    };
    match language.static_string() {
        Some("DW_LANG_C" | "DW_LANG_C89" | "DW_LANG_C99" | "DW_LANG_C11" | "DW_LANG_C17") => {
            "C".to_owned()
        }
        Some(name) if name.starts_with("DW_LANG_C_plus_plus") => "C++".to_owned(),
        Some("DW_LANG_Mips_Assembler") => "assembly".to_owned(),
        Some(name) => name.trim_start_matches("DW_LANG_").to_owned(),
        None => format!("unknown-language ({:#x})", language.0),
    }
}
