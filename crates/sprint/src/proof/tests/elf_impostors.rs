//! What must be refused although something in the file says rustc.

use super::super::{Refusal, examine};
use super::workshop::{C_MODULE, RUST_MODULE, Workshop, bytes};
use super::{accepted, refused};

/// A Rust library for C to link: an init function of another name, and one large function.
const RUST_LIBRARY: &str = r#"
#![no_std]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! { loop {} }
#[unsafe(no_mangle)]
pub extern "C" fn rust_init() -> *mut core::ffi::c_void { core::ptr::null_mut() }
"#;

const CALLS_RUST: &str =
    "void *rust_init(void);\nvoid *PyInit__base64(void) { return rust_init(); }\n";

#[test]
fn a_c_module_is_refused_in_the_words_of_its_compiler() {
    let Some(shop) = Workshop::new() else { return };
    shop.write("c.c", C_MODULE);
    let refusal = refused(&shop.shared("c.so", &["-g", "c.c"]), "other-language");
    assert!(
        refusal
            .to_string()
            .starts_with("PyInit__base64 comes from a C compile unit (")
    );
    let Refusal::OtherLanguage { producer, unit, .. } = &refusal else {
        panic!("{refusal:?}")
    };
    assert!(
        !producer.contains(" -"),
        "the command line is not part of the name: {producer}"
    );
    assert_eq!(unit, "c.c");
    refused(&shop.shared("bare.so", &["c.c"]), "no-debug-info");
}

#[test]
fn a_comment_section_proves_nothing() {
    let Some(shop) = Workshop::new() else { return };
    let ident = "__asm__(\".ident \\\"rustc version 1.95.0 (59807616e 2026-04-14)\\\"\");\n";
    shop.write("ident.c", format!("{ident}{C_MODULE}"));
    for (name, options, id) in [
        ("ident-g.so", vec!["-g"], "other-language"),
        ("ident.so", vec![], "no-debug-info"),
        ("ident-stripped.so", vec!["-g", "-s"], "no-debug-info"),
    ] {
        let module = shop.shared(name, &[&options[..], &["ident.c"]].concat());
        let content = bytes(&module);
        let planted = content.windows(13).any(|window| window == b"rustc version");
        assert!(planted, "the comment is in {name}");
        refused(&module, id);
    }
}

#[test]
fn a_c_module_with_a_rust_library_inside_is_refused() {
    let Some(shop) = Workshop::new() else { return };
    shop.rustc("libr.a", "staticlib", RUST_LIBRARY, &["-g"]);
    shop.write("calls.c", CALLS_RUST);
    let with = refused(
        &shop.shared("g.so", &["-g", "calls.c", "libr.a"]),
        "other-language",
    );
    assert!(with.to_string().contains("a C compile unit"), "{with}");
    let optimised = shop.shared("o2.so", &["-g", "-O2", "calls.c", "libr.a"]);
    refused(&optimised, "other-language");

    let without = refused(&shop.shared("bare.so", &["calls.c", "libr.a"]), "no-unit");
    let Refusal::NoUnit { rustc_units, .. } = without else {
        panic!("{without:?}")
    };
    assert!(rustc_units >= 1, "the library's own unit is there");
    assert!(
        without.likely().contains("a C module that links Rust code"),
        "{without}"
    );
}

/// The linker leaves a dropped function's debug range at address 0, or close to it. If the function
/// is large, that range reaches over code that is there: here over an init function in C.
#[test]
fn the_range_of_a_dropped_function_claims_nothing() {
    let Some(shop) = Workshop::new() else { return };
    let panic = "#![no_std]\n#[panic_handler]\n\
                 fn panic(_: &core::panic::PanicInfo<'_>) -> ! { loop {} }\n";
    let steps = "core::hint::black_box(0u64);".repeat(4000);
    let large = format!("#[unsafe(no_mangle)]\npub extern \"C\" fn large() {{ {steps} }}\n");
    shop.write("c.c", C_MODULE);
    shop.write("map", "{ global: PyInit__base64; local: *; };\n");
    // One function alone in its unit has a low and a high address; two have a list of ranges.
    for library in [format!("{panic}{large}"), format!("{RUST_LIBRARY}{large}")] {
        for version in ["4", "5"] {
            let options = [
                "-g",
                "-Ccodegen-units=1",
                &format!("-Cdwarf-version={version}"),
            ];
            shop.rustc("libr.a", "staticlib", &library, &options);
            let link = [
                "c.c",
                "-Wl,--whole-archive",
                "libr.a",
                "-Wl,--no-whole-archive",
            ];
            let drop = ["-Wl,--gc-sections", "-Wl,--version-script=map"];
            let whole = bytes(&shop.shared("whole.so", &link));
            let module = shop.shared("gc.so", &[&link[..], &drop].concat());
            assert!(
                bytes(&module).len() + 30_000 < whole.len(),
                "the large function is dropped"
            );
            let refusal = refused(&module, "no-unit");
            let Refusal::NoUnit { address, .. } = refusal else {
                panic!("{refusal:?}")
            };
            assert!(address < 30_000, "the range could reach {address:#x}");
        }
    }
}

#[test]
fn one_file_with_both_vouches_for_the_rust_one_only() {
    let Some(shop) = Workshop::new() else { return };
    shop.rustc("libr.a", "staticlib", RUST_MODULE, &["-g"]);
    shop.write("other.c", "void *PyInit__c(void) { return 0; }\n");
    let whole = [
        "-g",
        "other.c",
        "-Wl,--whole-archive",
        "libr.a",
        "-Wl,--no-whole-archive",
    ];
    let module = shop.shared("both.so", &whole);
    accepted(&module);
    let refusal = examine(&module, "_c").expect_err("the C one");
    assert_eq!(refusal.id(), "other-language");
}

#[test]
fn a_program_vouches_for_its_built_in_modules_one_by_one() {
    let Some(shop) = Workshop::new() else { return };
    shop.rustc("libr.a", "staticlib", RUST_MODULE, &["-g"]);
    shop.write(
        "main.c",
        "void *PyInit__base64(void);\nvoid *PyInit__c(void) { return 0; }\n\
         int main(void) { return PyInit__base64() || PyInit__c(); }\n",
    );
    for (name, options) in [
        ("pie", vec!["-pie", "-fPIE"]),
        ("fixed", vec!["-no-pie"]),
        ("exported", vec!["-rdynamic"]),
        ("static", vec!["-static"]),
    ] {
        let program = shop.cc(name, &[&options[..], &["-g", "main.c", "libr.a"]].concat());
        accepted(&program);
        assert_eq!(
            examine(&program, "_c").expect_err("C").id(),
            "other-language",
            "{name}"
        );
        assert_eq!(
            examine(&program, "_none").expect_err("none").id(),
            "no-init",
            "{name}"
        );
        shop.run("strip", &[name]);
        let id = if name == "exported" {
            "no-debug-info"
        } else {
            "no-init"
        };
        refused(&program, id);
    }
}

#[test]
fn a_local_symbol_of_a_shared_module_is_not_enough() {
    let Some(shop) = Workshop::new() else { return };
    shop.rustc("libr.a", "staticlib", RUST_MODULE, &["-g"]);
    shop.write(
        "main.c",
        "void *PyInit__base64(void);\nvoid *start(void) { return PyInit__base64(); }\n",
    );
    shop.write("map", "{ global: start; local: *; };\n");
    let module = shop.shared(
        "local.so",
        &["-g", "main.c", "libr.a", "-Wl,--version-script=map"],
    );
    refused(&module, "no-init");
}
