//! A small bundle, changed in every byte; and bundles that nobody honest makes.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::manifest::{FORMAT, File, Manifest, NAME, Part, SIGNATURE};
use super::open::open;
use super::take::{Taking, take};
use crate::exit::Exit;
use crate::hash;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::snapshot;

/// A person who has a key, and a bundle that is signed with it.
struct Signed {
    home: tempfile::TempDir,
    host: Host,
    file: PathBuf,
    bytes: Vec<u8>,
}

const FILES: [(&str, Part, &[u8]); 2] = [
    ("downloads/x.tar", Part::Source, b"a tarball"),
    ("snapshots/x.json", Part::Snapshot, b"a description"),
];

impl Signed {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("dir");
        let at = home.path().to_string_lossy().into_owned();
        let host = Host::with_env(BTreeMap::from([("HOME".to_owned(), at)]));
        let secret = snapshot::own_secret(&host).expect("a key");
        let files = FILES.map(|(path, part, bytes)| File {
            path: path.to_owned(),
            size: bytes.len() as u64,
            sha256: hash::of_bytes(bytes),
            part,
            tree: None,
        });
        let manifest = Manifest {
            format: FORMAT,
            signer: secret.public().to_string(),
            made: 1,
            kit: "0.1.0".into(),
            host: "x".into(),
            builds: vec![],
            about: vec![],
            files: files.into(),
            missing: vec![],
        };
        let text = manifest.to_json().expect("JSON");
        let signature = secret.sign(text.as_bytes(), "a bundle").to_file();
        let mut builder = tar::Builder::new(Vec::new());
        let texts = [(NAME, text.as_bytes()), (SIGNATURE, signature.as_bytes())];
        let contents = FILES.iter().map(|(path, _, bytes)| (*path, *bytes));
        for (path, bytes) in texts.into_iter().chain(contents) {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder
                .append_data(&mut header, path, bytes)
                .expect("append");
        }
        let bytes = builder.into_inner().expect("a tar");
        let file = home.path().join("kit.bundle");
        Self {
            home,
            host,
            file,
            bytes,
        }
    }

    fn verdict(&self, bytes: &[u8]) -> crate::error::Result<super::Opened> {
        fs::write(&self.file, bytes).expect("write");
        open(&self.host, &self.file, None)
    }
}

/// A tar has bytes that are nothing: zeros after a file's end, and after the last file; and a sum of a header, whose
/// digits may be written in more than one way.
fn is_padding(bytes: &[u8], position: usize) -> bool {
    let mut at = 0;
    while at + 512 <= bytes.len() && bytes[at] != 0 {
        let size = std::str::from_utf8(&bytes[at + 124..at + 135]).expect("octal");
        let size = usize::from_str_radix(size, 8).expect("octal");
        let (start, next) = (at + 512 + size, at + 512 + size.div_ceil(512) * 512);
        if position < next {
            return position >= start || (at + 148..at + 156).contains(&position);
        }
        at = next;
    }
    true
}

#[test]
fn every_byte_counts_that_is_not_padding() {
    let signed = Signed::new();
    signed.verdict(&signed.bytes).expect("whole");
    let comment = b"untrusted comment: ";
    let comment = signed
        .bytes
        .windows(comment.len())
        .position(|bytes| bytes == comment)
        .expect("a signature")
        + comment.len();
    let line = signed.bytes[comment..]
        .iter()
        .position(|byte| *byte == b'\n');
    let comment = comment..comment + line.expect("a line");
    let mut refused = 0;
    for position in 0..signed.bytes.len() {
        let mut bad = signed.bytes.clone();
        bad[position] ^= 1 << (position % 8);
        match signed.verdict(&bad) {
            Err(error) => {
                assert_eq!(error.exit(), Exit::Integrity, "byte {position}: {error}");
                refused += 1;
            }
            // Nothing that is read: what is taken is what was signed.
            Ok(opened) => {
                assert!(
                    is_padding(&signed.bytes, position) || comment.contains(&position),
                    "byte {position} does not count"
                );
                if position % 64 == 0 {
                    let root = signed.home.path().join("root");
                    let taking = Taking {
                        root: &root,
                        host: &signed.host,
                        file: &signed.file,
                        opened: &opened,
                        interrupt: &Interrupt::default(),
                    };
                    take(&taking, None).expect("taken");
                    let kept = signed.home.path().join(".cache/sprint-kit/downloads/x.tar");
                    assert_eq!(fs::read(kept).expect("placed"), FILES[0].2);
                }
            }
        }
    }
    assert!(refused > 2000, "{refused}");
}

#[test]
fn an_end_that_is_missing_is_noticed_wherever_it_is() {
    let signed = Signed::new();
    let end = signed
        .bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .expect("an end");
    for length in 0..=end {
        let error = signed.verdict(&signed.bytes[..length]).expect_err("cut");
        assert_eq!(error.exit(), Exit::Integrity, "{length} bytes: {error}");
    }
}

/// GNU's entry for a long name is read before any signature is: it must not be believed to be short.
#[test]
fn entries_that_are_no_files_are_refused_unread() {
    let signed = Signed::new();
    for kind in [
        tar::EntryType::GNULongName,
        tar::EntryType::GNULongLink,
        tar::EntryType::XHeader,
        tar::EntryType::XGlobalHeader,
        tar::EntryType::Symlink,
        tar::EntryType::Directory,
    ] {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_path("x").expect("a name");
        header.set_size(1 << 40);
        header.set_cksum();
        builder.append(&header, &b"name"[..]).expect("append");
        let mut bytes = builder.into_inner().expect("a tar");
        bytes.truncate(1024);
        bytes.extend_from_slice(&signed.bytes);
        let error = signed.verdict(&bytes).expect_err("refused");
        assert!(
            error.to_string().contains("something else than files"),
            "{kind:?}: {error}"
        );
    }
}
