//! flake.lock, written from pins.toml as Nix itself would write it.

use serde_json::{Value, json};

use crate::pins::{Finding, FlakeInput, Pins};

/// Owner and repository of `github:OWNER/REPO`, the only kind of input that the kit locks.
pub(in crate::pins) fn parts(input: &FlakeInput) -> Option<(&str, &str)> {
    let (owner, repo) = input.repository.strip_prefix("github:")?.split_once('/')?;
    (!owner.is_empty() && !repo.is_empty() && !repo.contains('/')).then_some((owner, repo))
}

/// The reference that flake.nix names: the repository, and the branch where one is pinned.
pub(in crate::pins) fn reference(input: &FlakeInput) -> String {
    match &input.branch {
        Some(branch) => format!("{}/{branch}", input.repository),
        None => input.repository.clone(),
    }
}

/// The whole file. Nix sorts keys, indents by two and ends with a newline; so does this.
pub(in crate::pins) fn flake_lock(pins: &Pins) -> String {
    let mut overlay = node(&pins.nix.rust_overlay);
    // rust-overlay's only input is ours: nothing else is downloaded or evaluated.
    overlay["inputs"] = json!({ "nixpkgs": ["nixpkgs"] });
    let lock = json!({
        "nodes": {
            "nixpkgs": node(&pins.nix.nixpkgs),
            "root": { "inputs": { "nixpkgs": "nixpkgs", "rust-overlay": "rust-overlay" } },
            "rust-overlay": overlay,
        },
        "root": "root",
        "version": 7,
    });
    format!("{lock:#}\n")
}

/// What of the inputs is not written as Nix writes it.
pub(in crate::pins) fn malformed(pins: &Pins) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, input) in [
        ("nixpkgs", &pins.nix.nixpkgs),
        ("rust_overlay", &pins.nix.rust_overlay),
    ] {
        // 32 bytes in base64: 43 characters and one sign to fill up.
        let hash = input.nar_hash.strip_prefix("sha256-").unwrap_or_default();
        let (digits, end) = hash.split_at_checked(43).unwrap_or(("", ""));
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        if end != "=" || !digits.bytes().all(base64) {
            findings.push(Finding::Malformed {
                entry: format!("nix.{name}.nar_hash"),
                seen: input.nar_hash.clone(),
            });
        }
        if parts(input).is_none() {
            findings.push(Finding::Malformed {
                entry: format!("nix.{name}.repository"),
                seen: format!("{} is not github:OWNER/REPOSITORY", input.repository),
            });
        }
    }
    findings
}

fn node(input: &FlakeInput) -> Value {
    // `pins check` reports a repository of another form; here it only has to be visible.
    let (owner, repo) = parts(input).unwrap_or((&input.repository, ""));
    let mut original = json!({ "owner": owner, "repo": repo, "type": "github" });
    if let Some(branch) = &input.branch {
        original["ref"] = json!(branch);
    }
    json!({
        "locked": {
            "lastModified": input.last_modified,
            "narHash": input.nar_hash,
            "owner": owner,
            "repo": repo,
            "rev": input.rev,
            "type": "github",
        },
        "original": original,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(repository: &str, branch: Option<&str>) -> FlakeInput {
        FlakeInput {
            repository: repository.to_owned(),
            branch: branch.map(str::to_owned),
            rev: "0".repeat(40),
            nar_hash: "sha256-x".to_owned(),
            last_modified: 7,
        }
    }

    #[test]
    fn only_a_github_repository_has_parts() {
        assert_eq!(
            parts(&input("github:NixOS/nixpkgs", None)),
            Some(("NixOS", "nixpkgs"))
        );
        for wrong in [
            "NixOS/nixpkgs",
            "github:nixpkgs",
            "github:a/b/c",
            "github:/b",
        ] {
            assert_eq!(parts(&input(wrong, None)), None, "{wrong}");
        }
    }

    #[test]
    fn a_branch_is_part_of_the_reference_and_of_the_original() {
        let input = input("github:NixOS/nixpkgs", Some("nixpkgs-unstable"));
        assert_eq!(reference(&input), "github:NixOS/nixpkgs/nixpkgs-unstable");
        let node = node(&input);
        assert_eq!(node["original"]["ref"], "nixpkgs-unstable");
        assert_eq!(node["locked"]["ref"], Value::Null);
    }
}
