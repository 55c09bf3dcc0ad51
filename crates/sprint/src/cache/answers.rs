//! configure's answers, kept under the digest of everything that they depend on.
//!
//! configure is the serial part of a build, and asks the same questions in every clone. Its own `config.cache` holds
//! the answers; it is seeded only where the digest of configure's inputs is the same: the script, its arguments, the
//! compiler, headers and libraries by content, the flags. One that was made from anything else is not used.
//!
//! That alone would not do: not every answer is all that its check does. Some checks also set a variable, which a kept
//! answer passes over, and some answers are read before their question is asked. Those known are left out
//! ([`NOT_KEPT`]); and what configure *decided* is kept beside the answers, as a digest. Where kept answers lead to other
//! decisions, they are marked as unfit and configure is run without them.
//!
//! configure is told by the file it calls a site file (`CONFIG_SITE`) and not by an argument: arguments end up in the
//! Makefile.

use std::fs;
use std::path::{Path, PathBuf};

use crate::atomic;
use crate::build::PLACE;
use crate::error::{IoContext, Result};
use crate::hash;
use crate::host::Host;

/// As the site file names it, seen from the build directory.
pub(crate) const FILE: &str = ".sprint/config.cache";

/// The first line that autoconf writes.
const HEAD: &str = "# This file is a shell script";

/// What configure decided: all substitutions and definitions.
const DECIDED: &str = "config.status";

/// Answers that do not stand for their checks. In CPython's configure.ac (3.13.5), the check for
/// `-Wl,--no-as-needed` sets `NO_AS_NEEDED` only when it is run; libmpdec's machine is chosen from the two about
/// the inline assembler before they are asked, so that a first run finds them empty. In the fork's, the answer about
/// cargo is what the environment says.
const NOT_KEPT: [&str; 4] = [
    "ac_cv_prog_HAVE_CARGO",
    "ac_cv_wl_no_as_needed",
    "ac_cv_gcc_asm_for_x64",
    "ac_cv_gcc_asm_for_x87",
];

/// Puts the answers of an equal configure into a build directory, or makes sure that there are none. Returns whether
/// there are.
pub fn seed(host: &Host, build: &Path, digest: &str) -> Result<bool> {
    let own = build.join(FILE);
    if own.exists() {
        fs::remove_file(&own).on("remove", &own)?;
    }
    let Some(kept) = kept(host, digest).filter(|_| !super::is_off(host)) else {
        return Ok(false);
    };
    // Where they cannot be read, configure asks again.
    let Ok(text) = fs::read_to_string(&kept) else {
        return Ok(false);
    };
    if !is_whole(&text) {
        return Ok(false);
    }
    atomic::write(&own, text.as_bytes())?;
    Ok(true)
}

/// Keeps the answers that configure has left, unless they were kept before.
pub fn keep(host: &Host, root: &Path, build: &Path, digest: &str) -> Result<()> {
    let Some(kept) = kept(host, digest).filter(|_| !super::is_off(host)) else {
        return Ok(());
    };
    if fs::read_to_string(&kept).is_ok_and(|text| is_whole(&text) || text == UNFIT) {
        return Ok(());
    }
    let (Ok(text), Some(decided)) = (fs::read_to_string(build.join(FILE)), decided(root, build))
    else {
        return Ok(());
    };
    let fit: String = text
        .split_inclusive('\n')
        .filter(|line| {
            !NOT_KEPT
                .iter()
                .any(|name| line.starts_with(&format!("{name}=")))
        })
        .collect();
    // An answer that says where this clone is would be wrong in another.
    if !fit.starts_with(HEAD) || fit.contains(&*root.to_string_lossy()) {
        return Ok(());
    }
    // Where they cannot be kept, the next configure asks again.
    let _ = atomic::write(&kept, format!("{fit}{OUTCOME}{decided}\n{END}").as_bytes());
    Ok(())
}

/// Has configure, given kept answers, decided as it did when it asked? If not, they will not be used again, neither here
/// nor elsewhere.
pub fn agrees(host: &Host, root: &Path, build: &Path, digest: &str) -> Result<bool> {
    let Some(kept) = kept(host, digest) else {
        return Ok(false);
    };
    let then = fs::read_to_string(&kept).ok().and_then(|text| {
        let line = text
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix(OUTCOME));
        line.map(str::to_owned)
    });
    let agrees = then.is_some() && then == decided(root, build);
    if !agrees {
        // Where that cannot be noted, it is found out again.
        let _ = atomic::write(&kept, UNFIT.as_bytes());
        let own = build.join(FILE);
        if own.exists() {
            fs::remove_file(&own).on("remove", &own)?;
        }
    }
    Ok(agrees)
}

/// A digest of what configure decided, free of where the clone is.
fn decided(root: &Path, build: &Path) -> Option<String> {
    let text = fs::read_to_string(build.join(DECIDED)).ok()?;
    Some(hash::of_bytes(
        text.replace(&*root.to_string_lossy(), PLACE).as_bytes(),
    ))
}

/// Before the digest of what configure decided.
const OUTCOME: &str = "# decided: ";

/// Marks a file that was written whole.
const END: &str = "# whole\n";

/// In place of answers that led elsewhere.
const UNFIT: &str = "# these answers led configure to other decisions than its own questions\n";

fn is_whole(text: &str) -> bool {
    text.starts_with(HEAD) && text.ends_with(END) && text.contains(&format!("\n{OUTCOME}"))
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
        let left = format!("{text}ac_cv_wl_no_as_needed=${{ac_cv_wl_no_as_needed=yes}}\n");
        atomic::write(&one.join(FILE), left.as_bytes()).expect("write");
        keep(&host, &one, &one, "d1").expect("looked at");
        assert!(!seed(&host, &other, "d1").expect("none"), "no decisions");
        let decide = |at: &Path, what: &str| {
            let text = format!("ac_pwd='{}'\nS[\"X\"]=\"{what}\"\n", at.display());
            atomic::write(&at.join(DECIDED), text.as_bytes()).expect("write");
        };
        decide(&one, "1");
        keep(&host, &one, &one, "d1").expect("kept");

        assert!(seed(&host, &other, "d1").expect("seeded"));
        let seeded = fs::read_to_string(other.join(FILE)).expect("there");
        assert!(seeded.starts_with(&text));
        assert!(!seeded.contains("no_as_needed"), "not all of its check");
        assert!(!seed(&host, &other, "d2").expect("none"), "other inputs");
        assert!(!other.join(FILE).exists(), "a former one does not stay");

        let file = kept(&host, "d1").expect("a home");
        fs::write(&file, &text[..text.len() - 8]).expect("cut");
        assert!(!seed(&host, &other, "d1").expect("cut short"));

        keep(&host, &one, &one, "d1").expect("kept again");
        assert!(seed(&host, &other, "d1").expect("seeded"));
        decide(&other, "1");
        assert!(agrees(&host, &other, &other, "d1").expect("looked at"));
        decide(&other, "2");
        assert!(
            !agrees(&host, &other, &other, "d1").expect("looked at"),
            "decided otherwise"
        );
        keep(&host, &one, &one, "d1").expect("looked at");
        assert!(!seed(&host, &other, "d1").expect("none"), "never again");

        let text = format!("{HEAD}\nac_cv_path_x={}/x\n", one.display());
        atomic::write(&one.join(FILE), text.as_bytes()).expect("write");
        keep(&host, &one, &one, "d3").expect("looked at");
        assert!(
            !seed(&host, &other, "d3").expect("none"),
            "it names the clone"
        );
    }
}
