//! Compilers that leave this machine's paths out of what they write, so that equal keys give equal bytes
//! wherever the repository is and whoever builds.
//!
//! Two small scripts in the build directory stand before the compilers. The one for C is given to make alone
//! (`make CC=…`): configure sees the plain compiler, and so do the Makefile and sysconfig. Both scripts say
//! `$SPRINT_ROOT` and not the path itself, so that they too are the same everywhere, which is what lets a
//! compile cache find its objects again. In place of the repository's path, built files say [`PLACE`], which
//! debuggers are told to read back (docs/caches.md); crates from elsewhere are in `/cargo`.

use std::path::{Path, PathBuf};

use super::compiler;
use super::inputs::Inputs;
use super::plan::{Request, corner};
use crate::cache::{self, MISS};
use crate::error::Result;
use crate::exec::{CommandLine, quote};
use crate::system;

/// What built files say for the repository's root.
pub const PLACE: &str = "/kit";

/// What they say for a source outside of it.
const SOURCE_PLACE: &str = "/kit/source";

/// What make is told. Relative, as make runs in the build directory: an absolute path may contain a blank.
pub(super) const CC: &str = "CC=./.sprint/cc";

/// What configure's site file says, so that answers can be kept (see [`crate::cache`]): an argument would end up in the
/// Makefile. The person's own site files are read as ever.
pub(super) fn site(request: &Request<'_>, described: &Inputs) -> String {
    let own = request.host.var("CONFIG_SITE").unwrap_or("");
    let own = own
        .split_whitespace()
        .map(|file| format!(". {}\n", quote(file)));
    // One name on all machines, whatever other Pythons they have: it stands in the Makefile.
    let python = system::python(described).map_or(String::new(), |name| {
        format!("ac_cv_prog_PYTHON_FOR_REGEN={}\n", quote(name))
    });
    format!(
        "cache_file={}\n{python}{}",
        cache::ANSWERS,
        own.collect::<String>()
    )
}

/// Tells configure of it.
pub(super) fn configure(line: CommandLine) -> CommandLine {
    line.env("CONFIG_SITE", "./.sprint/config.site")
}

/// The scripts, with their mode.
pub(super) fn files(
    request: &Request<'_>,
    directory: &Path,
    described: &Inputs,
) -> Result<Vec<(PathBuf, String, u32)>> {
    let mut files = vec![
        (c_script(directory), c_text(request, described)?, 0o755),
        (rust_script(directory), RUST.to_owned(), 0o755),
    ];
    // A cross build's has more in it.
    if request.cross.is_none() {
        let text = site(request, described);
        files.push((corner(directory).join("config.site"), text, 0o644));
    }
    Ok(files)
}

/// Gives make the C script; keeps the time of day and the names of branches and commits out of the interpreter.
pub(super) fn make(line: CommandLine, request: &Request<'_>) -> CommandLine {
    let line = line
        .args([format!("-j{}", request.host.cpus)])
        .args([CC, "GITVERSION=", "GITTAG=", "GITBRANCH="])
        .env("SOURCE_DATE_EPOCH", date(request));
    roots(line, request)
}

/// Gives cargo the Rust script.
pub(super) fn cargo(line: CommandLine, request: &Request<'_>, directory: &Path) -> CommandLine {
    let mut line =
        roots(line, request).env("RUSTC_WRAPPER", rust_script(directory).to_string_lossy());
    if let Some(own) = request.host.var("RUSTC_WRAPPER") {
        line = line.env("SPRINT_RUSTC_WRAPPER", own);
    }
    line
}

/// What make's result depends on besides.
pub(super) fn inputs(request: &Request<'_>) -> Inputs {
    Inputs::new().with("date", date(request))
}

fn date(request: &Request<'_>) -> String {
    request.pins.image.base.source_date_epoch.to_string()
}

fn roots(line: CommandLine, request: &Request<'_>) -> CommandLine {
    line.env("SPRINT_ROOT", request.root.to_string_lossy())
        .env("SPRINT_SOURCE", request.source.root.to_string_lossy())
}

fn c_script(directory: &Path) -> PathBuf {
    corner(directory).join("cc")
}

fn rust_script(directory: &Path) -> PathBuf {
    corner(directory).join("rustc")
}

