//! The kit's own repository: a clone with its working tree, as `.tar.gz`, which a bare machine can unpack before it has
//! git. A file of `git bundle`'s would want git there, and a history that is whole here.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::manifest::Part;
use super::{Piece, git, say};
use crate::error::{Error, IoContext, Result};
use crate::host::Host;

/// The file's name in the bundle, and the directory that comes out of it.
const NAME: &str = "sprint-kit";

/// One line for people about what would be carried, or why nothing can be.
pub(in crate::bundle) fn look(root: &Path, host: &Host) -> std::result::Result<String, String> {
    let asked = |args: &[&str]| say(&git(root, args), host, "no-clone", "git status");
    if !root.join(".git").exists() {
        return Err("the kit's own clone: this checkout is no git repository".to_owned());
    }
    let commit = asked(&["rev-parse", "--short", "HEAD"])
        .map_err(|_| "the kit's own clone: git does not answer here (git status)".to_owned())?;
    let edits = asked(&["status", "--porcelain", "--untracked-files=no"]);
    let edits = match edits.is_ok_and(|text| text.is_empty()) {
        true => "",
        false => "; your edits that are not committed are not in it",
    };
    Ok(format!("the kit's clone at {commit}{edits}"))
}

/// Clones and packs.
pub(in crate::bundle) fn pack(root: &Path, host: &Host, scratch: &Path) -> Result<Piece> {
    let clone = scratch.join(NAME);
    let to = clone.to_string_lossy();
    let from = format!("file://{}", root.display());
    // Nothing of this person's templates: no hooks.
    let line = git(root, &["clone", "-q", "--template=", &from, &to]);
    say(&line, host, "no-clone", "git status; or: --without clone")?;
    let origin = say(
        &git(root, &["remote", "get-url", "origin"]),
        host,
        "no-origin",
        "",
    );
    let settle = match &origin {
        Ok(url) => git(&clone, &["remote", "set-url", "origin", url]),
        Err(_) => git(&clone, &["remote", "remove", "origin"]),
    };
    say(&settle, host, "no-clone", "git status; or: --without clone")?;
    let packed = scratch.join(format!("{NAME}.tar.gz"));
    gzip(host, &clone, &packed)?;
    crate::build::wipe(&clone)?;
    Ok(Piece::file(Part::Clone, packed))
}

fn gzip(host: &Host, directory: &Path, to: &PathBuf) -> Result<()> {
    let gzip = host.need("gzip", "to pack the kit's clone")?;
    let mut child = Command::new(&gzip)
        .args(["-n", "-6", "-c"])
        .stdin(Stdio::piped())
        .stdout(File::create(to).on("create", to)?)
        .spawn()
        .on("run", &gzip)?;
    let written = match child.stdin.take() {
        Some(stdin) => {
            let mut builder = tar::Builder::new(std::io::BufWriter::new(stdin));
            builder.mode(tar::HeaderMode::Deterministic);
            builder.follow_symlinks(false);
            builder
                .append_dir_all(NAME, directory)
                .and_then(|()| builder.into_inner()?.flush())
        }
        None => return Err(Error::bug("gzip has no stdin")),
    };
    let status = child.wait().on("wait for", &gzip)?;
    written.on("write", to)?;
    if !status.success() {
        return Err(
            Error::setup("cannot-compress", "gzip could not pack the kit's clone")
                .next("free some space, then the same command again"),
        );
    }
    fs::metadata(to).on("look at", to).map(drop)
}
