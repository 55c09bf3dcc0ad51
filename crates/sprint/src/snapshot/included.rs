//! What times cannot say after a restore: which objects depend on a file that is gone, or that no rule of the Makefile
//! names. Where such a file differs that C code may include, every restored object goes, and make compiles the C side
//! anew. Between two ordinary makes that is left as make itself leaves it.

use std::fs;
use std::path::Path;

use crate::error::{IoContext, Result};
use crate::source::times::Settled;

/// Endings of files that C code includes by name.
const INCLUDED: [&str; 4] = ["h", "inc", "hpp", "def"];

/// Removes the objects in `build` if what differs may have been included unseen. Returns how many.
pub(super) fn remove_unknown(build: &Path, settled: &Settled) -> Result<u64> {
    if settled.is_clean() {
        return Ok(0);
    }
    let makefile = build.join("Makefile");
    let rules = String::from_utf8_lossy(&fs::read(&makefile).on("read", &makefile)?).into_owned();
    let named = |path: &String| rules.contains(path.as_str());
    // A .c that no rule names is included by another one; one that was added is not, yet.
    let changed = settled
        .changed
        .iter()
        .chain(&settled.deleted)
        .any(|path| (is_included(path) || path.ends_with(".c")) && !named(path));
    // A header that was added may come before another one of its name.
    let added = settled.added.iter().any(|path| is_included(path));
    if !changed && !added {
        return Ok(0);
    }
    let mut removed = 0;
    remove_objects(build, &mut removed)?;
    Ok(removed)
}

fn is_included(path: &str) -> bool {
    let extension = Path::new(path).extension();
    extension.is_some_and(|extension| INCLUDED.iter().any(|known| extension == *known))
}

/// Not cargo's objects, which cargo keeps right by itself.
fn remove_objects(directory: &Path, removed: &mut u64) -> Result<()> {
    for entry in fs::read_dir(directory).on("list", directory)? {
        let entry = entry.on("list", directory)?;
        let path = entry.path();
        let kind = entry.file_type().on("look at", &path)?;
        if kind.is_dir() {
            if entry.file_name() != ".sprint" && entry.file_name() != "target" {
                remove_objects(&path, removed)?;
            }
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "o") {
            fs::remove_file(&path).on("remove", &path)?;
            *removed += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_go_where_no_rule_names_what_differs() {
        let build = tempfile::tempdir().expect("dir");
        fs::write(
            build.path().join("Makefile"),
            "a.o: $(srcdir)/a.c $(srcdir)/Include/named.h",
        )
        .expect("write");
        let of = |changed: &[&str], added: &[&str], deleted: &[&str]| {
            fs::write(build.path().join("a.o"), "object").expect("write");
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let settled = Settled {
                changed: names(changed),
                added: names(added),
                deleted: names(deleted),
            };
            remove_unknown(build.path(), &settled).expect("looked") == 1
        };
        assert!(!of(&["a.c", "Include/named.h", "Lib/a.py"], &[], &[]));
        assert!(!of(&[], &["new.c", "Lib/new.py"], &["Include/named.h"]));
        for [changed, added, deleted] in [
            [&["Include/other.h"][..], &[], &[]],
            [&["included.c"], &[], &[]],
            [&[], &["Include/named.h"], &[]],
            [&[], &[], &["Include/other.h"]],
        ] {
            assert!(of(changed, added, deleted));
        }
    }
}
