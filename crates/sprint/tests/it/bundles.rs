//! Bundles: one signed file, refused whole if any of it is wrong.

use std::fs;
use std::path::PathBuf;

use crate::kit::{Kit, Ran};
use crate::snapshots::Shared;

/// A bundle of the maker's build.
fn bundle(shared: &Shared) -> PathBuf {
    let file = shared.maker().above().join("kit.bundle");
    let tree = crate::tiny::tree(shared.maker());
    let (to, tree) = (file.to_string_lossy(), tree.to_string_lossy());
    let made = shared
        .run(&["bundle", "make", "--to", &to, "--source", &tree])
        .expect(0);
    assert!(made.out.contains("read this out"), "{}", made.out);
    assert!(
        made.out.contains("not in it:\n  the Rust toolchain"),
        "{}",
        made.out
    );
    file
}

fn on(shared: &Shared, guest: &Kit, args: &[&str]) -> Ran {
    Ran::of(shared.with(guest, args).output().expect("starts"))
}

#[test]
fn a_bundle_is_refused_until_its_maker_is_accepted_or_its_checksum_given() {
    let shared = Shared::new();
    let file = bundle(&shared);
    let name = file.to_string_lossy().into_owned();
    let guest = shared.stranger("guest");
    let refused = on(&shared, &guest, &["bundle", "use", &name]).expect(6);
    assert!(
        refused.err.contains("sprint snapshot trust"),
        "{}",
        refused.err
    );
    on(
        &shared,
        &guest,
        &["bundle", "use", &name, "--sha256", &"0".repeat(64)],
    )
    .expect(6);
    assert!(
        !guest.root.join("build/bundle").exists(),
        "something was placed"
    );

    let said = shared.run(&["bundle", "list", &name, "--json"]).expect(0);
    assert!(said.out.contains(&shared.key()), "{}", said.out);
    let output = std::process::Command::new("sha256sum").arg(&file).output();
    let sum = String::from_utf8(output.expect("sha256sum").stdout).expect("text");
    let local = guest.above().join("local");
    let mut take = shared.with(&guest, &["bundle", "use", &name, "--sha256", &sum[..64]]);
    take.env("SPRINT_SNAPSHOT_STORE", &local);
    let taken = Ran::of(take.output().expect("starts")).expect(0);
    assert!(taken.out.contains("to take that back"), "{}", taken.out);
    let mut build = shared.with(&guest, &["build"]);
    build.env("SPRINT_SNAPSHOT_STORE", &local);
    let built = Ran::of(build.output().expect("starts")).expect(0);
    assert!(
        built.err.contains("signed by the bundle's maker"),
        "{}",
        built.err
    );
}

#[test]
fn a_flipped_bit_or_a_missing_end_is_refused() {
    let shared = Shared::new();
    let file = bundle(&shared);
    let name = file.to_string_lossy().into_owned();
    shared.run(&["bundle", "verify", &name]).expect(0);
    let good = fs::read(&file).expect("read");
    // The tar's own padding holds nothing; every sampled byte here is content or a header.
    let text = good
        .windows(8)
        .position(|bytes| bytes == b"\"format\"")
        .expect("a description");
    let program = good
        .windows(4)
        .position(|bytes| bytes == b"\x7fELF")
        .expect("a program");
    for position in [
        0,
        130,
        text,
        text + 40,
        1536 + 600,
        program,
        program + 4096,
        good.len() / 2,
    ] {
        let mut bad = good.clone();
        bad[position] ^= 4;
        fs::write(&file, bad).expect("write");
        let ran = shared.run(&["bundle", "verify", &name]);
        assert_eq!(ran.code, Some(6), "at {position}: {}{}", ran.out, ran.err);
    }
    for length in [0, 100, text + 100, good.len() / 2, good.len() * 9 / 10] {
        fs::write(&file, &good[..length]).expect("truncate");
        let ran = shared.run(&["bundle", "verify", &name]);
        assert_eq!(
            ran.code,
            Some(6),
            "of length {length}: {}{}",
            ran.out,
            ran.err
        );
    }
}
