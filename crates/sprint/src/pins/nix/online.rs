//! Asking the inputs themselves: rust-overlay's own list, by curl; the hashes of both, by Nix where it is there.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::lock;
use super::releases;
use crate::error::{Error, Result};
use crate::exec::{self, CommandLine};
use crate::host::Host;
use crate::pins::{Finding, FlakeInput, Pins, Version};

/// The list of stable releases in rust-overlay's repository.
const LIST: &str = "manifests/stable/default.nix";

/// What `nix flake prefetch --json` answers.
#[derive(Debug, Deserialize)]
pub(super) struct Prefetched {
    /// Nix's hash of the unpacked tree.
    pub(super) hash: String,
    /// What the reference stands for.
    pub(super) locked: Locked,
}

/// A resolved reference.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Locked {
    /// Commit; a path has none.
    pub(super) rev: Option<String>,
    /// Seconds since 1970.
    pub(super) last_modified: u64,
}

/// `sprint pins check --online`: do the inputs say what pins.toml says?
pub fn ask(root: &Path, host: &Host, pins: &Pins) -> Result<Vec<Finding>> {
    let stable = stable(root, host, &pins.nix.rust_overlay)?;
    let mut findings = releases::missing(pins, &stable);
    findings.extend(releases::differs(root, &stable)?);
    for (name, input) in [
        ("nixpkgs", &pins.nix.nixpkgs),
        ("rust_overlay", &pins.nix.rust_overlay),
    ] {
        if host.find("nix").is_none() {
            findings.push(Finding::NotAsked {
                what: format!("nix.{name}'s hash"),
                why: "nix is not on PATH".to_owned(),
            });
            continue;
        }
        let seen = prefetch(root, host, &format!("{}/{}", input.repository, input.rev))?;
        let mut differ = |field: &str, seen: String, wanted: String| {
            if seen != wanted {
                findings.push(Finding::InputDiffers {
                    entry: format!("nix.{name}.{field}"),
                    seen,
                    wanted,
                });
            }
        };
        differ("nar_hash", seen.hash, input.nar_hash.clone());
        differ(
            "last_modified",
            seen.locked.last_modified.to_string(),
            input.last_modified.to_string(),
        );
    }
    Ok(findings)
}

/// The stable releases that rust-overlay carries at `input.rev`, from its own repository.
pub(super) fn stable(root: &Path, host: &Host, input: &FlakeInput) -> Result<Vec<Version>> {
    let address = list_address(input)?;
    let curl = host.need("curl", "to ask rust-overlay for its releases")?;
    let line = CommandLine::new(curl.to_string_lossy(), root).args([
        "--fail",
        "--location",
        "--silent",
        "--show-error",
        "--connect-timeout",
        "10",
        "--max-time",
        "60",
        &address,
    ]);
    let output = exec::output(&line, host.env())?;
    if !output.status.success() {
        return Err(Error::setup(
            "rust-overlay-unreachable",
            format!("rust-overlay's list of releases cannot be fetched: {address}"),
        )
        .detail("seen", String::from_utf8_lossy(&output.stderr).trim())
        .next("sprint pins check (without --online: it uses the recorded list)"));
    }
    let stable = parse(&String::from_utf8_lossy(&output.stdout));
    if stable.is_empty() {
        return Err(Error::setup(
            "rust-overlay-list",
            format!("{address} names no release; has rust-overlay changed the file's form?"),
        )
        .next("look at the file, then mend crates/sprint/src/pins/nix/online.rs"));
    }
    Ok(stable)
}

/// Where GitHub serves the list of that revision.
pub(super) fn list_address(input: &FlakeInput) -> Result<String> {
    let (owner, repo) = lock::parts(input).ok_or_else(|| {
        Error::usage(
            "nix-repository",
            format!(
                "pins.toml: `{}` is not github:OWNER/REPOSITORY",
                input.repository
            ),
        )
        .next("sprint pins check")
    })?;
    Ok(format!(
        "https://raw.githubusercontent.com/{owner}/{repo}/{}/{LIST}",
        input.rev
    ))
}

