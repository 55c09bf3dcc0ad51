//! The WASI SDK: a real one, or a directory of its shape composed from Debian's packages.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Compilers, Search, tested};
use crate::atomic;
use crate::error::{IoContext, Result};
use crate::finding::Finding;

/// Where upstream CPython looks when WASI_SDK_PATH is not set.
const USUAL: &str = "/opt/wasi-sdk";
/// clang's own headers and runtime in a composed SDK. Debian names the runtime for another layout than clang
/// looks for with this triple; a real SDK needs no such help, and has no such directory.
const RESOURCES: &str = "lib/composed-clang";
/// The compiler's runtime, as Debian's libclang-rt package has it below clang's own directory.
const RUNTIME: &str = "lib/wasi/libclang_rt.builtins-wasm32.a";
/// Programs that CPython's build needs of it.
const PROGRAMS: [&str; 5] = ["clang", "clang++", "llvm-ar", "llvm-ranlib", "wasm-ld"];

pub(super) fn look(search: &Search<'_>, findings: &mut Vec<Finding>) -> Result<Option<Compilers>> {
    let named = search.host.var("WASI_SDK_PATH").map(PathBuf::from);
    let usual = PathBuf::from(USUAL);
    let sdk = match named.or_else(|| usual.is_dir().then_some(usual)) {
        Some(real) => match missing_in(&real) {
            None => Some(real),
            Some(missing) => {
                findings.push(Finding::problem(
                    "wasi-sdk-broken",
                    format!("{} has no {missing}", real.display()),
                    "an unpacked WASI SDK",
                    "unset WASI_SDK_PATH to have one composed, or unpack the SDK that pins.toml names",
                ));
                return Ok(None);
            }
        },
        None => compose(search)?,
    };
    let Some(sdk) = sdk else {
        findings.push(Finding::problem(
            "wasi-sdk-missing",
            "no WASI_SDK_PATH, no /opt/wasi-sdk, and Debian's parts are not all installed",
            "a WASI SDK",
            search.apt(|package| !package.starts_with("libstd-rust-dev")),
        ));
        return Ok(None);
    };
    let version = version(&sdk);
    findings.extend(judge(search, &sdk, &version)?);
    let bin = |name: &str| sdk.join("bin").join(name).to_string_lossy().into_owned();
    let sysroot = sdk.join(search.cross.sysroot);
    let resources = sdk.join(RESOURCES);
    let with_target = |program: &str| {
        let mut words = vec![
            bin(program),
            format!("--target={}", search.target.clang),
            format!("--sysroot={}", sysroot.display()),
        ];
        if resources.is_dir() {
            words.push(format!("-resource-dir={}", resources.display()));
        }
        words
    };
    Ok(Some(Compilers {
        cc: with_target("clang"),
        cxx: with_target("clang++"),
        ar: bin("llvm-ar"),
        ranlib: bin("llvm-ranlib"),
        // configure wants one; nothing reads ELF files of this target.
        readelf: bin("llvm-ar"),
        sysroot,
        name: format!("WASI SDK ({version})"),
        sdk: Some(sdk),
    }))
}

fn missing_in(sdk: &Path) -> Option<String> {
    PROGRAMS
        .iter()
        .map(|program| format!("bin/{program}"))
        .chain(["share/wasi-sysroot".to_owned()])
        .find(|part| !sdk.join(part).exists())
}

/// Versions: too old is a problem, not tried with this rustc a warning.
fn judge(search: &Search<'_>, sdk: &Path, version: &str) -> Result<Option<Finding>> {
    let number = version
        .split('.')
        .next()
        .and_then(|text| text.parse::<u32>().ok());
    if number.is_some_and(|number| number < tested::SDK_MINIMUM) {
        return Ok(Some(Finding::problem(
            "wasi-sdk-old",
            format!("WASI SDK {version} in {}", sdk.display()),
            format!("{} or newer", tested::SDK_MINIMUM),
            "unset WASI_SDK_PATH to have one composed, or unpack the SDK that pins.toml names",
        )));
    }
    let rustc = search.host.rust(search.root)?.version.short();
    if tested::is_tested(&rustc, version) {
        return Ok(None);
    }
    let finding = Finding::problem(
        "wasi-sdk-untested",
        format!("rustc {rustc} with WASI SDK {version}"),
        format!("a tested pair: {:?}", tested::PAIRS),
        "if the tests pass, add the pair to toolchain/tested.rs and docs/cross.md",
    );
    Ok(Some(finding.only_a_warning()))
}

