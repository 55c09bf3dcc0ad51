//! Damaged files: no panic, and never a claim that the whole file does not make.

use std::ops::Range;
use std::path::Path;

use super::super::Evidence;
use super::super::examine::examine_data;
use super::super::init::InitNames;
use super::foreign::Foreign;
use super::macho::self_contained;
use super::workshop::bytes;
#[cfg(target_os = "linux")]
use super::workshop::{C_MODULE, RUST_MODULE, Workshop};

/// A small generator of numbers (xorshift): the same damage in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).expect("below is a usize")
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.roll(256)).expect("below 256")
    }
}

/// Damages a copy of `whole` in one of a few ways; returns it with the bytes that differ.
fn damage(whole: &[u8], dice: &mut Dice) -> (Vec<u8>, Range<usize>) {
    let mut copy = whole.to_vec();
    let at = dice.roll(copy.len());
    let end = (at + 1 + dice.roll(8)).min(copy.len());
    match dice.roll(5) {
        0 => copy[at] ^= 1 << dice.roll(8),
        1 => copy[at..end].fill(0xff),
        2 => copy[at..end].fill(0),
        3 => copy[at..end]
            .iter_mut()
            .for_each(|byte| *byte = dice.byte()),
        _ => {
            copy.truncate(at);
            return (copy, at..whole.len());
        }
    }
    (copy, at..end)
}

/// How many damaged copies of each file are examined.
const COPIES: usize = 3000;

fn claim(data: &[u8]) -> Option<(String, String)> {
    let names = InitNames::new("_base64").expect("a name");
    let evidence: Evidence = examine_data(Path::new("damaged.so"), data, &names).ok()?;
    Some((evidence.init_symbol, evidence.producer))
}

/// Where `text` stands in `data`.
fn places(data: &[u8], text: &[u8]) -> Vec<Range<usize>> {
    let starts = data
        .windows(text.len())
        .enumerate()
        .filter(|(_, window)| *window == text);
    starts.map(|(start, _)| start..start + text.len()).collect()
}

/// Damages a genuine module many times, then every byte of it once in three ways.
fn never_claims_something_else(whole: &[u8]) {
    let genuine = claim(whole).expect("the whole module");
    // Other digits in the producer's own text are another true statement about another file.
    let text = places(whole, b"clang LLVM (rustc version");
    let spared: Vec<_> = text
        .iter()
        .map(|place| place.start..place.end + 40)
        .collect();
    assert!(!spared.is_empty());
    let mut dice = Dice(0x5eed);
    let mut survivors = 0;
    for _ in 0..COPIES {
        let (damaged, changed) = damage(whole, &mut dice);
        let found = claim(&damaged);
        let touched = |s: &Range<usize>| s.start < changed.end && changed.start < s.end;
        if spared.iter().any(touched) {
            continue;
        }
        if let Some(found) = found {
            survivors += 1;
            assert_eq!(found, genuine, "bytes {changed:?}");
        }
    }
    assert!(
        survivors > COPIES / 30,
        "much damage does not matter: {survivors}"
    );

    let mut copy = whole.to_vec();
    let mut answers = 0;
    for at in 0..whole.len() {
        for value in [0x00, 0x7f, 0xff] {
            copy[at] = value;
            answers += usize::from(claim(&copy).is_some());
        }
        copy[at] = whole[at];
    }
    assert!(answers > 0 && answers < whole.len() * 3);
}

/// Damages an impostor many times.
fn never_becomes_rust(whole: &[u8]) {
    let mut dice = Dice(0xc);
    for _ in 0..COPIES {
        let (damaged, changed) = damage(whole, &mut dice);
        assert_eq!(claim(&damaged), None, "bytes {changed:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_damaged_module_never_claims_something_else() {
    let Some(shop) = Workshop::new() else { return };
    for version in ["4", "5"] {
        let options = ["-g", &format!("-Cdwarf-version={version}")];
        never_claims_something_else(&bytes(&shop.rustc("m.so", "cdylib", RUST_MODULE, &options)));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_damaged_c_module_never_becomes_rust() {
    let Some(shop) = Workshop::new() else { return };
    let ident = "__asm__(\".ident \\\"clang LLVM (rustc version 1.95.0 (a b))\\\"\");\n";
    shop.write("c.c", format!("{ident}{C_MODULE}"));
    for option in ["-gdwarf-4", "-gdwarf-5", "-g0"] {
        never_becomes_rust(&bytes(&shop.shared("c.so", &[option, "c.c"])));
    }
}

#[test]
fn damage_is_no_better_in_other_formats() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    foreign.object("w.o", "wasm32-wasip1", &["_base64", "_c"]);
    let wasm = foreign.link("m.wasm", "wasm", &["--no-entry", "--no-gc-sections", "w.o"]);
    foreign.object(
        "t.o",
        "thumbv7neon-unknown-linux-gnueabihf",
        &["_base64", "_c"],
    );
    let thumb = foreign.link("t.so", "gnu", &["-shared", "t.o"]);
    let mach_o = self_contained(&foreign, "x86_64-apple-darwin");
    for whole in [bytes(&wasm), bytes(&thumb), mach_o] {
        never_claims_something_else(&whole);
    }
}