fn c_text(request: &Request<'_>, described: &Inputs) -> Result<String> {
    let words = match request.cross {
        Some(cross) => cross.toolchain.compilers.cc.clone(),
        None => compiler::words(request.host)?,
    };
    let root = request.root.to_string_lossy();
    let words: Vec<String> = words
        .iter()
        .map(|word| double_quoted(word).replace(&*root, "$SPRINT_ROOT"))
        .collect();
    // gcc tells its preprocessor's reader where it was run, which no two clones have in common.
    let is_gcc = described.iter().any(|(name, value)| {
        name.rsplit('.').next() == Some("compiler") && value.contains("gcc version")
    });
    let quiet = if is_gcc {
        " -fno-working-directory"
    } else {
        ""
    };
    let outside = match request.source.root.starts_with(request.root) {
        true => String::new(),
        false => format!(" \"-ffile-prefix-map=$SPRINT_SOURCE={SOURCE_PLACE}\""),
    };
    Ok(format!(
        "#!/bin/sh\n\
         # The C compiler, made to leave the repository's path and the time of day out of what it writes.\n\
         # Which compiler: {}\n\
         # sccache does not hand this one on.\n\
         export SOURCE_DATE_EPOCH={}\n\
         # Where sccache calls: what it takes its digest of has no file names and line numbers (-P), but objects have,\n\
         # so they stay in. And only what it does not find is compiled: that is noted.\n\
         if [ -n \"${{{MISS}-}}\" ]; then\n    \
         reads='' makes=''\n    \
         for word do\n        shift\n        \
         case $word in -P) continue ;; -E) reads=1 ;; -c) makes=1 ;; esac\n        \
         set -- \"$@\" \"$word\"\n    done\n    \
         [ -z \"$makes\" ] || [ -n \"$reads\" ] || : >\"${MISS}\"\nfi\n\
         exec {} \"$@\" \"-ffile-prefix-map=$SPRINT_ROOT={PLACE}\"{outside}{quiet}\n",
        described.digest(),
        date(request),
        words.join(" ")
    ))
}

/// A word for a shell that still replaces `$SPRINT_ROOT` in it.
fn double_quoted(word: &str) -> String {
    let escaped: String = word
        .chars()
        .flat_map(|c| {
            let escape = "\"\\$`".contains(c).then_some('\\');
            escape.into_iter().chain([c])
        })
        .collect();
    format!("\"{escaped}\"")
}

const RUST: &str = "#!/bin/sh\n\
# rustc, made to leave this machine's paths out of what it writes. Crates of the registry lie in the person's\n\
# own cargo directory; for them cargo says where, and what they are.\n\
case ${CARGO_MANIFEST_DIR-} in\n\
    '' | \"$SPRINT_ROOT\" | \"$SPRINT_ROOT\"/*) ;;\n\
    \"$SPRINT_SOURCE\" | \"$SPRINT_SOURCE\"/*) set -- \"$@\" \"--remap-path-prefix=$SPRINT_SOURCE=/kit/source\" ;;\n\
    *) set -- \"$@\" \"--remap-path-prefix=$CARGO_MANIFEST_DIR=/cargo/$CARGO_PKG_NAME-$CARGO_PKG_VERSION\" ;;\n\
esac\n\
set -- \"$@\" \"--remap-path-prefix=$SPRINT_ROOT=/kit\"\n\
exec ${SPRINT_RUSTC_WRAPPER:+\"$SPRINT_RUSTC_WRAPPER\"} \"$@\"\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_survives_the_shell() {
        for word in ["--sysroot=/a b", "-DX=\"y\"", "a$b`c\\d"] {
            let script = format!("printf %s {}", double_quoted(word));
            let output = std::process::Command::new("sh")
                .args(["-c", &script])
                .output();
            assert_eq!(output.expect("sh runs").stdout, word.as_bytes());
        }
    }

    #[test]
    fn the_rust_script_says_the_places_that_the_c_script_says() {
        assert!(RUST.contains(&format!("$SPRINT_ROOT={PLACE}\"")));
        assert!(RUST.contains(&format!("$SPRINT_SOURCE={SOURCE_PLACE}\"")));
    }
}
