//! What a person needs of a failed step's log: the first real error with its surroundings, and the
//! known remedy if there is one.

use std::path::Path;

use crate::error::Error;
use crate::exit::Exit;

/// Lines shown before the first error.
const BEFORE: usize = 3;
/// Lines shown after it; cargo tells the cause some lines below.
const AFTER: usize = 8;

/// What a log line says, what it is likely to mean, what to do. First match wins.
const REMEDIES: [(&str, &str, &str); 10] = [
    (
        "No space left on device",
        "the disk is full",
        "free some space, then run the same command again: it carries on",
    ),
    (
        "The source directory is not clean",
        "somebody built inside the source tree",
        "git -C TREE clean -fdx  (look first: -n)",
    ),
    (
        "source directory already configured",
        "somebody configured inside the source tree",
        "make -C TREE distclean",
    ),
    (
        "unable to find libclang",
        "bindgen cannot load libclang",
        "./scripts/bootstrap.sh --only system, or set LIBCLANG_PATH",
    ),
    (
        "bin/cargo: not found",
        "the tree's make looks for cargo in CARGO_HOME only",
        "./scripts/bootstrap.sh --only rust",
    ),
    (
        "can't find crate for `core`",
        "the standard library of that target is not installed",
        "rustup target add TARGET",
    ),
    (
        "the lock file",
        "Cargo.lock does not match Cargo.toml",
        "cargo update --workspace, and commit Cargo.lock",
    ),
    (
        "failed to download",
        "cargo could not reach the crate registry",
        "connect to a network, then run the same command again",
    ),
    (
        "linker `cc` not found",
        "there is no C compiler",
        "./scripts/bootstrap.sh --only system",
    ),
    (
        "C compiler cannot create executables",
        "the C compiler or CFLAGS are broken",
        "unset CFLAGS LDFLAGS, or ./scripts/bootstrap.sh --only system",
    ),
];

/// The error for a failed step: `status` is how it ended.
pub(super) fn explain(step: &str, status: &str, log: &Path) -> Error {
    let bytes = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    // The disk first: shells and compilers have many words for it ("I/O error"), and some have none.
    let remedy = REMEDIES
        .iter()
        .find(|(sign, ..)| text.contains(sign) || (sign.starts_with("No space") && is_full(log)));
    let exit = match remedy {
        Some((sign, ..))
            if sign.starts_with("No space") || sign.starts_with("failed to download") =>
        {
            Exit::Setup
        }
        _ => Exit::BuildFailed,
    };
    let mut error = Error::new(exit, "build-failed", format!("{step} failed ({status})"));
    if let Some(at) = first_error(&lines) {
        error = error
            .block(lines[at.saturating_sub(BEFORE)..(at + AFTER + 1).min(lines.len())].join("\n"));
    } else {
        error = error.block(lines[lines.len().saturating_sub(BEFORE + AFTER)..].join("\n"));
    }
    error = error.detail("log", log.display());
    match remedy {
        Some((_, likely, next)) => error.detail("likely", likely).next(*next),
        None => error
            .next("mend what the lines above say, then run the same command again: it carries on"),
    }
}

/// Is the disk that the log is on as good as full?
fn is_full(log: &Path) -> bool {
    const AS_GOOD_AS_FULL: u64 = 1 << 20;
    log.parent()
        .and_then(|directory| rustix::fs::statvfs(directory).ok())
        .is_some_and(|data| data.f_bavail.saturating_mul(data.f_frsize) < AS_GOOD_AS_FULL)
}

/// The first line that is an error of a compiler, of cargo, of make or of configure.
fn first_error(lines: &[&str]) -> Option<usize> {
    let is_strong = |line: &&str| {
        let line = line.trim_start();
        line.contains(": error:")
            || line.contains(": fatal error:")
            || line.contains("undefined reference to")
            || line.starts_with("error:")
            || line.starts_with("error[")
            || line.starts_with("configure: error:")
            || line.contains("panicked at")
            || line.ends_with(": not found")
    };
    let is_weak = |line: &&str| line.starts_with("make") && line.contains("***");
    // Only configure's own tests print errors that are none, and those go to config.log.
    lines
        .iter()
        .position(is_strong)
        .or_else(|| lines.iter().position(is_weak))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str) -> (Exit, String) {
        let directory = tempfile::tempdir().expect("dir");
        let log = directory.path().join("build.log");
        std::fs::write(&log, text).expect("write");
        let error = explain("make", "exit status 2", &log);
        (error.exit(), error.render(crate::term::Palette::plain()))
    }

    #[test]
    fn the_first_real_error_is_shown_with_its_surroundings() {
        let (exit, text) =
            explained("one\ntwo\na.c:3:1: error: expected ';'\nafter\nmake: *** [a.o] Error 1\n");
        assert_eq!(exit, Exit::BuildFailed);
        assert!(text.starts_with("one\ntwo\na.c:3:1: error"), "{text}");
        assert!(text.contains("build.log"));
    }

    #[test]
    fn a_full_disk_is_the_setups_fault() {
        let (exit, text) = explained("as: a.o: No space left on device\nmake: *** [a.o] Error 1\n");
        assert_eq!(exit, Exit::Setup);
        assert!(text.contains("free some space"));
    }

    #[test]
    fn a_log_without_an_error_shows_its_end() {
        assert!(explained("a\nb\nlast words\n").1.contains("last words"));
    }
}
