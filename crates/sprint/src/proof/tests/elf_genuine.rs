//! What must be accepted, as rustc makes it.

use super::super::Format;
use super::workshop::{RUST_MODULE, Workshop, rustc_version, succeeds};
use super::{accepted, refused};

#[test]
fn every_kind_of_rustc_build_is_accepted() {
    let Some(shop) = Workshop::new() else { return };
    let builds: [(&str, &[&str]); 7] = [
        ("full", &["-g"]),
        ("lines", &["-C", "debuginfo=line-tables-only"]),
        ("dwarf4", &["-g", "-C", "dwarf-version=4"]),
        ("dwarf5", &["-g", "-C", "dwarf-version=5"]),
        (
            "optimised",
            &["-C", "debuginfo=line-tables-only", "-C", "opt-level=3"],
        ),
        (
            "thin",
            &[
                "-C",
                "debuginfo=line-tables-only",
                "-C",
                "opt-level=3",
                "-C",
                "lto=thin",
            ],
        ),
        (
            "fat",
            &[
                "-C",
                "debuginfo=line-tables-only",
                "-C",
                "opt-level=3",
                "-C",
                "lto=fat",
            ],
        ),
    ];
    for (name, options) in builds {
        let module = shop.rustc(&format!("{name}.so"), "cdylib", RUST_MODULE, options);
        let evidence = accepted(&module);
        assert_eq!(evidence.artifact, module);
        assert_eq!(evidence.init_symbol, "PyInit__base64");
        assert_eq!(evidence.producer, rustc_version());
        assert!(
            evidence.producer_raw.contains("rustc version"),
            "{evidence:?}"
        );
        assert!(
            evidence.unit.contains(&format!("{name}_so.rs")),
            "{evidence:?}"
        );
        assert_eq!(evidence.format, Format::Elf);
    }
}

#[test]
fn a_module_with_the_standard_library_is_accepted() {
    let Some(shop) = Workshop::new() else { return };
    let source = r#"
        #[unsafe(no_mangle)]
        pub extern "C" fn PyInit__base64() -> *mut std::ffi::c_void {
            let text: String = std::env::args().collect();
            Box::into_raw(Box::new(text)).cast()
        }"#;
    for (name, options) in [
        ("debug.so", ["-g", "-Copt-level=0"]),
        ("fat.so", ["-g", "-Clto=fat"]),
    ] {
        let module = shop.rustc(name, "cdylib", source, &options);
        assert_eq!(accepted(&module).producer, rustc_version());
    }
}

#[test]
fn without_line_tables_there_is_no_proof() {
    let Some(shop) = Workshop::new() else { return };
    let none = shop.rustc("none.so", "cdylib", RUST_MODULE, &["-C", "debuginfo=0"]);
    let with_std = r#"
        #[unsafe(no_mangle)]
        pub extern "C" fn PyInit__base64() -> *mut std::ffi::c_void {
            let text: String = std::env::args().collect();
            Box::into_raw(Box::new(text)).cast()
        }"#;
    let with_std = shop.rustc("std.so", "cdylib", with_std, &["-C", "debuginfo=0"]);
    let stripped = shop.rustc(
        "strip.so",
        "cdylib",
        RUST_MODULE,
        &["-g", "-C", "strip=symbols"],
    );
    for (module, id) in [
        (none, "no-debug-info"),
        (with_std, "no-unit"),
        (stripped, "no-debug-info"),
    ] {
        let refusal = refused(&module, id);
        assert!(
            refusal.likely().contains("debug = \"line-tables-only\""),
            "{refusal}"
        );
    }
}

#[test]
fn debug_information_elsewhere_is_named_and_not_followed() {
    let Some(shop) = Workshop::new() else { return };
    for kind in ["unpacked", "packed"] {
        for version in ["4", "5"] {
            let name = format!("{kind}{version}.so");
            let options = [
                "-g",
                &format!("-Csplit-debuginfo={kind}"),
                &format!("-Cdwarf-version={version}"),
            ];
            let module = shop.rustc(&name, "cdylib", RUST_MODULE, &options);
            let refusal = refused(&module, "split-debug-info");
            assert!(refusal.to_string().contains(".dwo"), "{refusal}");
            assert!(refusal.likely().contains("split-debuginfo"), "{refusal}");
        }
    }

    let module = shop.rustc("whole.so", "cdylib", RUST_MODULE, &["-g"]);
    accepted(&module);
    shop.run("objcopy", &["--only-keep-debug", "whole.so", "whole.debug"]);
    shop.run(
        "objcopy",
        &[
            "-g",
            "--add-gnu-debuglink=whole.debug",
            "whole.so",
            "linked.so",
        ],
    );
    let refusal = refused(&shop.path("linked.so"), "debug-link");
    assert!(refusal.to_string().contains("whole.debug"), "{refusal}");
    refused(&shop.path("whole.debug"), "not-loadable");
}

#[test]
fn compressed_debug_sections_are_refused_with_the_way_out() {
    let Some(shop) = Workshop::new() else { return };
    for (method, words) in [
        ("zlib", "(zlib)"),
        ("zlib-gnu", "old form"),
        ("zstd", "(zstd)"),
    ] {
        let name = format!("{method}.so");
        shop.rustc("plain.so", "cdylib", RUST_MODULE, &["-g"]);
        let option = format!("--compress-debug-sections={method}");
        let known = succeeds(&mut shop.command("objcopy", &[&option, "plain.so", &name]));
        // An objcopy without zstd says so by failing; zlib is always there.
        assert!(known || method == "zstd", "objcopy cannot write {method}");
        if !known {
            continue;
        }
        let refusal = refused(&shop.path(&name), "compressed-debug-info");
        assert!(refusal.to_string().contains(words), "{refusal}");
        assert!(
            refusal
                .likely()
                .contains("objcopy --decompress-debug-sections"),
            "{refusal}"
        );
        shop.run("objcopy", &["--decompress-debug-sections", &name]);
        accepted(&shop.path(&name));
    }
}
