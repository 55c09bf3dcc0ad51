//! Stores that lie, are slow, die in the middle or cannot be written: a build goes on without them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::kit::{Kit, Ran};
use crate::snapshots::Shared;
use crate::tiny;

/// What a server does with a file.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Honest,
    /// Another byte in the middle of every archive.
    Lies,
    /// The connection ends in the middle of an archive.
    Dies,
    /// Nothing after the header.
    Hangs,
    /// Never ends.
    Floods,
    /// Answers to every key with the one snapshot that it has, whatever was asked for.
    Swaps,
}

/// Serves a store on a port of its own, until the test's process ends.
fn serve(store: PathBuf, manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!(
        "http://{}/snapshots",
        listener.local_addr().expect("address")
    );
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let store = store.clone();
            // A reader that goes away is no failure of the server's.
            std::thread::spawn(move || answer(stream, &store, manner).ok());
        }
    });
    address
}

fn answer(mut stream: TcpStream, store: &Path, manner: Manner) -> std::io::Result<()> {
    let mut line = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    reader.read_line(&mut line)?;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? <= 2 {
            break;
        }
    }
    let path = line.split(' ').nth(1).unwrap_or_default();
    let name = path.strip_prefix("/snapshots/").unwrap_or_default();
    let mut file = store.join(name);
    if manner == Manner::Swaps && name.contains(".json") {
        let suffix = if name.ends_with(".minisig") {
            ".json.minisig"
        } else {
            ".json"
        };
        file = fs::read_dir(store.join("v1"))?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.to_string_lossy().ends_with(suffix))
            .unwrap_or(file);
    }
    let Ok(mut bytes) = fs::read(&file) else {
        return stream.write_all(
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
    };
    let is_archive = name.ends_with(".zst");
    let middle = bytes.len() / 2;
    if is_archive && manner == Manner::Lies {
        bytes[middle] ^= 1;
    }
    if is_archive && manner == Manner::Floods {
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        loop {
            stream.write_all(&[0; 1 << 16])?;
        }
    }
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        bytes.len()
    )?;
    match manner {
        Manner::Dies if is_archive => stream.write_all(&bytes[..middle]),
        Manner::Hangs if is_archive => {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        _ => stream.write_all(&bytes),
    }
}

/// A guest with an empty local store, who asks this one.
fn guest_of(shared: &Shared, name: &str, address: &str) -> (Kit, PathBuf) {
    let guest = shared.guest(name);
    Ran::of(
        shared
            .with(
                &guest,
                &["snapshot", "stores", "--add", address, "--name", "room"],
            )
            .output()
            .expect("starts"),
    )
    .expect(0);
    let local = guest.above().join("local");
    (guest, local)
}

fn build(shared: &Shared, guest: &Kit, local: &Path) -> Ran {
    let mut command = shared.with(guest, &["build"]);
    command.env("SPRINT_SNAPSHOT_STORE", local);
    Ran::of(command.output().expect("starts"))
}

#[test]
fn a_room_is_read_once_then_the_local_store_has_it() {
    let shared = Shared::new();
    let address = serve(shared.store(), Manner::Honest);
    let (guest, local) = guest_of(&shared, "guest", &address);
    let ran = build(&shared, &guest, &local).expect(0);
    assert!(
        ran.err
            .contains(&format!("from {address}, signed by maker")),
        "{}",
        ran.err
    );
    fs::remove_dir_all(guest.root.join("build")).expect("remove");
    let again = build(&shared, &guest, &local).expect(0);
    assert!(again.err.contains("from the local store"), "{}", again.err);
}

#[test]
fn whatever_a_store_does_the_build_is_right() {
    let shared = Shared::new();
    for (manner, said) in [
        (Manner::Lies, "not the archive that was signed"),
        (Manner::Dies, "cannot be read"),
        (Manner::Floods, "cannot be read"),
        (Manner::Hangs, "cannot be read"),
    ] {
        let address = serve(shared.store(), manner);
        let (guest, local) = guest_of(&shared, "guest", &address);
        let started = Instant::now();
        let ran = build(&shared, &guest, &local).expect(0);
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
        assert!(ran.err.contains("configure"), "it was built: {}", ran.err);
        assert!(started.elapsed() < Duration::from_secs(50), "{said}");
        tiny::assert_whole(&tiny::artefacts(&guest.root));
        let left = fs::read_dir(local.join("v1")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{said}: the local store has something");
    }
}

#[test]
fn another_snapshot_than_was_asked_for_is_refused_however_well_signed() {
    let shared = Shared::new();
    let address = serve(shared.store(), Manner::Swaps);
    let (guest, local) = guest_of(&shared, "guest", &address);
    // Another build: its key is not the snapshot's, nor is its base key.
    let mut command = shared.with(&guest, &["build", "--profile", "release"]);
    command.env("SPRINT_SNAPSHOT_STORE", &local);
    let ran = Ran::of(command.output().expect("starts"));
    assert!(
        ran.err.contains("it is of build") || ran.err.contains("description is not right"),
        "{}",
        ran.err
    );
}

#[test]
fn a_store_that_is_not_there_costs_little() {
    let shared = Shared::new();
    // A port that nobody listens on.
    let port = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("address");
    let (guest, local) = guest_of(&shared, "guest", &format!("http://{port}"));
    let ran = build(&shared, &guest, &local).expect(0);
    assert!(ran.err.contains("cannot be read"), "{}", ran.err);
    tiny::assert_whole(&tiny::artefacts(&guest.root));
}

#[test]
fn a_store_that_cannot_be_written_is_an_error_of_save_and_of_nothing_else() {
    let shared = Shared::new();
    let file = shared.maker().above().join("a-file");
    fs::write(&file, "").expect("write");
    let mut command = shared.with(shared.maker(), &["snapshot", "save"]);
    command.env("SPRINT_SNAPSHOT_STORE", &file);
    let ran = Ran::of(command.output().expect("starts")).expect(3);
    assert!(ran.err.contains("a-file"), "{}", ran.err);
    // Fetched all the same, beside the build.
    let address = serve(shared.store(), Manner::Honest);
    let (guest, _) = guest_of(&shared, "guest", &address);
    let ran = build(&shared, &guest, &file).expect(0);
    assert!(ran.err.contains("signed by maker"), "{}", ran.err);
}
