//! Init symbols that are not what their name says.

use object::Endianness;
use object::elf;
use object::read::elf::{ElfFile64, ProgramHeader};

use super::super::examine;
use super::workshop::{C_MODULE, RUST_MODULE, Workshop, bytes};
use super::{accepted, refused};

/// A Rust module with one more exported function of the given name.
fn rust_with(name: &str) -> String {
    let body = "{ core::hint::black_box(1u8); }";
    format!("{RUST_MODULE}\n#[unsafe(no_mangle)]\npub extern \"C\" fn {name}() {body}\n")
}

#[test]
fn an_undefined_symbol_is_refused() {
    let Some(shop) = Workshop::new() else { return };
    shop.write(
        "u.c",
        "void *PyInit__base64(void);\nvoid *f(void) { return PyInit__base64(); }\n",
    );
    let refusal = refused(&shop.shared("u.so", &["-g", "u.c"]), "no-init");
    assert!(refusal.to_string().contains("undefined"), "{refusal}");
}

#[test]
fn no_symbol_and_a_hidden_symbol_are_refused() {
    let Some(shop) = Workshop::new() else { return };
    shop.write(
        "h.c",
        format!("__attribute__((visibility(\"hidden\"))) {C_MODULE}"),
    );
    refused(&shop.shared("h.so", &["-g", "h.c"]), "no-init");
    let other = shop.rustc("other.so", "cdylib", RUST_MODULE, &["-g"]);
    let refusal = examine(&other, "_bisect").expect_err("another module");
    assert_eq!(
        refusal.to_string(),
        "PyInit__bisect: there is no such symbol"
    );
}

#[test]
fn symbols_that_are_no_functions_are_refused() {
    let Some(shop) = Workshop::new() else { return };
    let indirect = "static void *f(void) { return 0; }\nstatic void *choose(void) { return f; }\n\
                    void *PyInit__base64(void) __attribute__((ifunc(\"choose\")));\n";
    shop.write("indirect.c", indirect);
    shop.write("data.c", "char PyInit__base64[16] = \"x\";\n");
    shop.write("code.c", "void f(void) {}\n");
    let absolute = "-Wl,--defsym=PyInit__base64=0x1234";
    for (module, words) in [
        (
            shop.shared("indirect.so", &["-g", "indirect.c"]),
            "chosen at run time",
        ),
        (shop.shared("data.so", &["-g", "data.c"]), "data"),
        (
            shop.shared("absolute.so", &["-g", "code.c", absolute]),
            "fixed address",
        ),
    ] {
        let refusal = refused(&module, "init-not-code");
        assert!(refusal.to_string().contains(words), "{refusal}");
    }
}

#[test]
fn aliases_count_by_the_code_they_reach() {
    let Some(shop) = Workshop::new() else { return };
    shop.write(
        "alias.c",
        "void *real(void) { return 0; }\n\
         void *PyInit__base64(void) __attribute__((alias(\"real\")));\n",
    );
    refused(
        &shop.shared("alias.so", &["-g", "alias.c"]),
        "other-language",
    );

    shop.rustc(
        "libr.a",
        "staticlib",
        &RUST_MODULE.replace("PyInit__base64", "real"),
        &["-g"],
    );
    shop.write(
        "uses.c",
        "void *real(void);\nvoid *use(void) { return real(); }\n",
    );
    let alias = "-Wl,--defsym=PyInit__base64=real";
    let module = shop.shared("bent.so", &["-g", "uses.c", "libr.a", alias]);
    assert_eq!(accepted(&module).init_symbol, "PyInit__base64");
}

#[test]
fn two_versions_of_the_symbol_are_refused() {
    let Some(shop) = Workshop::new() else { return };
    shop.write(
        "v.c",
        "__asm__(\".symver one,PyInit__base64@V1\\n.symver two,PyInit__base64@@V2\");\n\
         void *one(void) { return 0; }\nvoid *two(void) { return 0; }\n",
    );
    shop.write("map", "V1 { };\nV2 { } V1;\n");
    let module = shop.shared("v.so", &["-g", "v.c", "-Wl,--version-script=map"]);
    refused(&module, "two-definitions");
}

