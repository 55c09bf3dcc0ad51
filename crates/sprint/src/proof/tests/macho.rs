//! Mach-O, thin and universal, with debug information inside, beside, or nowhere.

use std::fs;
use std::path::{Path, PathBuf};

use object::{Object, ObjectSection};

use super::super::{Format, examine};
use super::foreign::{Foreign, with_c_unit};
use super::workshop::{bytes, rustc_version};
use super::{accepted, refused};

const TARGETS: [(&str, &str); 2] = [
    ("x86_64-apple-darwin", "x86_64"),
    ("aarch64-apple-darwin", "arm64"),
];

/// A bundle as Apple's tools make it: without debug information, with a debug map.
fn bundle(foreign: &Foreign, name: &str, target: (&str, &str)) -> PathBuf {
    let object = format!("{name}.o");
    foreign.object(&object, target.0, &["_base64"]);
    let version = ["-platform_version", "macos", "11.0", "11.0"];
    let rest = [
        "-arch",
        target.1,
        "-bundle",
        "-undefined",
        "dynamic_lookup",
        &object,
    ];
    foreign.link(name, "darwin", &[&version[..], &rest].concat())
}

/// An object file that calls itself a bundle: its code is at address 0, and its debug information
/// says so, without any linker.
pub(super) fn self_contained(foreign: &Foreign, target: &str) -> Vec<u8> {
    let mut data = bytes(&foreign.object("self.o", target, &["_base64"]));
    data[12] = 8;
    data
}

/// The debug sections of an object file, with the code moved from address 0 to `address`.
fn debug_sections(object: &[u8], address: u64) -> Vec<(String, Vec<u8>)> {
    let file =
        object::read::macho::MachOFile64::<object::Endianness>::parse(object).expect("Mach-O");
    let debug = file
        .sections()
        .filter(|section| section.segment_name() == Ok(Some("__DWARF")));
    let mut found = Vec::new();
    for section in debug {
        let name = section.name().expect("a name").to_owned();
        let mut data = section.data().expect("contents").to_vec();
        let place = match name.as_str() {
            // After the unit's header (11), the root's number, the producer, the language, and
            // three more references.
            "__debug_info" => Some(11 + 1 + 4 + 2 + 12),
            "__debug_line" => {
                let set_address = data.windows(3).position(|bytes| bytes == [0, 9, 2]);
                Some(set_address.expect("an address in the line table") + 3)
            }
            _ => None,
        };
        if let Some(place) = place {
            assert_eq!(
                data[place..place + 8],
                [0; 8],
                "{name} has its address there"
            );
            data[place..place + 8].copy_from_slice(&address.to_le_bytes());
        }
        found.push((name, data));
    }
    found
}

/// A dSYM file: a header, an identity, and one segment of debug sections.
fn dsym_file(cpu: u32, uuid: &[u8], sections: &[(String, Vec<u8>)]) -> Vec<u8> {
    let count = u32::try_from(sections.len()).expect("few");
    let segment = 72 + 80 * count;
    let mut file = Vec::new();
    let number = |file: &mut Vec<u8>, value: u32| file.extend(value.to_le_bytes());
    for value in [0xfeed_facf, cpu, 0, 0xa, 2, 24 + segment, 0, 0, 0x1b, 24] {
        number(&mut file, value);
    }
    file.extend(uuid);
    number(&mut file, 0x19);
    number(&mut file, segment);
    file.extend(b"__DWARF\0\0\0\0\0\0\0\0\0");
    file.extend([0; 32]);
    for value in [7, 3, count, 0] {
        number(&mut file, value);
    }
    let mut offset = 32 + 24 + segment;
    for (name, data) in sections {
        let mut padded = name.as_bytes().to_vec();
        padded.resize(16, 0);
        file.extend(padded);
        file.extend(b"__DWARF\0\0\0\0\0\0\0\0\0");
        file.extend([0; 8]);
        file.extend((data.len() as u64).to_le_bytes());
        number(&mut file, offset);
        file.extend([0; 28]);
        offset += u32::try_from(data.len()).expect("small");
    }
    for (_, data) in sections {
        file.extend(data);
    }
    file
}

/// Puts a dSYM file where it belongs to `module`, under a name of its own.
fn put_dsym(module: &Path, content: &[u8]) -> PathBuf {
    let bundle = format!("{}.dSYM/Contents/Resources/DWARF", module.display());
    fs::create_dir_all(&bundle).expect("a directory");
    let file = Path::new(&bundle).join("lib_base64.dylib");
    fs::write(&file, content).expect("a dSYM file");
    file
}

