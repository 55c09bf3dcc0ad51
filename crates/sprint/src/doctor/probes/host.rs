//! What machine this is, and whether there is room on it.

use std::fs;

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::pins::Version;

/// An unpacked source, a debug build and cargo's directory take 0.6 GB; snapshots and a second profile more.
const NEEDED_MB: u64 = 1024;
const COMFORTABLE_MB: u64 = 4096;

/// Distributions whose names may be told: nothing else from os-release gets into a report.
const KNOWN: [&str; 14] = [
    "alpine",
    "almalinux",
    "arch",
    "centos",
    "debian",
    "fedora",
    "linuxmint",
    "manjaro",
    "nixos",
    "opensuse-leap",
    "opensuse-tumbleweed",
    "rhel",
    "rocky",
    "ubuntu",
];

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let mut line = system(bench).say(", ").say(bench.host.arch).say(", ");
    line = line.number(bench.host.cpus as u64).say(" cores");
    if let Some(megabytes) = memory() {
        line = line.say(", ").number(megabytes / 1024).say(" GB memory");
    }
    match rustix::fs::statvfs(bench.root) {
        Ok(data) => {
            let free = data.f_bavail.saturating_mul(data.f_frsize) / (1 << 20);
            line = line.say(", ").number(free / 1024).say(" GB free");
            room(&mut seen, free, data.f_favail, data.f_files);
        }
        Err(error) => seen.finding(Finding::new(
            "disk-unknown",
            Severity::Warning,
            Text::new("the file system of the checkout does not answer: ")
                .private(error.to_string()),
            "a file system that says how much room it has",
        )),
    }
    seen.facts.insert(
        0,
        crate::doctor::finding::Fact {
            name: "host",
            text: line,
        },
    );
    if rustix::process::geteuid().is_root() {
        seen.finding(Finding::new(
            "root-user",
            Severity::Note,
            "you are root: files that others may not read are no obstacle here",
            "an ordinary account, as CPython's own CI has",
        ));
    }
    seen
}

fn room(seen: &mut Seen, free: u64, inodes_free: u64, inodes: u64) {
    let fix = "just clean removes build directories";
    if free < COMFORTABLE_MB {
        let severity = if free < NEEDED_MB {
            Severity::Problem
        } else {
            Severity::Warning
        };
        seen.finding(
            Finding::new(
                "disk-space",
                severity,
                Text::default()
                    .number(free)
                    .say(" MB free where the checkout is"),
                Text::default().number(COMFORTABLE_MB).say(" MB"),
            )
            .fix(fix),
        );
    }
    // File systems without a table of inodes say 0 of 0.
    if inodes > 0 && inodes_free < 20_000 {
        seen.finding(
            Finding::new(
                "disk-inodes",
                Severity::Problem,
                Text::default()
                    .number(inodes_free)
                    .say(" inodes free where the checkout is"),
                "20000: an unpacked source is 5000 files, a build 3000",
            )
            .fix(fix),
        );
    }
}

fn system(bench: &Bench<'_>) -> Text {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let value = line.strip_prefix(name)?.strip_prefix('=')?;
            Some(value.trim_matches(['"', '\'']).to_owned())
        })
    };
    let id = field("ID").unwrap_or_default();
    let mut line = match KNOWN.iter().find(|known| **known == id) {
        Some(known) => Text::new(known),
        None => Text::new(bench.host.os),
    };
    let version = field("VERSION_ID").unwrap_or_default();
    if let Ok(number) = version.parse::<u64>() {
        line = line.say(" ").number(number);
    } else if let Ok(version) = version.parse::<Version>() {
        line = line.say(" ").version(version);
    }
    if is_wsl() {
        line = line.say(" under WSL");
    }
    line
}

/// Microsoft's kernels say so themselves.
pub(super) fn is_wsl() -> bool {
    fs::read_to_string("/proc/version")
        .is_ok_and(|text| text.to_ascii_lowercase().contains("microsoft"))
}

fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes = text.lines().find_map(|line| {
        let rest = line.strip_prefix("MemTotal:")?;
        rest.split_whitespace().next()?.parse::<u64>().ok()
    })?;
    Some(kilobytes / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_a_problem_and_a_nearly_full_one_a_warning() {
        let severity = |free| {
            let mut seen = Seen::default();
            room(&mut seen, free, 1 << 30, 1 << 30);
            seen.findings.first().map(|finding| finding.severity)
        };
        assert_eq!(severity(10), Some(Severity::Problem));
        assert_eq!(severity(2000), Some(Severity::Warning));
        assert_eq!(severity(50_000), None);
    }
}
