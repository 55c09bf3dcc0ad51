//! May we write here, and do the files we make get the mode that programs expect?

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Repair, Seen, Severity};
use crate::doctor::text::Text;

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    umask(bench, &mut seen);
    // A fresh clone has no build directory yet; it is made where the checkout is.
    let build = bench.root.join("build");
    let directory = if build.is_dir() {
        build
    } else {
        bench.root.to_owned()
    };
    writable(&mut seen, &directory, expected_mode(bench));
    ownership(bench, &mut seen);
    seen
}

/// What a child of ours would get, seen on files that are really made.
fn umask(bench: &Bench<'_>, seen: &mut Seen) {
    let Some(made) = mode_of_new_file(bench.scratch.path()) else {
        return;
    };
    let mask = 0o666 & !made;
    if mask & 0o044 != 0 {
        seen.finding(
            Finding::new(
                "umask-private",
                Severity::Warning,
                Text::new("new files get mode ").mode(made),
                "644: tests of CPython that look at modes of new files expect umask 022",
            )
            .fix("umask 022"),
        );
    }
}

/// What the umask makes of 666; where the system does not tell the umask, what the temporary directory does.
fn expected_mode(bench: &Bench<'_>) -> Option<u32> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let umask = status.lines().find_map(|line| {
        let digits = line.strip_prefix("Umask:")?;
        u32::from_str_radix(digits.trim(), 8).ok()
    });
    match umask {
        Some(umask) => Some(0o666 & !umask),
        None => mode_of_new_file(bench.scratch.path()),
    }
}

fn writable(seen: &mut Seen, directory: &Path, expected: Option<u32>) {
    match mode_in_fresh_directory(directory) {
        Ok(Some(made)) if expected.is_some_and(|expected| expected != made) => seen.finding(
            Finding::new(
                "default-acl",
                Severity::Warning,
                Text::new("new files below the checkout get mode ")
                    .mode(made)
                    .say(", where the umask alone gives ")
                    .mode(expected.unwrap_or_default()),
                "the same: a default access control list overrides the umask (Codespaces sets one)",
            )
            .fix(Text::new("setfacl -R -k ").private(directory.to_string_lossy()))
            .repair(Repair::DropDefaultAcl(directory.to_owned())),
        ),
        Ok(_) => {}
        Err(error) => {
            let wanted = "a checkout that you may write to, on a file system that is not read-only";
            let (id, fix) = match error.kind() {
                ErrorKind::ReadOnlyFilesystem => (
                    "checkout-read-only",
                    Text::new("clone to a writable file system"),
                ),
                ErrorKind::PermissionDenied => (
                    "checkout-not-writable",
                    Text::new("sudo chown -R \"$(id -u):$(id -g)\" ")
                        .private(crate::exec::quote(&directory.to_string_lossy())),
                ),
                _ => (
                    "checkout-not-writable",
                    Text::new("just doctor --json says where"),
                ),
            };
            seen.finding(
                Finding::new(
                    id,
                    Severity::Problem,
                    Text::new("cannot write in ")
                        .private(directory.to_string_lossy())
                        .say(": ")
                        .private(error.to_string()),
                    wanted,
                )
                .fix(fix),
            );
        }
    }
}

/// The mode of a new file in a new directory there; an error if there can be none.
fn mode_in_fresh_directory(directory: &Path) -> std::io::Result<Option<u32>> {
    let made = directory.join(format!(".sprint-doctor-{}", std::process::id()));
    fs::DirBuilder::new().mode(0o700).create(&made)?;
    let mode = mode_of_new_file(&made);
    fs::remove_dir_all(&made)?;
    Ok(mode)
}

fn mode_of_new_file(directory: &Path) -> Option<u32> {
    let path = directory.join(format!("sprint-mode-{}", std::process::id()));
    // A leftover would show the mode of another day.
    let _ = fs::remove_file(&path);
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o666)
        .open(&path)
        .ok()?;
    let mode = file.metadata().ok()?.permissions().mode() & 0o777;
    fs::remove_file(&path).ok()?;
    Some(mode)
}

/// git refuses a checkout of somebody else; and then nothing that asks git works.
fn ownership(bench: &Bench<'_>, seen: &mut Seen) {
    let mut line = bench
        .line("git")
        .args(["rev-parse", "--is-inside-work-tree"]);
    line.directory = bench.root.to_owned();
    let answer = bench.run(&line);
    if answer.words().contains("dubious ownership") {
        seen.finding(
            Finding::new(
                "dubious-ownership",
                Severity::Problem,
                "git refuses the checkout: it belongs to another user",
                "a checkout that git trusts",
            )
            .fix(
                Text::new("git config --global --add safe.directory ")
                    .private(crate::exec::quote(&bench.root.to_string_lossy())),
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_cannot_be_written_is_a_problem() {
        let mut seen = Seen::default();
        writable(&mut seen, Path::new("/proc/self"), Some(0o644));
        let finding = seen.findings.first().expect("a finding");
        assert_eq!(finding.severity, Severity::Problem);
    }
}
