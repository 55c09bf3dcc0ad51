//! Which files repeat a pin, and how: one table, from which both the check and the sync are made.

use super::{Pins, devcontainer, nix};

/// How a file repeats pins.
pub(super) enum Repeat {
    /// The whole file is generated.
    Whole { file: &'static str, content: String },
    /// One line, found by what stands before the value on it; what stands after stays.
    Line {
        file: &'static str,
        prefix: &'static str,
        suffix: &'static str,
        value: String,
    },
    /// The commit that git's index records for a submodule.
    Gitlink { path: &'static str, commit: String },
    /// A symbolic link in the repository, so that a second name never becomes a second text.
    Link {
        file: &'static str,
        target: &'static str,
    },
}

impl Repeat {
    /// The file that holds the repetition.
    pub(super) fn file(&self) -> &'static str {
        match self {
            Self::Whole { file, .. } | Self::Line { file, .. } | Self::Link { file, .. } => file,
            Self::Gitlink { path, .. } => path,
        }
    }
}

/// Every repetition of a pin in the repository.
pub(super) fn all(pins: &Pins) -> Vec<Repeat> {
    let line = |file, prefix, suffix, value: &str| Repeat::Line {
        file,
        prefix,
        suffix,
        value: value.to_owned(),
    };
    let msrv = pins.rust.msrv.short();
    vec![
        Repeat::Whole {
            file: "rust-toolchain.toml",
            content: rust_toolchain(pins),
        },
        Repeat::Whole {
            file: ".gitmodules",
            content: gitmodules(pins),
        },
        Repeat::Gitlink {
            path: "cpython",
            commit: pins.cpython.fork.commit.clone(),
        },
        Repeat::Whole {
            file: "flake.lock",
            content: nix::flake_lock(pins),
        },
        line(
            "flake.nix",
            "nixpkgs.url = \"",
            "\"",
            &nix::reference(&pins.nix.nixpkgs),
        ),
        line(
            "flake.nix",
            " url = \"",
            "\"",
            &nix::reference(&pins.nix.rust_overlay),
        ),
        line("Cargo.toml", "rust-version = \"", "\"", &msrv),
        line("modules/Cargo.toml", "rust-version = \"", "\"", &msrv),
        line(
            devcontainer::DEFAULT,
            "\"cacheFrom\": [\"",
            ":dev\"",
            &pins.image.repository,
        ),
        line(
            ".github/workflows/images.yml",
            "  IMAGE: ",
            "",
            &pins.image.repository,
        ),
        Repeat::Link {
            file: "devcontainer.json",
            target: devcontainer::DEFAULT,
        },
        line(
            "Dockerfile",
            "ARG BASE_IMAGE=",
            "",
            &format!("{}@{}", pins.image.base.name, pins.image.base.digest),
        ),
        line("Dockerfile", "ARG SNAPSHOT=", "", &pins.image.base.snapshot),
        line(
            "Dockerfile",
            "ARG SOURCE_DATE_EPOCH=",
            "",
            &pins.image.base.source_date_epoch.to_string(),
        ),
        line("Dockerfile", "ARG LLVM=", "", &pins.image.llvm),
    ]
}

fn rust_toolchain(pins: &Pins) -> String {
    format!(
        "# Generated from pins.toml by `sprint pins sync`. Components and targets are left out on purpose:\n\
         # listing one makes every cargo call try the network on a machine that lacks it.\n\
         [toolchain]\nchannel = \"{}\"\nprofile = \"minimal\"\n",
        pins.rust.msrv
    )
}

fn gitmodules(pins: &Pins) -> String {
    let fork = &pins.cpython.fork;
    format!(
        "# Generated from pins.toml by `sprint pins sync`.\n\
         [submodule \"cpython\"]\n\tpath = cpython\n\turl = {}\n\tbranch = {}\n\tshallow = true\n",
        fork.repository, fork.branch
    )
}
