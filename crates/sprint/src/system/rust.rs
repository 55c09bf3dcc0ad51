//! rustc and the standard library, by content: a distribution's rustc says the same version as
//! upstream's and makes other bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::memo::{self, Looker};
use super::{compiler, rootless, settings};
use crate::build::Inputs;
use crate::error::{Error, Result};
use crate::exec::{self, CommandLine};
use crate::hash;
use crate::host::{Host, Rust};

/// Identifies the Rust that builds for `triple`, and the settings that cargo reads in `at`.
pub fn identify(host: &Host, root: &Path, rust: &Rust, triple: &str, at: &Path) -> Result<Inputs> {
    let mut asked = hash::Parts::new();
    asked.add("what", b"rust 2");
    asked.add("root", root.as_os_str().as_encoded_bytes());
    asked.add("rustc", rust.verbose.as_bytes());
    asked.add("triple", triple.as_bytes());
    for name in ["PATH", "HOME", "RUSTC", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME"] {
        asked.add(name, host.var(name).unwrap_or("").as_bytes());
    }
    let mut inputs = memo::remembered(host, root, &asked.finish(), |looker| {
        let sysroot = sysroot(host, root)?;
        // rustup changes what the name leads to, not the files.
        looker.watch(&root.join("rust-toolchain.toml"));
        Ok(Inputs::new().with("rustc", rust.verbose.clone()).with(
            "files",
            files(host, &sysroot, [triple, rust.host.as_str()], looker)?,
        ))
    })?;
    inputs.absorb("settings", &settings::cargo(host, root, at)?);
    Ok(inputs)
}

/// Where the toolchain is that rustc belongs to.
pub(crate) fn sysroot(host: &Host, root: &Path) -> Result<PathBuf> {
    let rustc = host.var("RUSTC").unwrap_or("rustc");
    let line = CommandLine::new(rustc, root).args(["--print", "sysroot"]);
    let output = exec::output(&line, host.env())?;
    if !output.status.success() {
        return Err(Error::setup(
            "rustc-broken",
            format!("`{}` does not answer", line.paste()),
        )
        .detail("seen", String::from_utf8_lossy(&output.stderr).trim())
        .next(host.install_hint("rustc")));
    }
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}

/// The compiler's own libraries and the standard library's, by their names below the sysroot.
fn files(host: &Host, sysroot: &Path, triples: [&str; 2], looker: &mut Looker) -> Result<String> {
    let library = sysroot.join("lib");
    looker.watch(&library);
    let mut drivers = listed(&library, |name| name.starts_with("librustc_driver"));
    if drivers.is_empty() {
        // Debian's is in the directory of its architecture.
        for below in listed(&library, |name| name.contains("-linux-")) {
            drivers.extend(listed(&below, |name| name.starts_with("librustc_driver")));
        }
    }
    let programs: Vec<PathBuf> = drivers.iter().cloned().collect();
    let mut files = drivers;
    files.extend(compiler::shared_libraries(host, &programs)?);
    for triple in triples {
        let standard = library.join("rustlib").join(triple).join("lib");
        looker.watch(&standard);
        files.extend(listed(&standard, |name| {
            name.ends_with(".rlib") || name.ends_with(".so")
        }));
    }
    let contents = files.iter().filter_map(|file| {
        Some((
            rootless(sysroot, &file.to_string_lossy()),
            looker.content(file)?,
        ))
    });
    Ok(digest(contents))
}

/// In the order of their names below the sysroot: by whole paths, a toolchain in `/home` would come before the system's
/// libraries in `/lib`, and the same one in `/root` after them.
fn digest(contents: impl Iterator<Item = (String, String)>) -> String {
    let contents: BTreeMap<String, String> = contents.collect();
    let mut parts = hash::Parts::new();
    for (name, sha256) in &contents {
        parts.add(name, sha256.as_bytes());
    }
    format!("{} files {}", contents.len(), &parts.finish()[..32])
}

fn listed(directory: &Path, keep: impl Fn(&str) -> bool) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter(|entry| keep(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_toolchain_lies_is_not_what_it_is() {
        let seen = |sysroot: &str| {
            let files: BTreeSet<PathBuf> = [
                format!("{sysroot}/lib/librustc_driver-1.so"),
                "/lib/x86_64-linux-gnu/libc.so.6".to_owned(),
            ]
            .map(PathBuf::from)
            .into();
            let contents = files.iter().map(|file| {
                let name = rootless(Path::new(sysroot), &file.to_string_lossy());
                (
                    name,
                    file.extension()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned(),
                )
            });
            digest(contents)
        };
        assert_eq!(
            seen("/home/ana/rust"),
            seen("/root/.rustup/toolchains/1.95.0")
        );
    }
}
