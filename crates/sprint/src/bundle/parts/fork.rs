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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::Pins;
    use crate::progress::Progress;

    fn run(directory: &Path, args: &[&str]) -> String {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
        let line = git(directory, &identity).args(args.iter().copied());
        say(&line, &Host::probe(), "test", "").expect("git")
    }

    /// A repository whose tree has a `configure`, with a commit of the person's own on top of the pinned one.
    fn fork(root: &Path) -> String {
        let tree = root.join("cpython");
        std::fs::create_dir_all(&tree).expect("mkdir");
        run(&tree, &["init", "-q", "-b", "main"]);
        for text in ["pinned", "of one's own"] {
            std::fs::write(tree.join("configure"), text).expect("write");
            run(&tree, &["add", "."]);
            run(&tree, &["commit", "-qm", text]);
        }
        run(&tree, &["rev-parse", "HEAD~"])
    }

    #[test]
    fn the_fork_goes_from_one_checkout_to_another_without_its_server() {
        let maker = tempfile::tempdir().expect("dir");
        let guest = tempfile::tempdir().expect("dir");
        let scratch = tempfile::tempdir().expect("dir");
        let host = Host::probe();
        let interrupt = Interrupt::default();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut pins = Pins::load(&repository).expect("pins");
        pins.cpython.fork.commit = fork(maker.path());
        let pin = &pins.cpython.fork;

        let found = look(maker.path(), &host, pin).expect("it is there");
        let zstd = host.need("zstd", "for this test").expect("zstd");
        let piece = found
            .pack(pin, &host, &zstd, scratch.path(), &interrupt)
            .expect("packs");
        let tree = piece.tree.expect("a packed directory");
        let archive = snapshot::Archive {
            sha256: crate::hash::of_file(&piece.path).expect("read"),
            size: piece.path.metadata().expect("there").len(),
            unpacked: tree.unpacked,
            entries: tree.entries,
        };
        let bare = guest.path().join("build/bundle/fork.git");
        std::fs::create_dir_all(&bare).expect("mkdir");
        snapshot::unpack_tree(&zstd, &piece.path, &archive, &bare, &interrupt).expect("unpacks");

        run(guest.path(), &["init", "-q"]);
        let nowhere = "https://nowhere.invalid/cpython";
        let modules = format!("[submodule \"cpython\"]\n\tpath = cpython\n\turl = {nowhere}\n");
        std::fs::write(guest.path().join(".gitmodules"), modules).expect("write");
        let link = format!("160000,{},cpython", pin.commit);
        run(
            guest.path(),
            &["update-index", "--add", "--cacheinfo", &link],
        );
        let progress = Progress::silent();
        source::fetch_fork(guest.path(), &host, &pins, &progress, &interrupt).expect("the fork");
        let cpython = guest.path().join("cpython");
        assert_eq!(run(&cpython, &["rev-parse", "HEAD"]), pin.commit);
        assert_eq!(
            std::fs::read_to_string(cpython.join("configure")).expect("read"),
            "pinned"
        );
        // Later it is the server again.
        assert_eq!(run(&cpython, &["config", "remote.origin.url"]), nowhere);
    }

    #[test]
    fn a_fork_that_is_not_there_is_told() {
        let root = tempfile::tempdir().expect("dir");
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let pins = Pins::load(&repository).expect("pins");
        let why = look(root.path(), &Host::probe(), &pins.cpython.fork).err();
        assert!(why.expect("none").contains("just source fork"));
    }
}