#[test]
fn the_export_hook_of_pep_793_counts_too() {
    let Some(shop) = Workshop::new() else { return };
    let hook_only = RUST_MODULE.replace("PyInit__base64", "PyModExport__base64");
    let module = shop.rustc("hook.so", "cdylib", &hook_only, &["-g"]);
    assert_eq!(accepted(&module).init_symbol, "PyModExport__base64");

    let both = shop.rustc(
        "both.so",
        "cdylib",
        &rust_with("PyModExport__base64"),
        &["-g"],
    );
    assert_eq!(accepted(&both).init_symbol, "PyInit__base64");

    // Rust for an old Python, C for a new one: which of them runs is not known here.
    shop.rustc("libr.a", "staticlib", RUST_MODULE, &["-g"]);
    shop.write("hook.c", "void *PyModExport__base64(void) { return 0; }\n");
    let whole = [
        "-g",
        "hook.c",
        "-Wl,--whole-archive",
        "libr.a",
        "-Wl,--no-whole-archive",
    ];
    let refusal = refused(&shop.shared("mixed.so", &whole), "other-language");
    assert!(
        refusal
            .to_string()
            .starts_with("PyModExport__base64 comes from a C"),
        "{refusal}"
    );
}

#[test]
fn a_dotted_name_is_examined_by_its_last_part() {
    let Some(shop) = Workshop::new() else { return };
    let module = shop.rustc("m.so", "cdylib", RUST_MODULE, &["-g"]);
    assert!(examine(&module, "package._base64").is_ok());
    assert_eq!(
        examine(&module, "_base64.").expect_err("no name").id(),
        "bad-name"
    );
}

/// Where the dynamic symbol of the init function stands in a 64-bit file, and its section's header.
fn symbol_and_section(data: &[u8]) -> (usize, usize) {
    let file = ElfFile64::<Endianness>::parse(data).expect("an ELF file");
    let endian = file.endian();
    let table = file.elf_dynamic_symbol_table();
    let section = file
        .elf_section_table()
        .section(table.section())
        .expect("a section");
    let name = |symbol| table.symbol_name(endian, symbol).expect("a name");
    let found = table
        .enumerate()
        .find(|(_, symbol)| name(symbol) == b"PyInit__base64");
    let (index, symbol) = found.expect("the init symbol");
    let start = usize::try_from(section.sh_offset.get(endian)).expect("an offset");
    let headers = usize::try_from(file.elf_header().e_shoff.get(endian)).expect("an offset");
    (
        start + index.0 * 24,
        headers + usize::from(symbol.st_shndx.get(endian).0) * 64,
    )
}

/// What no linker writes, but a loader would see.
#[test]
#[cfg(target_pointer_width = "64")]
fn the_symbol_is_held_against_its_section_and_the_segments() {
    let Some(shop) = Workshop::new() else { return };
    let whole = bytes(&shop.rustc("m.so", "cdylib", RUST_MODULE, &["-g"]));
    let (symbol, section) = symbol_and_section(&whole);
    let high = |word: usize| {
        if cfg!(target_endian = "little") {
            word + 7
        } else {
            word
        }
    };
    for (what, at, value, id) in [
        ("local binding", symbol + 4, 0x02, "no-init"),
        ("hidden", symbol + 5, 2, "no-init"),
        ("no type", symbol + 4, 0x10, "init-not-code"),
        ("far address", high(symbol + 8), 0x10, "init-not-code"),
        (
            "writable data",
            section
                + if cfg!(target_endian = "little") {
                    8
                } else {
                    15
                },
            3,
            "init-not-code",
        ),
        ("moved section", high(section + 16), 0x10, "init-not-code"),
    ] {
        let mut copy = whole.clone();
        assert_ne!(copy[at], value, "{what} changes something");
        copy[at] = value;
        let refusal = refused(&shop.write("patched.so", copy), id);
        assert!(
            refusal.to_string().starts_with("PyInit__base64"),
            "{what}: {refusal}"
        );
    }
}

#[test]
fn code_that_the_loader_does_not_map_as_code_is_refused() {
    let Some(shop) = Workshop::new() else { return };
    let whole = bytes(&shop.rustc("m.so", "cdylib", RUST_MODULE, &["-g"]));
    let file = ElfFile64::<Endianness>::parse(&*whole).expect("an ELF file");
    let endian = file.endian();
    let segments = file.elf_program_headers().iter().enumerate();
    let code = segments.filter(|(_, segment)| segment.p_flags(endian).contains(elf::PF_X));
    let headers = usize::try_from(file.elf_header().e_phoff.get(endian)).expect("an offset");
    let code: Vec<usize> = code.map(|(index, _)| headers + index * 56).collect();
    assert!(!code.is_empty());
    // Program headers hold the flags (4 bytes) at 4 and the size in the file (8 bytes) at 32.
    for field in [4..8, 32..40] {
        let mut copy = whole.clone();
        for header in &code {
            copy[header + field.start..header + field.end].fill(0);
        }
        refused(&shop.write("patched.so", copy), "init-not-code");
    }
}
