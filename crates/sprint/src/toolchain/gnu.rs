//! gcc for another Linux or, where it is not there, clang with the target's triple.

use std::path::PathBuf;

use super::{Compilers, Search};
use crate::finding::Finding;

pub(super) fn look(search: &Search<'_>, findings: &mut Vec<Finding>) -> Option<Compilers> {
    let found = gcc(search).or_else(|| clang(search));
    if found.is_none() {
        findings.push(Finding::problem(
            "cross-compiler-missing",
            format!("neither {}-gcc nor clang is on PATH", search.target.gnu),
            format!("a C compiler for {}", search.target.gnu),
            search.apt(|package| package.starts_with("gcc-") || package.starts_with("libc6-dev")),
        ));
    }
    found
}

fn gcc(search: &Search<'_>) -> Option<Compilers> {
    let tool = |name: &str| format!("{}-{name}", search.target.gnu);
    for name in ["gcc", "ar", "ranlib", "readelf"] {
        search.host.find(&tool(name))?;
    }
    Some(Compilers {
        cc: vec![tool("gcc")],
        cxx: vec![tool("g++")],
        ar: tool("ar"),
        ranlib: tool("ranlib"),
        readelf: tool("readelf"),
        sysroot: PathBuf::from(search.cross.sysroot),
        sdk: None,
        name: tool("gcc"),
    })
}

fn clang(search: &Search<'_>) -> Option<Compilers> {
    for name in ["clang", "ld.lld", "llvm-ar", "llvm-ranlib", "llvm-readelf"] {
        search.host.find(name)?;
    }
    let with_target = |program: &str| {
        vec![
            program.to_owned(),
            format!("--target={}", search.target.clang),
            "-fuse-ld=lld".to_owned(),
        ]
    };
    Some(Compilers {
        cc: with_target("clang"),
        cxx: with_target("clang++"),
        ar: "llvm-ar".to_owned(),
        ranlib: "llvm-ranlib".to_owned(),
        readelf: "llvm-readelf".to_owned(),
        sysroot: PathBuf::from(search.cross.sysroot),
        sdk: None,
        name: format!("clang --target={}", search.target.clang),
    })
}
