//! What runs the target's programs on this machine.

use std::path::PathBuf;

use super::Search;
use crate::finding::Finding;
use crate::target::Runner;

pub(super) fn look(search: &Search<'_>, findings: &mut Vec<Finding>) -> Option<PathBuf> {
    let found = match search.cross.runner {
        Runner::Qemu(name) => search
            .host
            .find(name)
            .or_else(|| search.host.find(&format!("{name}-static"))),
        Runner::Wasmtime => search.host.find_tool("wasmtime"),
    };
    if found.is_none() {
        findings.push(match search.cross.runner {
            Runner::Qemu(name) => Finding::problem(
                "qemu-missing",
                format!("{name} is not on PATH"),
                "qemu's user emulation",
                search.apt(|package| package.starts_with("qemu")),
            ),
            Runner::Wasmtime => Finding::problem(
                "wasmtime-missing",
                "wasmtime is not on PATH",
                format!("a runtime for {}", search.target.triple),
                "./scripts/bootstrap.sh --only wasmtime",
            ),
        });
    }
    found
}
