//! configure's answers, kept under the digest of everything that they depend on.
//!
//! configure is the serial part of a build, and asks the same questions in every clone. Its own `config.cache` holds
//! the answers; it is seeded only where the digest of configure's inputs is the same: the script, its arguments, the
//! compiler, headers and libraries by content, the flags. One that was made from anything else is not used.
//!
//! configure is told by the file it calls a site file (`CONFIG_SITE`) and not by an argument: arguments end up in the
//! Makefile.

use std::path::{Path, PathBuf};

use crate::atomic;
use crate::error::{IoContext, Result};
use crate::host::Host;

/// As the site file names it, seen from the build directory.
pub(crate) const FILE: &str = ".sprint/config.cache";

/// The first line that autoconf writes.
const HEAD: &str = "# This file is a shell script";

/// Puts the answers of an equal configure into a build directory, or makes sure that there are none. Returns whether
/// there are.
pub fn seed(host: &Host, build: &Path, digest: &str) -> Result<bool> {
    let own = build.join(FILE);
    if own.exists() {
        std::fs::remove_file(&own).on("remove", &own)?;
    }
    let Some(kept) = kept(host, digest).filter(|_| !super::is_off(host)) else {
        return Ok(false);
    };
    // Where they cannot be read, configure asks again.
    let Ok(text) = std::fs::read_to_string(&kept) else {
        return Ok(false);
    };
    if !is_whole(&text) {
        return Ok(false);
    }
    atomic::write(&own, text.as_bytes())?;
    Ok(true)
}

/// Keeps the answers that configure has left.
pub fn keep(host: &Host, root: &Path, build: &Path, digest: &str) -> Result<()> {
    let Some(kept) = kept(host, digest).filter(|kept| !kept.exists() && !super::is_off(host))
    else {
        return Ok(());
    };
    let own = build.join(FILE);
    let Ok(text) = std::fs::read_to_string(&own) else {
        return Ok(());
    };
    // An answer that says where this clone is would be wrong in another.
    if !text.starts_with(HEAD) || text.contains(&*root.to_string_lossy()) {
        return Ok(());
    }
    // Where they cannot be kept, the next configure asks again.
    let _ = atomic::write(&kept, (text + END).as_bytes());
    Ok(())
}

/// Marks a file that was written whole.
const END: &str = "# whole\n";

fn is_whole(text: &str) -> bool {
    text.starts_with(HEAD) && text.ends_with(END)
}

fn kept(host: &Host, digest: &str) -> Option<PathBuf> {
    Some(
        super::directory(host)?
            .join("configure")
            .join(format!("{digest}.cache")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn answers_come_back_for_equal_inputs_only_and_only_whole() {
        let home = tempfile::tempdir().expect("dir");
        let (one, other) = (home.path().join("one"), home.path().join("other"));
        let host = Host::with_env(BTreeMap::from([(
            "HOME".to_owned(),
            home.path().to_string_lossy().into_owned(),
        )]));
        let text =
            format!("{HEAD} that caches\nac_cv_header_zlib_h=${{ac_cv_header_zlib_h=yes}}\n");
        atomic::write(&one.join(FILE), text.as_bytes()).expect("write");
        keep(&host, &one, &one, "d1").expect("kept");

        assert!(seed(&host, &other, "d1").expect("seeded"));
        let seeded = std::fs::read_to_string(other.join(FILE)).expect("there");
        assert!(seeded.starts_with(&text));
        assert!(!seed(&host, &other, "d2").expect("none"), "other inputs");
        assert!(!other.join(FILE).exists(), "a former one does not stay");

        let file = kept(&host, "d1").expect("a home");
        std::fs::write(&file, &text[..text.len() - 8]).expect("cut");
        assert!(!seed(&host, &other, "d1").expect("cut short"));

        let text = format!("{HEAD}\nac_cv_path_x={}/x\n", one.display());
        atomic::write(&one.join(FILE), text.as_bytes()).expect("write");
        keep(&host, &one, &one, "d3").expect("looked at");
        assert!(
            !seed(&host, &other, "d3").expect("none"),
            "it names the clone"
        );
    }
}
