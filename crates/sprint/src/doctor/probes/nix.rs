//! The flake's shell: are we in it, and is what is called here really the shell's?

use std::path::Path;

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Seen, Severity};
use crate::doctor::text::Text;
use crate::host::Host;
use crate::pins::Version;
use crate::remedy;

/// Programs whose version the flake pins: another one on PATH is another build than everybody's.
const PINNED: [&str; 3] = ["cargo", "rustc", "cc"];

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    let Some(toolchain) = bench.host.var(remedy::NIX_TOOLCHAIN) else {
        return seen;
    };
    let mut fact = Text::new("in the flake's shell");
    if let Some(version) = version(toolchain) {
        fact = fact.say(", made for Rust ").version(version);
    }
    seen.fact("nix", fact);
    if let Some((program, path)) = shadowed(bench.host) {
        seen.finding(
            Finding::new(
                "nix-shell-shadowed",
                Severity::Warning,
                Text::new(program)
                    .say(" on PATH is not the Nix shell's: ")
                    .private(path),
                "the shell's own programs first on PATH",
            )
            .fix("take the line that changes PATH out of your shell's start file, or: nix develop --command just …"),
        );
    }
    seen
}

/// `…-rust-minimal-1.95.0` → 1.95.0.
fn version(toolchain: &str) -> Option<Version> {
    toolchain.rsplit('-').next()?.parse().ok()
}

/// The first pinned program that does not come from the Nix store.
fn shadowed(host: &Host) -> Option<(&'static str, String)> {
    PINNED.into_iter().find_map(|program| {
        let path = host.find(program)?;
        (!path.starts_with(Path::new("/nix/store")))
            .then(|| (program, path.to_string_lossy().into_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_last_word_of_the_store_path() {
        assert_eq!(
            version("/nix/store/abc-rust-minimal-1.95.0").map(|version| version.to_string()),
            Some("1.95.0".to_owned())
        );
        assert_eq!(version("/nix/store/abc-rust"), None);
    }

    #[test]
    fn a_cargo_from_elsewhere_shadows_the_shells() {
        let directory = tempfile::tempdir().expect("dir");
        let cargo = directory.path().join("cargo");
        std::fs::write(&cargo, "#!/bin/sh\n").expect("write");
        let path = directory.path().to_string_lossy().into_owned();
        let host = Host::with_env([("PATH".to_owned(), path)].into());
        assert_eq!(shadowed(&host), None, "not executable");
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).expect("chmod");
        assert_eq!(
            shadowed(&host),
            Some(("cargo", cargo.to_string_lossy().into_owned()))
        );
    }
}
