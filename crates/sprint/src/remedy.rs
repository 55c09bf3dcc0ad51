//! What a person types to get something that this machine lacks: bootstrap's own part, or, in the shell of the
//! flake, what Nix calls for. One place, so that the doctor and every error say the same.

use crate::host::Host;

/// What the flake's shell sets: the store path of its Rust toolchain.
pub const NIX_TOOLCHAIN: &str = "SPRINT_NIX_TOOLCHAIN";

/// What may be lacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// cargo and rustc.
    Rust,
    /// The compiler cache.
    Sccache,
    /// Programs and libraries of the system.
    System,
}

impl Part {
    /// The command, or the one thing to do.
    pub fn remedy(self, host: &Host) -> &'static str {
        match (in_nix_shell(host), self) {
            (true, Self::Rust) => {
                "leave this shell, then: nix develop (its Rust comes from flake.lock)"
            }
            (true, Self::Sccache | Self::System) => {
                "add it to nix/packages.nix, leave this shell, then: nix develop (docs/nix.md)"
            }
            (false, Self::Rust) => "./scripts/bootstrap.sh --only rust",
            (false, Self::Sccache) => "./scripts/bootstrap.sh --only sccache",
            (false, Self::System) => "./scripts/bootstrap.sh --only system",
        }
    }
}

/// Are we in the shell that flake.nix makes? Another Nix shell is a machine like any other.
pub fn in_nix_shell(host: &Host) -> bool {
    host.var(NIX_TOOLCHAIN).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_flakes_shell_the_remedy_is_nix() {
        let host = |pairs: &[(&str, &str)]| {
            Host::with_env(
                pairs
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
            )
        };
        let plain = host(&[]);
        let nix = host(&[(NIX_TOOLCHAIN, "/nix/store/x-rust-minimal-1.95.0")]);
        for part in [Part::Rust, Part::Sccache, Part::System] {
            assert!(part.remedy(&plain).contains("bootstrap.sh --only"));
            assert!(part.remedy(&nix).contains("nix develop"));
        }
    }
}
