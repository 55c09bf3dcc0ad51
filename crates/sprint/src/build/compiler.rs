//! The C compiler that configure will choose, as it describes itself.

use std::path::Path;

use super::inputs::Inputs;
use crate::error::{Error, Result};
use crate::exec::{self, CommandLine};
use crate::host::Host;

/// Variables that configure and the compilers read; a change of one is another build.
pub(super) const FLAGS: [&str; 11] = [
    "CC",
    "CXX",
    "CPP",
    "AR",
    "CFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "LIBS",
    "CONFIG_SITE",
    "PKG_CONFIG_PATH",
    "RUSTFLAGS",
];

/// The C compiler that configure will choose, as it would be typed.
pub fn chosen(host: &Host) -> Option<String> {
    host.var("CC").map(str::to_owned).or_else(|| {
        ["gcc", "cc", "clang"]
            .into_iter()
            .find(|name| host.find(name).is_some())
            .map(str::to_owned)
    })
}

/// Describes the compiler and the flags.
pub(super) fn describe(host: &Host, directory: &Path) -> Result<Inputs> {
    let chosen = chosen(host);
    let Some(chosen) = chosen else {
        return Err(Error::setup(
            "no-compiler",
            "there is no C compiler (gcc, cc or clang) on PATH",
        )
        .next(host.install_hint("cc")));
    };
    let mut words = shlex::split(&chosen)
        .unwrap_or_else(|| vec![chosen.clone()])
        .into_iter();
    let program = words.next().unwrap_or_else(|| chosen.clone());
    let line = CommandLine::new(program, directory)
        .args(words)
        .args(["-v"]);
    let output = exec::output(&line, host.env())?;
    if !output.status.success() {
        return Err(Error::setup(
            "compiler-broken",
            format!("the C compiler does not answer: {}", line.paste()),
        )
        .detail("seen", String::from_utf8_lossy(&output.stderr).trim())
        .next(host.install_hint("cc")));
    }
    // gcc and clang write the description to stderr.
    let mut inputs = Inputs::new().with("compiler", String::from_utf8_lossy(&output.stderr).trim());
    for name in FLAGS {
        if let Some(value) = host.var(name) {
            inputs = inputs.with(name, value);
        }
    }
    Ok(inputs)
}
