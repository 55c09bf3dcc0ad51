//! The fork, where it is initialised: a bare clone of the pinned commit alone, from which `just source fork` takes it
//! on the other machine; or the archive that it came from here.

use std::path::{Path, PathBuf};

use super::super::manifest::Part;
use super::{Piece, git, say};
use crate::error::Result;
use crate::host::Host;
use crate::interrupt::Interrupt;
use crate::pins::Fork;
use crate::{snapshot, source};

/// What would be taken.
pub(in crate::bundle) enum Found {
    /// A repository that has the commit.
    Repository(PathBuf),
    /// The pinned archive.
    Archive(PathBuf),
}

/// Is it here?
pub(in crate::bundle) fn look(
    root: &Path,
    host: &Host,
    pin: &Fork,
) -> std::result::Result<Found, String> {
    let tree = root.join("cpython");
    let commit = format!("{}^{{commit}}", pin.commit);
    let has = |args: &[&str]| say(&git(&tree, args), host, "no-fork", "").is_ok();
    if tree.join(".git").exists() && has(&["cat-file", "-e", &commit]) {
        return Ok(Found::Repository(tree));
    }
    let archive = source::fork_archive(root, pin);
    if archive.is_file() {
        return Ok(Found::Archive(archive));
    }
    Err("the fork: it is not initialised here (just source fork)".to_owned())
}

impl Found {
    /// One line for people.
    pub(in crate::bundle) fn about(&self, pin: &Fork) -> String {
        let commit = pin.commit.get(..12).unwrap_or(&pin.commit);
        match self {
            Self::Repository(_) => format!("the fork at {commit}, one commit without history"),
            Self::Archive(_) => format!("the fork's archive of {commit}"),
        }
    }

    /// Packs it.
    pub(in crate::bundle) fn pack(
        &self,
        pin: &Fork,
        host: &Host,
        zstd: &Path,
        scratch: &Path,
        interrupt: &Interrupt,
    ) -> Result<Piece> {
        let tree = match self {
            Self::Archive(archive) => return Ok(Piece::file(Part::Fork, archive.clone())),
            Self::Repository(tree) => tree.to_string_lossy().into_owned(),
        };
        let bare = scratch.join("fork.git");
        let to = bare.to_string_lossy();
        let said = |line| {
            say(
                &line,
                host,
                "no-fork",
                "git -C cpython fsck; or: --without fork",
            )
        };
        said(git(scratch, &["init", "-q", "--bare", "--template=", &to]))?;
        // The pinned commit may lie behind a branch of the person's own, and a server gives only tips unless told so.
        let server = "git -c uploadpack.allowAnySHA1InWant=true upload-pack";
        let wanted = format!("{}:refs/heads/main", pin.commit);
        let fetch = ["fetch", "-q", "--depth", "1", "--upload-pack", server];
        said(git(&bare, &fetch).args([tree, wanted]))?;
        said(git(&bare, &["symbolic-ref", "HEAD", "refs/heads/main"]))?;
        let packed = scratch.join("fork.git.tar.zst");
        let files = snapshot::files_below(&bare)?;
        let archive = snapshot::pack_tree(zstd, &bare, &files, &packed, interrupt)?;
        crate::build::wipe(&bare)?;
        Ok(Piece::packed(Part::Fork, packed, &archive))
    }
}