/// A processor, a UUID and the init function's address, read from a linked bundle.
fn identity(module: &Path) -> (u32, [u8; 16], u64) {
    let data = bytes(module);
    let file =
        object::read::macho::MachOFile64::<object::Endianness>::parse(&*data).expect("Mach-O");
    let text = file.section_by_name("__text").expect("code");
    let uuid = file.mach_uuid().expect("readable").expect("an identity");
    let cpu = u32::from_le_bytes(data[4..8].try_into().expect("four bytes"));
    (cpu, uuid, text.address())
}

/// The genuine dSYM file of a bundle made by [`bundle`].
fn dsym_of(foreign: &Foreign, module: &Path, name: &str) -> Vec<u8> {
    let (cpu, uuid, address) = identity(module);
    let object = bytes(&foreign.shop.path(&format!("{name}.o")));
    dsym_file(cpu, &uuid, &debug_sections(&object, address))
}

#[test]
fn debug_information_inside_the_file_is_used() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    for (target, _) in TARGETS {
        let data = self_contained(&foreign, target);
        let evidence = accepted(&foreign.shop.write("m.so", &data));
        assert_eq!(evidence.producer, rustc_version());
        assert_eq!(evidence.init_symbol, "PyInit__base64");
        assert_eq!(evidence.format, Format::MachO);
        refused(
            &foreign.shop.write("c.so", with_c_unit(&data, 0)),
            "other-language",
        );
        refused(&foreign.shop.path("self.o"), "not-loadable");
    }
}

#[test]
fn a_debug_map_is_named_and_not_followed() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    for target in TARGETS {
        let module = bundle(&foreign, "m.so", target);
        let refusal = refused(&module, "debug-map");
        assert!(refusal.to_string().contains("m.so.o"), "{refusal}");
        assert!(
            refusal.likely().contains("split-debuginfo = \"packed\""),
            "{refusal}"
        );
        assert_eq!(
            examine(&module, "_c").expect_err("another name").id(),
            "no-init"
        );
    }
}

#[test]
fn a_dsym_counts_if_it_is_the_modules_own() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    for target in TARGETS {
        let module = bundle(&foreign, "m.so", target);
        let genuine = dsym_of(&foreign, &module, "m.so");
        let file = put_dsym(&module, &genuine);
        assert_eq!(accepted(&module).producer, rustc_version());
        refused(&file, "not-loadable");

        put_dsym(&module, &with_c_unit(&genuine, 0));
        refused(&module, "other-language");

        let (cpu, mut uuid, _) = identity(&module);
        let empty = dsym_file(cpu, &uuid, &[]);
        put_dsym(&module, &empty);
        refused(&module, "no-debug-info");

        uuid[7] ^= 1;
        let at = genuine.len().min(40);
        let mut stale = genuine.clone();
        stale[at..at + 16].copy_from_slice(&uuid);
        put_dsym(&module, &stale);
        let refusal = refused(&module, "foreign-dsym");
        assert!(
            refusal.to_string().contains("lib_base64.dylib"),
            "{refusal}"
        );

        put_dsym(&module, b"not a Mach-O file");
        refused(&module, "foreign-dsym");
        fs::remove_dir_all(foreign.shop.path("m.so.dSYM")).expect("removing the dSYM");
        refused(&module, "debug-map");
    }
}

#[test]
fn every_slice_of_a_universal_file_must_pass() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    let [intel, arm] = TARGETS.map(|(target, _)| self_contained(&foreign, target));
    let module = foreign.shop.write("fat.so", universal(&[&intel, &arm]));
    assert_eq!(accepted(&module).format, Format::MachO);
    for slices in [
        [&with_c_unit(&intel, 0), &arm],
        [&intel, &with_c_unit(&arm, 0)],
    ] {
        let mixed = foreign
            .shop
            .write("mixed.so", universal(&slices.map(Vec::as_slice)));
        refused(&mixed, "other-language");
    }
    refused(&foreign.shop.write("none.so", universal(&[])), "malformed");
    refused(
        &foreign.shop.write("odd.so", universal(&[b"!<arch>\n"])),
        "malformed",
    );
    let cut = universal(&[&intel, &arm]);
    refused(
        &foreign.shop.write("cut.so", &cut[..cut.len() - 9]),
        "malformed",
    );
}

