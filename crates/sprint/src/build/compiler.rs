//! The C compiler that configure will choose.

use crate::error::{Error, Result};
use crate::host::Host;

/// The C compiler that configure will choose, as it would be typed.
pub fn chosen(host: &Host) -> Option<String> {
    host.var("CC").map(str::to_owned).or_else(|| {
        ["gcc", "cc", "clang"]
            .into_iter()
            .find(|name| host.find(name).is_some())
            .map(str::to_owned)
    })
}

/// The same in words, or the error that there is none.
pub(super) fn words(host: &Host) -> Result<Vec<String>> {
    let chosen = chosen(host).ok_or_else(|| {
        Error::setup(
            "no-compiler",
            "there is no C compiler (gcc, cc or clang) on PATH",
        )
        .next(host.install_hint("cc"))
    })?;
    Ok(shlex::split(&chosen)
        .filter(|words| !words.is_empty())
        .unwrap_or_else(|| vec![chosen]))
}
