//! ELF for other machines: 32 bits, big-endian, Thumb.

use super::super::examine;
use super::foreign::{Foreign, with_c_unit};
use super::workshop::{bytes, rustc_version};
use super::{accepted, refused};

#[test]
fn every_machine_is_read() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    for target in [
        "aarch64-unknown-linux-gnu",
        "armv7-unknown-linux-gnueabihf",
        "i686-unknown-linux-gnu",
        "s390x-unknown-linux-gnu",
        // The lowest bit of a Thumb function's symbol is no part of its address.
        "thumbv7neon-unknown-linux-gnueabihf",
    ] {
        foreign.object("m.o", target, &["_base64"]);
        let module = foreign.link("m.so", "gnu", &["-shared", "m.o"]);
        assert_eq!(accepted(&module).producer, rustc_version(), "{target}");
        assert_eq!(examine(&module, "_c").expect_err(target).id(), "no-init");
    }
}

#[test]
fn a_c_unit_of_another_machine_is_refused() {
    let Some(foreign) = Foreign::new() else {
        return;
    };
    foreign.object("m.o", "armv7-unknown-linux-gnueabihf", &["_base64"]);
    let module = foreign.link("m.so", "gnu", &["-shared", "m.o"]);
    let patched = foreign.shop.write("c.so", with_c_unit(&bytes(&module), 0));
    refused(&patched, "other-language");
}
