//! Exhaustive: another bit in any byte of a snapshot or of a bundle. Nothing wrong may be believed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sprint::host::Host;
use sprint::interrupt::Interrupt;
use sprint::progress::Progress;
use sprint::snapshot::{Checked, Directory, Opened, Place, Verifying, verify};

use crate::kit::Kit;
use crate::snapshots::Shared;

/// The machine of a guest, for calls into the library: a run of the binary for each byte would take minutes.
fn machine(guest: &Kit) -> Host {
    let home = guest.above().join("home").to_string_lossy().into_owned();
    Host::with_env(BTreeMap::from([("HOME".to_owned(), home)]))
}

/// What a look at these keys finds.
fn look(host: &Host, store: &Directory, keys: &[String]) -> Vec<Checked> {
    let what = Verifying {
        host,
        store: &Opened::Directory(store.clone()),
        place: &Place::Directory(store.files()),
        contents: true,
    };
    verify(&what, keys, &Progress::silent(), &Interrupt::default()).expect("looked")
}

/// Calls `judge` with every byte of a file changed in turn, in one of its bits.
fn each_flip(file: &Path, mut judge: impl FnMut(usize)) {
    let good = fs::read(file).expect("read");
    for position in 0..good.len() {
        let mut bad = good.clone();
        bad[position] ^= 1 << (position % 8);
        fs::write(file, &bad).expect("write");
        judge(position);
    }
    fs::write(file, good).expect("mend");
}

#[test]
fn every_byte_of_a_snapshot_counts() {
    let shared = Shared::new();
    let guest = shared.guest("guest");
    let host = machine(&guest);
    let store = Directory::new(shared.store());
    let keys = store.keys().expect("keys");
    assert_eq!(keys.len(), 2, "a key and a base key");
    for (key, _) in &keys {
        let is_believed = || {
            let checked = look(&host, &store, std::slice::from_ref(key));
            checked[0].problem.is_none()
        };
        assert!(is_believed(), "untouched");
        each_flip(&store.files().join(format!("{key}.json")), |position| {
            assert!(!is_believed(), "{key}.json, byte {position}");
        });
        let signature = store.files().join(format!("{key}.json.minisig"));
        let text = fs::read_to_string(&signature).expect("text");
        // minisign's first line is a comment by nobody, and says so itself.
        let comment = "untrusted comment: ".len()..text.find('\n').expect("a line");
        each_flip(&signature, |position| {
            assert!(
                comment.contains(&position) || !is_believed(),
                "{key}.json.minisig, byte {position}"
            );
        });
    }
    let archive = fs::read_dir(store.files())
        .expect("list")
        .map(|entry| entry.expect("entry").path())
        .find(|path| path.to_string_lossy().ends_with(".tar.zst"))
        .expect("an archive");
    let key = &keys[..1]
        .iter()
        .map(|(key, _)| key.clone())
        .collect::<Vec<_>>();
    each_flip(&archive, |position| {
        let checked = look(&host, &store, key);
        assert_eq!(
            checked[0].problem_id,
            Some("damaged-snapshot"),
            "byte {position}"
        );
    });
}