/// A universal file of slices whose processors do not matter here.
fn universal(slices: &[&[u8]]) -> Vec<u8> {
    let count = u32::try_from(slices.len()).expect("few");
    let mut file = Vec::from(0xcafe_babe_u32.to_be_bytes());
    file.extend(count.to_be_bytes());
    let mut offset = (8 + 20 * count).next_multiple_of(16);
    for slice in slices {
        let size = u32::try_from(slice.len()).expect("small");
        for value in [0, 0, offset, size, 4] {
            file.extend(value.to_be_bytes());
        }
        offset = (offset + size).next_multiple_of(16);
    }
    for slice in slices {
        file.resize(file.len().next_multiple_of(16), 0);
        file.extend(*slice);
    }
    file
}

#[test]
fn a_private_symbol_is_not_enough() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    let version = [
        "-platform_version",
        "macos",
        "11.0",
        "11.0",
        "-arch",
        "arm64",
    ];
    foreign.object("m.o", TARGETS[1].0, &["_base64", "_c"]);
    let only = ["-bundle", "-exported_symbol", "_PyInit__c", "m.o"];
    let module = foreign.link("m.so", "darwin", &[&version[..], &only].concat());
    let refusal = refused(&module, "no-init");
    assert!(refusal.to_string().contains("not exported"), "{refusal}");
    assert_eq!(
        examine(&module, "_c").expect_err("no dSYM").id(),
        "debug-map"
    );
}

#[test]
fn a_program_may_keep_the_symbol_to_itself() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    let version = [
        "-platform_version",
        "macos",
        "11.0",
        "11.0",
        "-arch",
        "arm64",
    ];
    foreign.object("p.o", TARGETS[1].0, &["_base64", "_c"]);
    let rest = [
        "-execute",
        "-e",
        "_PyInit__c",
        "-exported_symbol",
        "_PyInit__c",
    ];
    let more = ["-undefined", "dynamic_lookup", "p.o"];
    let program = foreign.link("p", "darwin", &[&version[..], &rest, &more].concat());
    refused(&program, "debug-map");
    put_dsym(&program, &dsym_of(&foreign, &program, "p"));
    assert_eq!(accepted(&program).format, Format::MachO);
}

/// Where the first symbol stands; there is but one.
fn only_symbol(data: &[u8]) -> usize {
    let command = data
        .windows(8)
        .position(|bytes| bytes == [2, 0, 0, 0, 24, 0, 0, 0]);
    let at = command.expect("a symbol table") + 8;
    assert_eq!(data[at + 4], 1, "one symbol");
    let offset: [u8; 4] = data[at..at + 4].try_into().expect("four bytes");
    u32::from_le_bytes(offset) as usize
}

#[test]
fn the_symbol_is_held_against_its_section() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    let whole = self_contained(&foreign, TARGETS[0].0);
    let symbol = only_symbol(&whole);
    let attributes = whole.windows(4).position(|bytes| bytes == [0, 4, 0, 0x80]);
    let attributes = attributes.expect("a section of instructions");
    let protection = whole
        .windows(8)
        .position(|bytes| bytes == [7, 0, 0, 0, 7, 0, 0, 0]);
    let protection = protection.expect("a segment with every right") + 4;
    // A symbol is the offset of its name (4 bytes), kind, section, description (2), value (8).
    for (what, at, value, id) in [
        ("undefined", symbol + 4, 0x01, "no-init"),
        ("private", symbol + 4, 0x1f, "no-init"),
        ("absolute", symbol + 4, 0x03, "init-not-code"),
        ("indirect", symbol + 4, 0x0b, "init-not-code"),
        ("no section", symbol + 5, 0, "init-not-code"),
        ("absent section", symbol + 5, 99, "init-not-code"),
        ("far address", symbol + 14, 1, "init-not-code"),
        ("section of data", attributes + 3, 0, "init-not-code"),
        ("segment of data", protection, 3, "init-not-code"),
    ] {
        let mut copy = whole.clone();
        assert_ne!(copy[at], value, "{what} changes something");
        copy[at] = value;
        if what == "section of data" {
            copy[attributes + 1] = 0;
        }
        let refusal = refused(&foreign.shop.write("patched.so", copy), id);
        assert!(
            refusal.to_string().contains("PyInit__base64"),
            "{what}: {refusal}"
        );
    }
}
