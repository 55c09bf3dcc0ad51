//! WebAssembly programs with modules linked in.

use super::super::{Format, examine};
use super::foreign::{Foreign, rust_languages, with_c_unit};
use super::workshop::{bytes, rustc_version};
use super::{accepted, refused};

const TARGET: &str = "wasm32-wasip1";

#[test]
fn an_export_and_a_mere_name_are_both_found() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    foreign.object("m.o", TARGET, &["_base64"]);
    for (name, how) in [
        ("export", "--export=PyInit__base64"),
        ("name", "--no-gc-sections"),
    ] {
        let program = foreign.link(name, "wasm", &["--no-entry", how, "m.o"]);
        let evidence = accepted(&program);
        assert_eq!(evidence.producer, rustc_version());
        assert_eq!(evidence.format, Format::Wasm);
        assert!(evidence.unit.contains("base64.rs"), "{evidence:?}");
        assert_eq!(
            examine(&program, "_c").expect_err("another name").id(),
            "no-init"
        );
    }
}

#[test]
fn one_program_with_both_vouches_for_the_rust_one_only() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    foreign.object("a.o", TARGET, &["_base64"]);
    foreign.object("b.o", TARGET, &["_c"]);
    let program = foreign.link(
        "both.wasm",
        "wasm",
        &["--no-entry", "--no-gc-sections", "a.o", "b.o"],
    );
    let whole = bytes(&program);
    assert_eq!(rust_languages(&whole).len(), 2);
    let mixed = foreign.shop.write("mixed.wasm", with_c_unit(&whole, 1));
    accepted(&mixed);
    assert_eq!(examine(&mixed, "_c").expect_err("C").id(), "other-language");
    let mixed = foreign.shop.write("mixed.wasm", with_c_unit(&whole, 0));
    refused(&mixed, "other-language");
    assert!(examine(&mixed, "_c").is_ok());
}

#[test]
fn a_dropped_function_claims_nothing() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    foreign.object("a.o", TARGET, &["_base64", "_c"]);
    let program = foreign.link(
        "m.wasm",
        "wasm",
        &["--no-entry", "--export=PyInit__base64", "a.o"],
    );
    accepted(&program);
    assert_eq!(
        examine(&program, "_c").expect_err("dropped").id(),
        "no-init"
    );
}

#[test]
fn without_debug_information_there_is_no_proof() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    foreign.object("m.o", TARGET, &["_base64"]);
    let export = ["--no-entry", "--export=PyInit__base64", "m.o"];
    let bare = foreign.link(
        "bare.wasm",
        "wasm",
        &[&["--strip-debug"], &export[..]].concat(),
    );
    // The `producers` section stays, and says rustc: it speaks for nobody in particular.
    refused(&bare, "no-debug-info");
    refused(&foreign.shop.path("m.o"), "not-loadable");

    let mut named = bytes(&bare);
    named.extend(b"\0\x1c\x13external_debug_info\x07m.debug");
    let refusal = refused(&foreign.shop.write("named.wasm", named), "debug-link");
    assert!(refusal.to_string().contains("m.debug"), "{refusal}");
}

#[test]
fn damaged_containers_are_refused() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    let header = *b"\0asm\x01\0\0\0";
    let with = |rest: &[u8]| [&header[..], rest].concat();
    for (name, content, id) in [
        ("bare", with(b""), "no-init"),
        ("component", b"\0asm\x0d\0\x01\0".to_vec(), "not-loadable"),
        ("future", b"\0asm\x02\0\0\0".to_vec(), "malformed"),
        ("cut", with(b"\x0a\x7f\x01"), "malformed"),
        (
            "endless number",
            with(b"\x0a\xff\xff\xff\xff\xff\xff"),
            "malformed",
        ),
        (
            "many exports",
            with(b"\x07\x05\xff\xff\xff\xff\x0f"),
            "malformed",
        ),
        (
            "two code sections",
            with(b"\x0a\x01\0\x0a\x01\0"),
            "malformed",
        ),
        (
            "imported",
            with(b"\x02\x12\x01\x01e\x0ePyInit__base64\0\0"),
            "malformed",
        ),
    ] {
        refused(&foreign.shop.write("x.wasm", content), id);
        assert!(!name.is_empty());
    }
    // One import, which the name section calls an init function.
    let imported =
        with(b"\x02\x07\x01\x01e\x01f\0\0\0\x18\x04name\x01\x11\x01\0\x0ePyInit__base64");
    let refusal = refused(&foreign.shop.write("x.wasm", imported), "no-init");
    assert!(refusal.to_string().contains("imported"), "{refusal}");
    // An export of a function that has no code.
    let nothing = with(b"\x07\x12\x01\x0ePyInit__base64\0\x05");
    refused(&foreign.shop.write("x.wasm", nothing), "malformed");
}
