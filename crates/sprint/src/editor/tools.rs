//! The language servers and the debugger of this machine, whatever number their names carry.

use std::path::{Path, PathBuf};

use crate::exec::{self, CommandLine};
use crate::host::{Host, is_executable};

/// What was found; an editor's extension brings its own where nothing was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tools {
    /// The C language server.
    pub clangd: Option<PathBuf>,
    /// The Rust language server.
    pub rust_analyzer: Option<PathBuf>,
    /// lldb's adapter for editors.
    pub lldb_dap: Option<PathBuf>,
}

impl Tools {
    /// Looks on PATH.
    pub fn find(host: &Host, root: &Path) -> Self {
        Self {
            clangd: newest(host, "clangd"),
            // rustup leaves a program of this name where the component is not installed.
            rust_analyzer: host
                .find("rust-analyzer")
                .filter(|path| answers(path, host, root)),
            lldb_dap: newest(host, "lldb-dap"),
        }
    }
}

fn answers(program: &Path, host: &Host, root: &Path) -> bool {
    let line = CommandLine::new(program.to_string_lossy(), root).args(["--version"]);
    exec::output(&line, host.env()).is_ok_and(|output| output.status.success())
}

/// `NAME`, else the `NAME-22` with the highest number.
fn newest(host: &Host, name: &str) -> Option<PathBuf> {
    host.find(name).or_else(|| {
        let directories = host.var("PATH")?.split(':').filter(|part| !part.is_empty());
        let found = directories.flat_map(|directory| numbered(Path::new(directory), name));
        found
            .max_by_key(|(number, _)| *number)
            .map(|(_, path)| path)
    })
}

fn numbered(directory: &Path, name: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return vec![];
    };
    let found = entries.flatten().filter_map(|entry| {
        let file = entry.file_name().into_string().ok()?;
        let number = file.strip_prefix(name)?.strip_prefix('-')?.parse().ok()?;
        Some((number, entry.path()))
    });
    found.filter(|(_, path)| is_executable(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn machine(programs: &[(&str, &str)]) -> (tempfile::TempDir, Host) {
        let bin = tempfile::tempdir().expect("dir");
        for (name, script) in programs {
            let path = bin.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("write");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("chmod");
        }
        let path = bin.path().to_string_lossy().into_owned();
        let host = Host::with_env([("PATH".to_owned(), path)].into());
        (bin, host)
    }

    #[test]
    fn the_highest_number_counts_as_a_number() {
        let (bin, host) = machine(&[
            ("clangd-9", ""),
            ("clangd-22", ""),
            ("clangd-22-x", ""),
            ("clangd-99.py", ""),
        ]);
        let tools = Tools::find(&host, bin.path());
        assert_eq!(tools.clangd, Some(bin.path().join("clangd-22")));
        assert_eq!(tools.lldb_dap, None);
    }

    #[test]
    fn the_plain_name_comes_first_and_what_does_not_run_is_not_found() {
        let (bin, host) = machine(&[
            ("lldb-dap", ""),
            ("lldb-dap-99", ""),
            ("rust-analyzer", "exit 1"),
        ]);
        let tools = Tools::find(&host, bin.path());
        assert_eq!(tools.lldb_dap, Some(bin.path().join("lldb-dap")));
        assert_eq!(tools.rust_analyzer, None);
    }
}
