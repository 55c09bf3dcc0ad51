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
        .run(&[
            "bundle",
            "make",
            "--to",
            &to,
            "--source",
            &tree,
            "--without",
            "rust",
            "--with-image",
            &image(shared).to_string_lossy(),
        ])
        .expect(0);
    assert!(made.out.contains("read this out"), "{}", made.out);
    for said in [
        "the image sprint-kit:dev",
        "the Rust toolchain (left out)",
        "the kit's own clone: this checkout is no git repository",
        "system packages: the compiler",
        "image/kit.tar | docker load",
    ] {
        assert!(made.out.contains(said), "{said}: {}", made.out);
    }
    file
}

/// What `docker load` reads: here only its table of contents.
fn image(shared: &Shared) -> PathBuf {
    let file = shared.maker().above().join("kit.tar");
    let table = br#"[{"Config":"c","RepoTags":["sprint-kit:dev"],"Layers":[]}]"#;
    let mut builder = tar::Builder::new(fs::File::create(&file).expect("create"));
    let mut header = tar::Header::new_gnu();
    header.set_size(table.len() as u64);
    builder
        .append_data(&mut header, "manifest.json", &table[..])
        .expect("append");
    builder.finish().expect("finish");
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

/// A docker that answers, and keeps what it was given to load.
fn with_docker(guest: &Kit) -> String {
    use std::os::unix::fs::PermissionsExt;
    let bin = guest.above().join("docker");
    fs::create_dir_all(&bin).expect("mkdir");
    let stub = format!(
        "#!/bin/sh\ncase $1 in\n  info) echo '{{\"ServerVersion\":\"20.10\",\"Architecture\":\"x86_64\"}}' ;;\n  \
         version) echo 20.10.1 ;;\n  load) cat >'{0}/loaded'; echo 'Loaded image: sprint-kit:dev' ;;\nesac\n",
        bin.display()
    );
    fs::write(bin.join("docker"), stub).expect("write");
    fs::set_permissions(bin.join("docker"), fs::Permissions::from_mode(0o755)).expect("chmod");
    format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").expect("a PATH")
    )
}

#[test]
fn parts_come_out_where_they_are_wanted_and_the_image_goes_to_the_engine() {
    let shared = Shared::new();
    let file = bundle(&shared);
    let name = file.to_string_lossy().into_owned();
    let to = shared.maker().above().join("parts");
    let at = to.to_string_lossy().into_owned();
    let extract =
        |part: &str| shared.run(&["bundle", "extract", &name, "--part", part, "--to", &at]);
    extract("crates").expect(0);
    assert!(to.join("vendor").is_dir(), "no crates came out");
    assert!(!to.join("bin").exists(), "what nobody asked for came out");
    extract("program").expect(0);
    let came = fs::read(to.join("bin/sprint")).expect("the program");
    assert_eq!(
        sprint::hash::of_bytes(&came),
        sprint::hash::of_file(std::path::Path::new(env!("CARGO_BIN_EXE_sprint"))).expect("read")
    );
    let absent = extract("rust").expect(2);
    assert!(absent.err.contains("carries no rust"), "{}", absent.err);

    let guest = shared.stranger("guest");
    let output = std::process::Command::new("sha256sum").arg(&file).output();
    let sum = String::from_utf8(output.expect("sha256sum").stdout).expect("text");
    let mut take = shared.with(
        &guest,
        &[
            "bundle",
            "use",
            &name,
            "--sha256",
            &sum[..64],
            "--load-image",
        ],
    );
    take.env("PATH", with_docker(&guest));
    let taken = Ran::of(take.output().expect("starts")).expect(0);
    assert!(taken.out.contains("Loaded image"), "{}", taken.out);
    let loaded = fs::read(guest.above().join("docker/loaded")).expect("loaded");
    assert_eq!(
        loaded,
        fs::read(shared.maker().above().join("kit.tar")).expect("image")
    );
}

#[test]
fn a_dry_run_says_what_would_go_in_and_writes_nothing() {
    let shared = Shared::new();
    let file = shared.maker().above().join("dry.bundle");
    let tree = crate::tiny::tree(shared.maker());
    let dry = shared
        .run(&[
            "bundle",
            "make",
            "--dry-run",
            "--json",
            "--to",
            &file.to_string_lossy(),
            "--source",
            &tree.to_string_lossy(),
            "--with-image",
            &image(&shared).to_string_lossy(),
        ])
        .expect(0);
    let said: serde_json::Value = serde_json::from_str(&dry.out).expect("JSON");
    assert!(said["bytes"].as_u64().expect("a sum") > 1_000_000, "{said}");
    let parts = said["parts"].to_string();
    for part in ["snapshot of", "program: sprint", "the image sprint-kit:dev"] {
        assert!(parts.contains(part), "{part}: {parts}");
    }
    let beside = fs::read_dir(shared.maker().above()).expect("list");
    for entry in beside.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!name.contains("dry.bundle"), "{name} was written");
    }
    shared
        .run(&[
            "bundle",
            "make",
            "--without",
            "crates",
            "--source",
            &tree.to_string_lossy(),
        ])
        .expect(2);
}
