use super::*;

fn append(
    builder: &mut tar::Builder<Vec<u8>>,
    kind: tar::EntryType,
    name: &str,
    link: &str,
    bytes: &[u8],
) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o4777);
    // By hand: the builder itself refuses to write what we want to see refused.
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header.set_cksum();
    builder.append(&header, bytes).expect("append");
}

/// Unpacks what `fill` puts beside a good file. Returns the directory above, and what came of it.
fn unpack(fill: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> (tempfile::TempDir, Result<String>) {
    unpack_as(2, 0, fill)
}

fn unpack_as(
    more: u64,
    bytes: u64,
    fill: impl FnOnce(&mut tar::Builder<Vec<u8>>),
) -> (tempfile::TempDir, Result<String>) {
    let mut builder = tar::Builder::new(Vec::new());
    append(
        &mut builder,
        tar::EntryType::Regular,
        "notes/sources",
        "",
        b"",
    );
    append(
        &mut builder,
        tar::EntryType::Regular,
        "tree/good",
        "",
        b"ok\n",
    );
    fill(&mut builder);
    let stream = builder.into_inner().expect("finish");
    let top = tempfile::tempdir().expect("dir");
    let directory = top.path().join("tree");
    fs::create_dir(&directory).expect("mkdir");
    let archive = Archive {
        sha256: String::new(),
        size: 0,
        unpacked: 3 + bytes,
        entries: 2 + more,
    };
    let to = Destination {
        directory: &directory,
        root: "/kit",
        time: SystemTime::now(),
    };
    let result = entries(
        &stream[..],
        Path::new("a"),
        &archive,
        &to,
        &Interrupt::default(),
    );
    (top, result)
}

#[test]
fn a_good_archive_is_unpacked_without_special_modes() {
    use std::os::unix::fs::PermissionsExt;
    let (top, result) = unpack_as(1, 0, |builder| {
        append(
            builder,
            tar::EntryType::Symlink,
            "tree/lib/x/y.so",
            "../../good",
            b"",
        );
    });
    result.expect("unpacks");
    let good = top.path().join("tree/good");
    assert_eq!(
        good.metadata().expect("there").permissions().mode() & 0o7022,
        0
    );
    assert_eq!(
        fs::read(top.path().join("tree/lib/x/y.so")).expect("read"),
        b"ok\n"
    );
}

#[test]
fn nothing_lands_outside() {
    use tar::EntryType as E;
    type Entry = (E, &'static str, &'static str);
    let hostile: [&[Entry]; 12] = [
        &[(E::Regular, "/tmp/escape-absolute", "")],
        &[(E::Regular, "tree/../../escape", "")],
        &[(E::Regular, "../escape", "")],
        &[(E::Regular, "other/escape", "")],
        &[(E::Symlink, "tree/out", "../escape")],
        &[(E::Symlink, "tree/out", "/etc")],
        &[(E::Symlink, "tree/a/out", "x/../../../escape")],
        &[
            (E::Symlink, "tree/l", "a"),
            (E::Regular, "tree/l/escape", ""),
        ],
        &[(E::Link, "tree/hard", "tree/good")],
        &[(E::Fifo, "tree/fifo", "")],
        &[(E::Block, "tree/disk", "")],
        &[(E::Regular, "tree/good", "")],
    ];
    for list in hostile {
        let (top, result) = unpack_as(list.len() as u64, 0, |builder| {
            for (kind, name, link) in list {
                append(builder, *kind, name, link, b"");
            }
        });
        let error = result.expect_err(list[0].1);
        assert!(
            error.exit() == Exit::Integrity || error.to_string().contains("exists"),
            "{error}"
        );
        let outside: Vec<_> = fs::read_dir(top.path()).expect("list").collect();
        assert_eq!(outside.len(), 1, "{outside:?}");
        assert!(!Path::new("/tmp/escape-absolute").exists());
    }
}

#[test]
fn neither_more_nor_less_than_it_says() {
    let two = |builder: &mut tar::Builder<Vec<u8>>| {
        for name in ["tree/a", "tree/b"] {
            append(builder, tar::EntryType::Regular, name, "", b"x");
        }
    };
    unpack_as(2, 2, two).1.expect("as it says");
    for (entries, bytes) in [(1, 2), (3, 2), (2, 1), (2, 3)] {
        assert!(
            unpack_as(entries, bytes, two).1.is_err(),
            "{entries} {bytes}"
        );
    }
    assert!(unpack(|_| {}).1.is_err());
}

#[test]
fn links_are_judged_by_where_they_are() {
    let inside = |at: &str, link: &str| stays_inside(Path::new(at), Path::new(link));
    assert!(inside("build/lib/x.so", "../../Modules/x.so"));
    assert!(!inside("build/lib/x.so", "../../../Modules/x.so"));
    assert!(!inside("x", ".."));
    assert!(!inside("x", "."));
    assert!(!inside("x", ""));
    assert!(!inside("a/x", "d/../y"));
}
