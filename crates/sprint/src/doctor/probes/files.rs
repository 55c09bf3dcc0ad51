//! What kind of file system the checkout is on, and whether git left its scripts alone.

use std::fs;
use std::path::{Path, PathBuf};

use super::host::is_wsl;
use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Repair, Seen, Severity};
use crate::doctor::text::Text;

/// Kinds (statfs(2), Linux) that are slow or drop events, with their names.
const FOREIGN: [(u64, &str); 8] = [
    (
        0x0102_1997,
        "9p (a Windows drive under WSL, or a virtual machine's share)",
    ),
    (0x6573_5546, "FUSE"),
    (0x6969, "NFS"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x517b, "SMB"),
    (0x786f_4256, "vboxsf"),
    (0x5346_544e, "NTFS"),
];

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    kind(bench.root, &mut seen);
    let path = bench.root.to_string_lossy();
    if let Some(bad) = crate::build::unusable(bench.root) {
        seen.finding(
            Finding::new(
                "path-unusable",
                Severity::Problem,
                Text::new("the checkout's path has a character that CPython's build cannot take: ")
                    .private(format!("{bad:?} in {path}")),
                "a path of letters, digits, blanks, dots and dashes",
            )
            .fix("mv the checkout to another place"),
        );
    }
    scripts(bench, &mut seen);
    seen
}

#[cfg(target_os = "linux")]
fn kind(root: &Path, seen: &mut Seen) {
    let Ok(data) = rustix::fs::statfs(root) else {
        return;
    };
    // The kernel's type is signed on some architectures; only the low 32 bits have a meaning.
    let magic = data.f_type as u64 & 0xffff_ffff;
    let known = FOREIGN.iter().find(|(number, _)| *number == magic);
    if let Some((_, name)) = known {
        let wanted = if is_wsl() {
            "a directory of the Linux side, for example below your home"
        } else {
            "a local file system"
        };
        seen.finding(
            Finding::new(
                "foreign-file-system",
                Severity::Warning,
                Text::new("the checkout is on ")
                    .say(name)
                    .say(": slow, and without file events (just watch polls there)"),
                wanted,
            )
            .fix("clone to a local directory"),
        );
    }
}

#[cfg(not(target_os = "linux"))]
fn kind(_root: &Path, _seen: &mut Seen) {
    // macOS: local file systems are the rule, and file events come on all of them.
    let _ = (FOREIGN, is_wsl);
}

/// `#!/bin/sh\r` looks for a program of that name: "no such file or directory", of a file that is there.
fn scripts(bench: &Bench<'_>, seen: &mut Seen) {
    let mut found = Vec::new();
    for directory in ["scripts", "scripts/lib", "tests", "tests/stages", ".ci"] {
        collect(&bench.root.join(directory), &mut found);
    }
    if let Some(pins) = bench.pins
        && let Ok(glance) = crate::source::glance(bench.root, pins)
    {
        for name in ["configure", "install-sh", "config.sub", "config.guess"] {
            let path = glance.root.join(name);
            if has_carriage_return(&path) {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        return;
    }
    let ours: Vec<PathBuf> = found
        .iter()
        .filter(|path| !path.starts_with(bench.root.join("cpython")))
        .cloned()
        .collect();
    let mut finding = Finding::new(
        "crlf-checkout",
        Severity::Problem,
        Text::default()
            .number(found.len() as u64)
            .say(" scripts have Windows line ends, for example ")
            .private(found[0].to_string_lossy()),
        "LF: the kernel takes the carriage return for a part of the interpreter's name",
    )
    .fix("git config core.autocrlf input && git rm -rq --cached . && git reset -q --hard  (commit your work first)");
    if ours.len() == found.len() {
        finding = finding.repair(Repair::StripCarriageReturns(ours));
    }
    seen.finding(finding);
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    found.extend(paths.into_iter().filter(|path| has_carriage_return(path)));
}

fn has_carriage_return(path: &Path) -> bool {
    use std::io::Read;
    let mut start = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(256).read_to_end(&mut start));
    if read.is_err() || !start.starts_with(b"#!") {
        return false;
    }
    start
        .split(|byte| *byte == b'\n')
        .next()
        .is_some_and(|line| line.ends_with(b"\r"))
}
