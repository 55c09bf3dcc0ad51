//! Settings of the person's that reach the compilers: environment variables and cargo's configuration.

use std::path::Path;

use super::rootless;
use crate::build::Inputs;
use crate::error::{Error, IoContext, Result};
use crate::hash;
use crate::host::Host;

/// Read by compilers, linkers, pkg-config or make, whatever a configure script says. Those that it says
/// itself come from its own list.
const NAMES: [&str; 40] = [
    "AR",
    "ARFLAGS",
    "AS",
    "BASECFLAGS",
    "CC",
    "CFLAGS",
    "CFLAGS_NODIST",
    "CONFIG_SHELL",
    "CONFIG_SITE",
    "COMPILER_PATH",
    "CPATH",
    "CPP",
    "CPPFLAGS",
    "CXX",
    "C_INCLUDE_PATH",
    "DEVELOPER_DIR",
    "EXTRA_CFLAGS",
    "GCC_EXEC_PREFIX",
    "LD",
    "LDFLAGS",
    "LDFLAGS_NODIST",
    "LD_RUN_PATH",
    "LIBRARY_PATH",
    "LIBS",
    "MACHDEP",
    "MACOSX_DEPLOYMENT_TARGET",
    "NIX_CFLAGS_COMPILE",
    "NIX_CFLAGS_LINK",
    "NIX_HARDENING_ENABLE",
    "NIX_LDFLAGS",
    "OPT",
    "PKG_CONFIG",
    "PKG_CONFIG_LIBDIR",
    "PKG_CONFIG_PATH",
    "PKG_CONFIG_SYSROOT_DIR",
    "PY_CFLAGS",
    "RANLIB",
    "READELF",
    "SDKROOT",
    "ac_sys_system",
];

/// Answers that a person may give configure beforehand.
const PREFIXES: [&str; 3] = ["ac_cv_", "py_cv_", "ax_cv_"];

/// cargo's and rustc's variables that change what is made.
const CARGO: [&str; 6] = [
    "RUSTFLAGS",
    "RUSTC",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
];
const CARGO_PREFIXES: [&str; 2] = ["CARGO_PROFILE_", "CARGO_TARGET_"];

/// Tables of cargo's configuration that say where crates come from or how cargo talks, not what it makes: what
/// is fetched is checked against the lock file.
const HARMLESS: [&str; 13] = [
    "alias",
    "cache",
    "cargo-new",
    "credential-alias",
    "doc",
    "future-incompat-report",
    "http",
    "install",
    "net",
    "registries",
    "registry",
    "source",
    "term",
];

/// The variables of the environment that are set, empty ones too: to configure those are not the same.
pub(super) fn environment(host: &Host, root: &Path, named_by_script: &[String]) -> Inputs {
    let mut inputs = Inputs::new();
    for (name, value) in host.env() {
        let counts = NAMES.contains(&name.as_str())
            || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || named_by_script.iter().any(|listed| listed == name);
        if !counts {
            continue;
        }
        inputs = inputs.with(name, rootless(root, value));
        if name == "CONFIG_SITE" {
            let files = value.split_whitespace();
            let content = files.filter_map(|file| hash::of_file(Path::new(file)).ok());
            inputs = inputs.with(
                "CONFIG_SITE (content)",
                content.collect::<Vec<_>>().join(" "),
            );
        }
    }
    inputs
}

/// What changes cargo's work in the directory `at`: variables, and its configuration files on the way up and at
/// home.
pub(super) fn cargo(host: &Host, root: &Path, at: &Path) -> Result<Inputs> {
    let mut inputs = Inputs::new();
    for (name, value) in host.env() {
        let ours = CARGO.contains(&name.as_str())
            || (CARGO_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
                && name != "CARGO_TARGET_DIR");
        if ours {
            inputs = inputs.with(name, rootless(root, value));
        }
    }
    let home = host
        .var("CARGO_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| Some(host.home()?.join(".cargo")));
    let mut places: Vec<_> = at.ancestors().map(|above| above.join(".cargo")).collect();
    if let Some(home) = home.filter(|home| !places.contains(home)) {
        places.push(home);
    }
    let mut number = 0;
    for place in places {
        for name in ["config", "config.toml"] {
            let file = place.join(name);
            if !file.is_file() {
                continue;
            }
            if let Some(told) = configuration(&file)? {
                number += 1;
                inputs = inputs.with(&format!("config {number}"), rootless(root, &told));
            }
        }
    }
    Ok(inputs)
}

/// What of a configuration file counts, in one order; `None` if nothing does.
fn configuration(file: &Path) -> Result<Option<String>> {
    let text = std::fs::read_to_string(file).on("read", file)?;
    let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        Error::setup(
            "cargo-config-broken",
            format!("cargo's configuration `{}` is not TOML", file.display()),
        )
        .detail("seen", error.message())
        .next(format!("mend {}", file.display()))
    })?;
    for name in HARMLESS {
        table.remove(name);
    }
    if let Some(toml::Value::Table(build)) = table.get_mut("build") {
        // The kit says these itself (a wrapper by RUSTC_WRAPPER, which goes before this one), or they say how fast.
        for name in ["jobs", "target-dir", "incremental", "rustc-wrapper"] {
            build.remove(name);
        }
    }
    table.retain(|_, value| !matches!(value, toml::Value::Table(table) if table.is_empty()));
    if table.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(&table)
        .map(Some)
        .map_err(|error| Error::bug(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_does_not_count_and_a_flag_does() {
        let home = tempfile::tempdir().expect("dir");
        let file = home.path().join("config.toml");
        std::fs::write(&file, "[registries.x]\nindex = \"a\"\n[build]\njobs = 2\n").expect("write");
        assert_eq!(configuration(&file).expect("reads"), None);
        std::fs::write(
            &file,
            "[build]\njobs = 2\nrustc-wrapper = \"sccache\"\nrustflags = [\"-Ctarget-cpu=native\"]\n",
        )
        .expect("write");
        let told = configuration(&file).expect("reads").expect("counts");
        assert!(
            told.contains("target-cpu=native")
                && !told.contains("jobs")
                && !told.contains("sccache"),
            "{told}"
        );
    }
}