/// The first line of the SDK's own VERSION file.
fn version(sdk: &Path) -> String {
    let text = fs::read_to_string(sdk.join("VERSION")).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default().trim();
    let number = first.strip_prefix("wasi-sdk: ").unwrap_or(first);
    if number.is_empty() {
        "unknown version"
    } else {
        number
    }
    .to_owned()
}

/// Links Debian's clang, lld, llvm, wasi-libc and compiler-rt into one directory; `None` where a part is
/// not installed.
fn compose(search: &Search<'_>) -> Result<Option<PathBuf>> {
    let triple = search.target.clang;
    let (headers, libraries) = (
        Path::new("/usr/include").join(triple),
        Path::new("/usr/lib").join(triple),
    );
    if !headers.join("stdio.h").exists() || !libraries.join("libc.a").exists() {
        return Ok(None);
    }
    let Some(llvm) = newest_llvm(Path::new("/usr/lib")) else {
        return Ok(None);
    };
    let number = llvm.to_string_lossy();
    let number = number.rsplit('-').next().unwrap_or_default();
    let sdk = search.root.join("build/.toolchains/wasi-sdk");
    for program in PROGRAMS {
        link(
            &llvm.join("bin").join(program),
            &sdk.join("bin").join(program),
        )?;
    }
    let sysroot = sdk.join("share/wasi-sysroot");
    link(&headers, &sysroot.join("include").join(triple))?;
    link(&libraries, &sysroot.join("lib").join(triple))?;
    let clang = llvm.join("lib/clang").join(number);
    let resources = sdk.join(RESOURCES);
    link(&clang.join("include"), &resources.join("include"))?;
    link(
        &clang.join(RUNTIME),
        &resources
            .join("lib/wasm32-unknown-wasip1")
            .join("libclang_rt.builtins.a"),
    )?;
    let text = format!("Debian clang {number}\n");
    atomic::write_if_changed(&sdk.join("VERSION"), text.as_bytes())?;
    Ok(Some(sdk))
}

/// The newest of /usr/lib/llvm-N that has every program and the compiler's runtime for wasm32.
fn newest_llvm(libraries: &Path) -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(libraries)
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let number: u32 = name.to_str()?.strip_prefix("llvm-")?.parse().ok()?;
            let path = entry.path();
            let programs = PROGRAMS
                .iter()
                .all(|program| path.join("bin").join(program).exists());
            let runtime = path.join(format!("lib/clang/{number}")).join(RUNTIME);
            (programs && runtime.exists()).then_some((number, path))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, path)| path)
}

fn link(to: &Path, at: &Path) -> Result<()> {
    if fs::read_link(at).is_ok_and(|present| present == to) {
        return Ok(());
    }
    if let Some(parent) = at.parent() {
        fs::create_dir_all(parent).on("create directory", parent)?;
    }
    let temporary = atomic::beside(at);
    std::os::unix::fs::symlink(to, &temporary).on("link", &temporary)?;
    fs::rename(&temporary, at).on("rename", &temporary)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn llvm(root: &Path, number: u32, runtime: bool) {
        let directory = root.join(format!("llvm-{number}"));
        fs::create_dir_all(directory.join("bin")).expect("mkdir");
        for program in PROGRAMS {
            fs::write(directory.join("bin").join(program), b"").expect("write");
        }
        if runtime {
            let at = directory.join(format!("lib/clang/{number}/lib/wasi"));
            fs::create_dir_all(&at).expect("mkdir");
            fs::write(at.join("libclang_rt.builtins-wasm32.a"), b"").expect("write");
        }
    }

    #[test]
    fn the_newest_complete_llvm_is_taken() {
        let root = tempfile::tempdir().expect("dir");
        assert_eq!(newest_llvm(root.path()), None);
        llvm(root.path(), 9, true);
        llvm(root.path(), 21, true);
        llvm(root.path(), 22, false);
        assert_eq!(newest_llvm(root.path()), Some(root.path().join("llvm-21")));
    }

    #[test]
    fn an_sdk_says_its_version() {
        let sdk = tempfile::tempdir().expect("dir");
        assert_eq!(version(sdk.path()), "unknown version");
        fs::write(sdk.path().join("VERSION"), "33.0\nwasi-libc: abc\n").expect("write");
        assert_eq!(version(sdk.path()), "33.0");
        assert_eq!(missing_in(sdk.path()).as_deref(), Some("bin/clang"));
    }
}
