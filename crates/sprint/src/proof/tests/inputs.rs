//! Files that are no modules at all.

use std::path::Path;

use super::workshop::{C_MODULE, Workshop, bytes};
use super::{super::examine, refused};

#[test]
fn files_that_are_not_native_are_named() {
    let Some(shop) = Workshop::new() else { return };
    let noise: Vec<u8> = (0..4096u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes())
        .collect();
    let magic: Vec<u8> = vec![0xf3, 0x0d, b'\r', b'\n', 0, 0, 0, 0];
    for (name, content, words) in [
        (
            "_base64.py",
            b"def standard_b64encode(s): ...\n".to_vec(),
            "Python source",
        ),
        ("_base64.cpython-313.pyc", magic, "compiled Python"),
        ("empty.so", vec![], "empty"),
        ("text.so", b"rustc version 1.95.0\n".to_vec(), "text"),
        ("noise.so", noise, "of no known format"),
        ("lib.a", b"!<arch>\n".to_vec(), "a static archive"),
        ("module.pyd", b"MZ\x90\0\x03\0".to_vec(), "a Windows file"),
    ] {
        let refusal = refused(&shop.write(name, content), "not-native");
        assert!(refusal.to_string().contains(words), "{name}: {refusal}");
    }
    let refusal = refused(&shop.path("."), "not-native");
    assert!(refusal.to_string().contains("a directory"), "{refusal}");
    refused(&shop.path("absent.so"), "unreadable");
}

#[test]
fn a_device_is_not_read() {
    let refusal = refused(Path::new("/dev/zero"), "not-native");
    assert!(refusal.to_string().contains("a device"), "{refusal}");
}

#[test]
fn bare_magic_numbers_are_damaged_files() {
    let Some(shop) = Workshop::new() else { return };
    for (name, magic) in [
        ("elf", &b"\x7fELF"[..]),
        ("elf64", b"\x7fELF\x02\x01\x01"),
        ("x", b"\x7fELF\x09"),
    ] {
        refused(&shop.write(name, magic), "malformed");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_python_cannot_load_is_refused() {
    let Some(shop) = Workshop::new() else { return };
    shop.write("c.c", C_MODULE);
    refused(&shop.cc("c.o", &["-g", "-c", "c.c"]), "not-loadable");
    let module = shop.shared("c.so", &["-g", "c.c"]);
    let whole = bytes(&module);
    let half = shop.write("half.so", &whole[..whole.len() / 2]);
    refused(&half, "malformed");
    assert_eq!(
        examine(&module, "a-b").expect_err("no name").id(),
        "bad-name"
    );
}
