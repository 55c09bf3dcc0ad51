//! Debug information that contradicts itself or the code.

use std::path::PathBuf;

use super::forge::{C99, Forged, PARTIAL_UNIT, RUSTC, code};
use super::workshop::{RUST_MODULE, Workshop};
use super::{accepted, refused};

/// A module of [`code`] and the given units.
fn module(shop: &Workshop, units: &[Forged<'_>]) -> PathBuf {
    let mut text = code();
    for (number, unit) in units.iter().enumerate() {
        text.push_str(&unit.assembler(number));
    }
    shop.write("forged.s", text);
    shop.shared("forged.so", &["forged.s"])
}

/// The control for the others: what they change is what makes the difference.
#[test]
fn the_forger_can_forge() {
    let Some(shop) = Workshop::new() else { return };
    let evidence = accepted(&module(&shop, &[Forged::default()]));
    assert_eq!(evidence.producer, "rustc 1.2.3");
    assert_eq!(
        (evidence.unit.as_str(), evidence.producer_raw.as_str()),
        ("forged unit", RUSTC)
    );
}

#[test]
fn language_and_producer_must_both_be_right() {
    let Some(shop) = Workshop::new() else { return };
    let c = Forged {
        language: C99,
        ..Forged::default()
    };
    refused(&module(&shop, &[c]), "other-language");
    for (language, words) in [
        (0x8001, "from an assembly compile unit (clang LLVM"),
        (0x4, "from a C++ compile unit"),
        (0x2, "from a C compile unit"),
        (0x16, "from a Go compile unit"),
        (0x7fff, "from an unknown-language (0x7fff) compile unit"),
    ] {
        let other = Forged {
            language,
            ..Forged::default()
        };
        let refusal = refused(&module(&shop, &[other]), "other-language");
        assert!(refusal.to_string().contains(words), "{refusal}");
    }
    for producer in [
        "GNU Rust 14.1.0",
        "GNU C17 12.2.0 -DX=clang LLVM (rustc version 1.2.3)",
        "",
    ] {
        let other = Forged {
            producer,
            ..Forged::default()
        };
        refused(&module(&shop, &[other]), "other-compiler");
    }
}

#[test]
fn the_unit_must_hold_the_whole_function() {
    let Some(shop) = Workshop::new() else { return };
    let first_byte = Forged {
        length: "1",
        ..Forged::default()
    };
    refused(&module(&shop, &[first_byte]), "partly-claimed");
    let all_but_first = Forged {
        low: "PyInit__base64 + 1",
        length: "7",
        ..Forged::default()
    };
    refused(&module(&shop, &[all_but_first]), "no-unit");
}

#[test]
fn a_range_that_leaves_the_section_is_no_claim() {
    let Some(shop) = Workshop::new() else { return };
    for (low, length) in [
        ("0", "0x7fffffff"),
        ("1", "0x100000"),
        ("PyInit__base64", "-1"),
    ] {
        let wide = Forged {
            low,
            length,
            ..Forged::default()
        };
        refused(&module(&shop, &[wide]), "no-unit");
    }
}

#[test]
fn the_line_table_must_agree() {
    let Some(shop) = Workshop::new() else { return };
    let without = Forged {
        lines: false,
        ..Forged::default()
    };
    refused(&module(&shop, &[without]), "no-lines");
}

#[test]
fn a_unit_without_ranges_is_asked_for_its_lines() {
    let Some(shop) = Workshop::new() else { return };
    let lines_only = Forged {
        ranges: false,
        ..Forged::default()
    };
    accepted(&module(&shop, &[lines_only]));
    let c_lines_only = Forged {
        ranges: false,
        language: C99,
        ..Forged::default()
    };
    refused(&module(&shop, &[c_lines_only]), "other-language");
    let nothing = Forged {
        ranges: false,
        lines: false,
        ..Forged::default()
    };
    refused(&module(&shop, &[nothing]), "no-unit");
}

#[test]
fn a_partial_unit_owns_no_code() {
    let Some(shop) = Workshop::new() else { return };
    let partial = Forged {
        tag: PARTIAL_UNIT,
        ..Forged::default()
    };
    refused(&module(&shop, &[partial]), "no-unit");
    accepted(&module(&shop, &[partial, Forged::default()]));
}

#[test]
fn claimants_must_all_say_the_same() {
    let Some(shop) = Workshop::new() else { return };
    let rust = Forged::default();
    accepted(&module(&shop, &[rust, rust]));
    let c = Forged {
        language: C99,
        producer: "GNU C17 12.2.0 -g",
        ..rust
    };
    let newer = Forged {
        producer: "clang LLVM (rustc version 1.2.4 (0123456789 2015-09-01))",
        ..rust
    };
    let part = Forged {
        length: "1",
        ..rust
    };
    for rival in [c, newer, part] {
        for units in [[rust, rival], [rival, rust]] {
            let refusal = refused(&module(&shop, &units), "ambiguous");
            assert!(
                refusal
                    .to_string()
                    .contains("2 compile units: forged unit ("),
                "{refusal}"
            );
        }
    }
}

#[test]
fn a_rival_of_a_genuine_unit_is_seen() {
    let Some(shop) = Workshop::new() else { return };
    shop.rustc("libr.a", "staticlib", RUST_MODULE, &["-g"]);
    let whole = ["-Wl,--whole-archive", "libr.a", "-Wl,--no-whole-archive"];
    let rival = Forged {
        language: C99,
        lines: false,
        length: "1",
        ..Forged::default()
    };
    shop.write("rival.s", rival.assembler(0));
    accepted(&shop.shared("alone.so", &whole));
    let refusal = refused(
        &shop.shared("rivals.so", &[&["rival.s"], &whole[..]].concat()),
        "ambiguous",
    );
    assert!(refusal.to_string().contains("forged unit"), "{refusal}");
}

#[test]
fn a_second_section_of_units_is_refused() {
    let Some(shop) = Workshop::new() else { return };
    shop.rustc("m.so", "cdylib", RUST_MODULE, &["-g"]);
    shop.run(
        "objcopy",
        &["--rename-section", ".comment=.debug_info", "m.so", "two.so"],
    );
    let refusal = refused(&shop.path("two.so"), "malformed");
    assert!(
        refusal.to_string().contains("two sections .debug_info"),
        "{refusal}"
    );
}
