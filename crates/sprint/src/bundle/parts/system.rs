//! Debian's and Ubuntu's packages: what bootstrap would install on a machine of this release with nothing on it, and all
//! that it depends on, as a repository for apt. The machine's own apt fetches and checks them, by its own lists and keys.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::manifest::Part;
use super::{Piece, say};
use crate::doctor::debian_packages;
use crate::error::{Error, IoContext, Result};
use crate::exec::CommandLine;
use crate::hash;
use crate::host::Host;

/// What would be taken.
pub(in crate::bundle) struct Packages {
    names: Vec<&'static str>,
    /// `debian 12 amd64`.
    release: String,
}

/// Can they be carried? If not, why.
pub(in crate::bundle) fn look(
    root: &Path,
    host: &Host,
    with_rust: bool,
) -> std::result::Result<Packages, String> {
    if host.find("apt-get").is_none() || host.find("dpkg-deb").is_none() {
        return Err(
            "system packages: only Debian's and Ubuntu's can be carried, and apt is not here"
                .to_owned(),
        );
    }
    let mut classes = vec!["need", "stdlib", "cache"];
    if root.join("cpython/Cargo.toml").is_file() {
        classes.push("fork");
    }
    if with_rust {
        classes.push("rust");
    }
    let release = release(host, root)
        .ok_or("system packages: /etc/os-release does not say which release this is")?;
    Ok(Packages {
        names: debian_packages(&classes),
        release,
    })
}

/// As scripts/lib/bundle.sh asks on the other machine.
fn release(host: &Host, root: &Path) -> Option<String> {
    let text = fs::read_to_string("/etc/os-release").ok()?;
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim_matches('"').to_owned())
    };
    let line = CommandLine::new("dpkg", root).args(["--print-architecture"]);
    let architecture = say(&line, host, "no-dpkg", "").ok()?;
    let version = value("VERSION_ID=").or_else(|| value("VERSION_CODENAME="))?;
    Some(format!("{} {version} {architecture}", value("ID=")?))
}

impl Packages {
    /// One line for people.
    pub(in crate::bundle) fn about(&self) -> String {
        format!("system packages for {}", self.release)
    }

    /// Bytes to fetch, as apt says.
    pub(in crate::bundle) fn estimate(
        &self,
        root: &Path,
        host: &Host,
        scratch: &Path,
    ) -> Result<u64> {
        let line = self.apt(root, scratch, "--print-uris")?;
        let text = say(&line, host, "no-packages", NEXT)?;
        let sizes = text.lines().filter_map(|line| line.split(' ').nth(2));
        Ok(sizes.filter_map(|size| size.parse::<u64>().ok()).sum())
    }

    /// Fetches them, and writes the repository's table of contents.
    pub(in crate::bundle) fn pack(
        &self,
        root: &Path,
        host: &Host,
        scratch: &Path,
    ) -> Result<Vec<Piece>> {
        say(
            &self.apt(root, scratch, "--download-only")?,
            host,
            "no-packages",
            NEXT,
        )?;
        let archives = scratch.join("apt/archives");
        let mut files: Vec<PathBuf> = fs::read_dir(&archives)
            .on("list", &archives)?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "deb"))
            .collect();
        files.sort();
        if files.is_empty() {
            return Err(Error::setup("no-packages", "apt fetched nothing").next(NEXT));
        }
        let mut table = String::new();
        let mut pieces = Vec::new();
        for file in files {
            let line = CommandLine::new("dpkg-deb", root)
                .args(["--field".to_owned(), file.to_string_lossy().into_owned()]);
            let control = say(&line, host, "broken-package", NEXT)?;
            let piece = Piece::file(Part::System, file);
            let size = piece.path.metadata().on("look at", &piece.path)?.len();
            let sha256 = hash::of_file(&piece.path).on("read", &piece.path)?;
            // `%` in a name (an epoch's colon) would be read as an escape.
            let name = piece.name.replace('%', "_");
            table.push_str(&format!(
                "{control}\nFilename: ./{name}\nSize: {size}\nSHA256: {sha256}\n\n"
            ));
            pieces.push(Piece { name, ..piece });
        }
        for (name, text) in [
            ("Packages", &table),
            ("release", &format!("{}\n", self.release)),
        ] {
            let file = scratch.join(name);
            fs::write(&file, text).on("write", &file)?;
            pieces.push(Piece::file(Part::System, file));
        }
        Ok(pieces)
    }

    /// As if nothing were installed: that gives all that the packages depend on.
    fn apt(&self, root: &Path, scratch: &Path, what: &str) -> Result<CommandLine> {
        let apt = scratch.join("apt");
        let partial = apt.join("archives/partial");
        fs::create_dir_all(&partial).on("create directory", &partial)?;
        let status = apt.join("status");
        fs::write(&status, "").on("write", &status)?;
        let options = [
            format!("Dir::State::status={}", status.display()),
            format!(
                "Dir::State::extended_states={}",
                apt.join("extended").display()
            ),
            format!("Dir::Cache={}", apt.display()),
            format!("Dir::Cache::archives={}", apt.join("archives").display()),
            "Dir::Cache::pkgcache=".to_owned(),
            "Dir::Cache::srcpkgcache=".to_owned(),
            "Debug::NoLocking=1".to_owned(),
            // It works in a directory of this person's.
            "APT::Sandbox::User=root".to_owned(),
        ];
        let options = options
            .into_iter()
            .flat_map(|option| ["-o".to_owned(), option]);
        Ok(CommandLine::new("apt-get", root)
            .args(options)
            .args([what, "-qq", "-y", "--no-install-recommends", "install"])
            .args(self.names.iter().copied()))
    }
}

const NEXT: &str = "sudo apt-get update, with a network; then the same command again";
