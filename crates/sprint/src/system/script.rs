//! What a configure script looks for, read from its text.
//!
//! Too much does no harm (a name that is nowhere counts as absent); too little would, so the patterns are
//! wide, and a test holds them against what CPython's script is known to want.

use std::collections::BTreeSet;

/// Programs that only an option or a system that the kit never gives makes the script look for.
pub(super) const UNASKED: [&str; 6] = [
    "dsymutil",
    "dtrace",
    "llvm-ar",
    "llvm-bolt",
    "merge-fdata",
    "node",
];

/// Names that a script looks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// As in `#include <…>`.
    pub(super) headers: BTreeSet<String>,
    /// As in `-l…`.
    pub(super) libraries: BTreeSet<String>,
    /// Programs on PATH.
    pub(super) programs: BTreeSet<String>,
    /// Names of a Python for work that is not part of a build, the one that is taken first before the others.
    pub(super) pythons: Vec<String>,
    /// Every word of the script that could be the name of a pkg-config file.
    pub(super) words: BTreeSet<String>,
}

impl Wanted {
    /// Reads a script.
    pub(super) fn read(text: &str) -> Self {
        let mut wanted = Self::default();
        for line in text.lines() {
            wanted.header(line);
            wanted.program(line);
            wanted.library(line);
            for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || "_.+-".contains(c))) {
                if word.len() > 1 && !wanted.words.contains(word) {
                    wanted.words.insert(word.to_owned());
                }
            }
        }
        wanted
    }

    fn header(&mut self, line: &str) {
        let name = if let Some((before, rest)) = line.split_once('<') {
            before
                .trim_start()
                .strip_prefix('#')
                .filter(|directive| directive.trim() == "include")
                .and_then(|_| rest.split_once('>'))
                .map(|(name, _)| name)
        } else {
            let rest = line
                .split_once("ac_header_c_list \" ")
                .map(|(_, rest)| rest);
            rest.and_then(|rest| rest.split(' ').next()).or_else(|| {
                let (_, rest) = line.split_once("check_header_compile \"$LINENO\" \"")?;
                rest.split('"').next()
            })
        };
        if let Some(name) = name.filter(|name| name.ends_with(".h") && !name.contains('$')) {
            self.headers.insert(name.to_owned());
        }
    }

    fn program(&mut self, line: &str) {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("# Extract the first word of \"") {
            let name = rest.split('"').next().unwrap_or("");
            let name = name.rsplit_once('}').map_or(name, |(_, name)| name);
            self.add_program(name);
        } else if let Some(rest) = line.strip_prefix("for ac_prog in ") {
            for name in rest.trim_end_matches("; do").split_whitespace() {
                self.add_program(name);
            }
        }
    }

    /// Leaves out what the script looks for only if it is told to, while nothing tells it; `is_gcc`: and what it
    /// looks for only where there is no gcc. Read in the script of 3.13.5:
    /// - `dtrace`, `dsymutil`, `llvm-ar`, `llvm-bolt`, `merge-fdata` and valgrind's header under `--with-dtrace`,
    ///   `--with-dsymutil`, `--with-lto`, `--enable-bolt` and `--with-valgrind`; `node` for Emscripten;
    /// - `clang` and its like where `CC` is empty and there is neither gcc nor cc;
    /// - an installed Python's or valgrind's pkg-config file never, though both words are in it.
    pub(super) fn leave_out_what_is_not_asked_for(&mut self, is_gcc: bool) {
        for name in UNASKED {
            self.programs.remove(name);
        }
        if is_gcc {
            for name in ["clang", "clang++", "icpc"] {
                self.programs.remove(name);
            }
        }
        self.headers.remove("valgrind/valgrind.h");
        for word in ["python3", "valgrind"] {
            self.words.remove(word);
        }
    }

    fn add_program(&mut self, name: &str) {
        if name.is_empty() || name.contains('$') {
            return;
        }
        if name.starts_with("python") {
            self.pythons.push(name.to_owned());
        } else {
            self.programs.insert(name.to_owned());
        }
    }

    fn library(&mut self, line: &str) {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_+".contains(c);
        for (position, _) in line.match_indices("-l") {
            let before = line[..position].chars().next_back();
            if before.is_none_or(|c| " \"'=(`".contains(c)) {
                let name = line[position + 2..].split(|c| !is_name(c)).next();
                self.add_library(name.unwrap_or(""));
            }
        }
        if let Some((_, rest)) = line.split_once("for ac_lib in ") {
            for name in rest.split(|c| !is_name(c)) {
                self.add_library(name);
            }
        }
    }

    fn add_library(&mut self, name: &str) {
        if !name.is_empty() {
            self.libraries.insert(name.to_owned());
        }
    }
}

/// Variables that the script itself calls precious: it reads them from the environment.
pub(super) fn variables(text: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once("ac_precious_vars='") else {
        return Vec::new();
    };
    let list = rest.split('\'').next().unwrap_or("");
    list.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_shapes_are_read() {
        let text = "as_fn_append ac_header_c_list \" stdio.h stdio_h HAVE_STDIO_H\"\n\
            ac_fn_c_check_header_compile \"$LINENO\" \"zlib.h\" \"ac_cv_header_zlib_h\" \"$x\"\n\
            #  include <openssl/ssl.h>\n\
            # Extract the first word of \"${ac_tool_prefix}pkg-config\", so it can be a program\n\
            for ac_prog in python$PACKAGE_VERSION python3.13 python3\n\
            LIBS=\"-lsqlite3 $LIBS\"\n  for ac_lib in '' socket nsl\n  --libexecdir=DIR\n\
            PKG_CONFIG --exists --print-errors \"libffi >= 3\"\n\
            ac_precious_vars='build_alias\nCC\nCFLAGS\nZLIB_CFLAGS'\n";
        let wanted = Wanted::read(text);
        let headers: Vec<&String> = wanted.headers.iter().collect();
        assert_eq!(headers, ["openssl/ssl.h", "stdio.h", "zlib.h"]);
        let programs: Vec<&String> = wanted.programs.iter().collect();
        assert_eq!(programs, ["pkg-config"]);
        assert_eq!(wanted.pythons, ["python3.13", "python3"]);
        let libraries: Vec<&String> = wanted.libraries.iter().collect();
        assert_eq!(libraries, ["nsl", "socket", "sqlite3"]);
        assert!(wanted.words.contains("libffi"));
        assert_eq!(
            variables(text),
            ["build_alias", "CC", "CFLAGS", "ZLIB_CFLAGS"]
        );
    }

    /// Else what is left out would count.
    #[test]
    fn no_profile_and_no_target_tells_the_script_to_look_for_more() {
        use crate::profile::Profile;
        use clap::ValueEnum;
        let profiles = Profile::value_variants().iter();
        let rows = crate::target::TABLE
            .iter()
            .filter_map(|target| target.cross.as_ref());
        let args = profiles
            .flat_map(|profile| profile.configure_args())
            .chain(rows.flat_map(|row| row.configure_args));
        for arg in args {
            for option in [
                "bolt",
                "dsymutil",
                "dtrace",
                "emscripten",
                "lto",
                "valgrind",
            ] {
                assert!(!arg.contains(option), "{arg}");
            }
        }
    }
}
