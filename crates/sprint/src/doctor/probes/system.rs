//! Programs and headers that a build wants, by the same table that bootstrap installs from.

use std::fmt::Write as _;
use std::fs;

use super::compiler;
use crate::build::chosen_compiler;
use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::remedy::{self, Part};

/// What a machine must offer, and which package offers it.
const TABLE: &str = include_str!("../../../../../scripts/system-packages.tsv");

/// Package managers by their program, with the table's column and the command that installs.
const MANAGERS: [(&str, usize, &str); 6] = [
    ("apt-get", 3, "sudo apt-get install "),
    ("dnf", 4, "sudo dnf install "),
    ("pacman", 5, "sudo pacman -S --needed "),
    ("apk", 6, "sudo apk add "),
    ("zypper", 7, "sudo zypper install "),
    ("brew", 8, "brew install "),
];

struct Row {
    capability: &'static str,
    class: &'static str,
    probe: &'static str,
    cells: Vec<&'static str>,
}

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let rows = rows();
    let headers: Vec<&Row> = rows
        .iter()
        .filter(|row| row.probe.starts_with("header:") && row.class == "stdlib")
        .collect();
    let present = headers_present(bench, &headers);
    for row in &rows {
        let missing = match row.probe.split_once(':') {
            Some(("cmd", program)) => bench.host.find(program).is_none(),
            Some(("header", _)) => {
                // Without a compiler that works nothing is known, and that has a finding of its own.
                present.as_ref().is_some_and(|present| {
                    row.class == "stdlib" && !present.contains(&row.capability)
                })
            }
            _ => false,
        };
        if missing {
            seen.finding(finding(bench, row));
        }
    }
    seen
}

fn finding(bench: &Bench<'_>, row: &Row) -> Finding {
    let (severity, effect) = match row.class {
        "need" => (Severity::Problem, "nothing can be built without it"),
        "cache" => (
            Severity::Warning,
            "builds can be neither kept nor taken from others",
        ),
        _ => (
            Severity::Warning,
            "an optional module of the standard library will not be built",
        ),
    };
    let mut finding = Finding::new(
        format!("{}-missing", row.capability),
        severity,
        Text::new(row.capability)
            .say(" was not found: ")
            .say(effect),
        Text::new(row.probe),
    );
    // In the flake's shell the machine's own package manager is of no help.
    let manager = MANAGERS.iter().find(|(program, ..)| {
        !remedy::in_nix_shell(bench.host) && bench.host.find(program).is_some()
    });
    let command = manager.and_then(|(_, column, install)| {
        let cell = row.cells.get(column - 3)?;
        match cell.strip_prefix('!') {
            Some(command) => Some(Text::new(command)),
            None if *cell == "-" => None,
            None => Some(Text::new(install).say(cell)),
        }
    });
    finding.fix = Some(command.unwrap_or(Text::new(Part::System.remedy(bench.host))));
    finding
}

/// The capabilities whose header the compiler finds, asked in one go. `None` if the compiler did not answer.
fn headers_present(bench: &Bench<'_>, rows: &[&Row]) -> Option<Vec<&'static str>> {
    let chosen = chosen_compiler(bench.host)?;
    let mut question = String::new();
    for row in rows {
        let names = row.probe.strip_prefix("header:").unwrap_or_default();
        let any: Vec<String> = names
            .split(',')
            .map(|name| format!("__has_include(<{name}>)"))
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            question,
            "#if {}\nsprint-has {}\n#endif",
            any.join(" || "),
            row.capability
        );
    }
    fs::write(bench.scratch.path().join("headers.c"), question).ok()?;
    let answer = bench.run(&compiler::line(bench, &chosen).args(["-E", "-P", "headers.c"]));
    let text = answer.good()?;
    let said = |row: &&&Row| {
        text.lines()
            .filter_map(|line| line.trim().strip_prefix("sprint-has "))
            .any(|name| name == row.capability)
    };
    Some(rows.iter().filter(said).map(|row| row.capability).collect())
}

/// Debian's names of the packages of these classes, in the table's order.
pub(crate) fn debian_packages(classes: &[&str]) -> Vec<&'static str> {
    let mut packages = Vec::new();
    for row in rows().iter().filter(|row| classes.contains(&row.class)) {
        let cell = row.cells.first().copied().unwrap_or("-");
        packages.extend(cell.split(' ').filter(|name| *name != "-"));
    }
    packages
}

fn rows() -> Vec<Row> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("capability\t"))
        .filter_map(|line| {
            let mut cells = line.split('\t');
            Some(Row {
                capability: cells.next()?,
                class: cells.next()?,
                probe: cells.next()?,
                cells: cells.collect(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_cell_for_every_manager() {
        let rows = rows();
        assert!(rows.len() > 20);
        let head: Vec<&str> = TABLE
            .lines()
            .find(|line| line.starts_with("capability\t"))
            .expect("a head line")
            .split('\t')
            .collect();
        for (program, column, _) in MANAGERS {
            assert_eq!(
                head.get(column).copied(),
                Some(program.trim_end_matches("-get"))
            );
        }
        for row in rows {
            assert_eq!(row.cells.len(), MANAGERS.len(), "{}", row.capability);
        }
    }
}