/// Resolves a flake reference, downloading what it stands for.
pub(super) fn prefetch(root: &Path, host: &Host, reference: &str) -> Result<Prefetched> {
    let nix = host.need("nix", "to resolve and hash a flake input")?;
    let line = CommandLine::new(nix.to_string_lossy(), root).args([
        "--extra-experimental-features",
        "nix-command flakes",
        "flake",
        "prefetch",
        "--json",
        reference,
    ]);
    // nixpkgs is 40 MB, and the network may be a sprint's.
    let output = exec::output_within(&line, host.env(), Duration::from_secs(3600))?;
    let failed = |seen: String| {
        Error::setup("nix-prefetch", format!("Nix cannot fetch {reference}"))
            .detail("seen", seen.trim())
            .next(line.paste())
    };
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(error.to_string()))
}

/// The versions on lines of the form `"1.95.0" = import …`.
fn parse(text: &str) -> Vec<Version> {
    text.lines()
        .filter_map(|line| {
            let (version, rest) = line.trim().strip_prefix('"')?.split_once('"')?;
            rest.trim_start().strip_prefix('=')?;
            version.parse().ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::nix::fake::machine;

    #[test]
    fn releases_are_read_and_latest_is_not_one() {
        let text = "{\n  \"1.9.0\" = import ./a.nix;\n  \"1.95.0\" = import ./b.nix;\n  latest = \"1.95.0\";\n}\n";
        let seen: Vec<String> = parse(text).iter().map(Version::to_string).collect();
        assert_eq!(seen, ["1.9.0", "1.95.0"]);
        assert_eq!(parse("<html>not found</html>"), Vec::new());
    }

    #[test]
    fn what_nix_answers_is_understood() {
        let text = r#"{"hash":"sha256-x","locked":{"lastModified":7,"rev":"abc","type":"github"},"original":{},"storePath":"/s"}"#;
        let seen: Prefetched = serde_json::from_str(text).expect("reads");
        assert_eq!(
            (seen.hash.as_str(), seen.locked.last_modified),
            ("sha256-x", 7)
        );
        assert_eq!(seen.locked.rev.as_deref(), Some("abc"));
    }

    fn repository() -> (std::path::PathBuf, Pins) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text = std::fs::read_to_string(root.join("pins.toml")).expect("read");
        (root, Pins::parse(&text).expect("parses"))
    }

    #[test]
    fn a_release_that_the_input_lacks_is_told_and_hashes_are_not_asked_without_nix() {
        let (root, pins) = repository();
        let (_directory, host) = machine(
            &format!(
                "*{}/manifests*) echo '\"1.2.3\" = import ./x;' ;;",
                pins.nix.rust_overlay.rev
            ),
            None,
        );
        let findings = ask(&root, &host, &pins).expect("answers");
        let missing = findings
            .iter()
            .filter(|finding| matches!(finding, Finding::NotInRustOverlay { .. }))
            .count();
        let not_asked = findings
            .iter()
            .filter(|finding| matches!(finding, Finding::NotAsked { .. }))
            .count();
        assert_eq!((missing, not_asked), (2, 2), "{findings:?}");
    }

    #[test]
    fn a_hash_that_differs_is_a_problem_and_one_that_agrees_is_not() {
        let (root, pins) = repository();
        let input = &pins.nix.nixpkgs;
        let answer = format!(
            "*{}*) echo '{{\"hash\":\"{}\",\"locked\":{{\"lastModified\":{}}}}}' ;;\n\
             *) echo '{{\"hash\":\"sha256-other\",\"locked\":{{\"lastModified\":{}}}}}' ;;",
            input.rev, input.nar_hash, input.last_modified, pins.nix.rust_overlay.last_modified
        );
        let (_directory, host) = machine("*) echo '\"1.2.3\" = import ./x;' ;;", Some(&answer));
        let differing: Vec<String> = ask(&root, &host, &pins)
            .expect("answers")
            .into_iter()
            .filter_map(|finding| match finding {
                Finding::InputDiffers { entry, .. } => Some(entry),
                _ => None,
            })
            .collect();
        assert_eq!(
            differing,
            ["nix/rust-releases.toml", "nix.rust_overlay.nar_hash"]
        );
    }

    #[test]
    fn no_network_is_a_setup_error_with_a_way_on() {
        let (root, pins) = repository();
        let (_directory, host) = machine("*) echo no route >&2; exit 6 ;;", None);
        let error = ask(&root, &host, &pins).expect_err("cannot be asked");
        assert_eq!(error.id(), "rust-overlay-unreachable");
        assert!(
            error
                .render(crate::term::Palette::plain())
                .contains("no route")
        );
    }
}
