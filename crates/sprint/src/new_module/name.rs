//! From what a person typed to the names of crates, import and tests.

use std::path::Path;

use super::stdlib;
use crate::error::{Error, Result};
use crate::suggest;

/// Python's keywords, soft ones included: none can be imported by a plain statement.
const KEYWORDS: [&str; 39] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class",
    "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if",
    "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return",
    "try", "type", "while", "with", "yield", "_",
];

/// A longer name does not fit the tables that name modules.
const LONGEST: usize = 30;

/// All names of a new module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// What a person types: `spam`.
    pub name: String,
    /// What Python imports, and the binding crate: `_spam`, or `_rust_heapq` beside CPython's own.
    pub import: String,
    /// The crate without Python: `spam-core`.
    pub core: String,
    /// What is to be replaced.
    pub replaced: Option<Replaced>,
}

/// The C module that the new one is meant to replace one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// `_heapq`.
    pub c_module: String,
    /// The module that people import: `heapq`.
    pub stdlib: String,
    /// CPython's test file, if it is known to exist: `test_heapq`.
    pub test: Option<String>,
}

/// Checks the name, and the one to replace. `tree` is a CPython source, where there is one.
pub fn check(name: &str, replaces: Option<&str>, tree: Option<&Path>) -> Result<Names> {
    identifier(name)?;
    let replaced = replaces.map(|typed| replaced(typed, tree)).transpose()?;
    let import = match &replaced {
        Some(_) => format!("_rust_{name}"),
        None => format!("_{name}"),
    };
    if replaced.is_none() {
        if let Some(c_module) = stdlib::meant(name) {
            return Err(Error::usage(
                "module-is-cpythons",
                format!(
                    "CPython has a C module `{c_module}`: a second one of that name would hide it"
                ),
            )
            .next(format!("just new-module {name} --replaces {c_module}")));
        }
        let taken = |tree: &Path| {
            tree.join(format!("Lib/{import}.py")).is_file()
                || tree.join(format!("Lib/{import}")).is_dir()
        };
        if tree.is_some_and(taken) {
            return Err(Error::usage(
                "module-is-cpythons",
                format!("CPython's standard library has a module `{import}`"),
            )
            .next(format!("just new-module rust_{name}")));
        }
    }
    Ok(Names {
        name: name.to_owned(),
        core: format!("{}-core", import.trim_start_matches('_').replace('_', "-")),
        import,
        replaced,
    })
}

fn identifier(name: &str) -> Result<()> {
    let wrong = |what: &str| {
        let plain: String = name
            .to_lowercase()
            .chars()
            .map(|character| {
                if character.is_ascii_alphanumeric() {
                    character
                } else {
                    '_'
                }
            })
            .collect();
        let plain = plain.trim_matches('_');
        let error = Error::usage(
            "module-name",
            format!("`{name}` is no name for a module: {what}"),
        );
        let usable = plain.len() <= LONGEST
            && !KEYWORDS.contains(&plain)
            && plain.starts_with(|first: char| first.is_ascii_lowercase());
        if usable {
            error.next(format!("just new-module {plain}"))
        } else {
            error.next("just new-module spam  (a name of your own)")
        }
    };
    if name.is_empty() || name.len() > LONGEST {
        return Err(wrong(&format!("it has to have 1 to {LONGEST} characters")));
    }
    if name.starts_with('_') {
        return Err(wrong("the underscore is put before it by itself"));
    }
    if !name.starts_with(|first: char| first.is_ascii_lowercase())
        || !name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    {
        return Err(wrong(
            "lower-case letters, digits and underscores, a letter first",
        ));
    }
    if KEYWORDS.contains(&name) {
        return Err(wrong("it is a word of the language"));
    }
    Ok(())
}

fn replaced(typed: &str, tree: Option<&Path>) -> Result<Replaced> {
    let Some(c_module) = stdlib::meant(typed) else {
        let error = Error::usage(
            "no-such-c-module",
            format!("CPython has no C module called `{typed}`"),
        );
        return Err(match suggest::nearest(typed, stdlib::C_MODULES) {
            Some(near) => error
                .detail("likely", format!("`{near}` was meant"))
                .next(format!("the same command with --replaces {near}")),
            None => error.next("the same command without --replaces"),
        });
    };
    let public = c_module.trim_start_matches('_');
    // `_heapq` serves heapq.py; `zlib` is what people import.
    let serves = |tree: &Path| {
        tree.join(format!("Lib/{public}.py")).is_file()
            || tree.join(format!("Lib/{public}")).is_dir()
    };
    let stdlib = match tree {
        Some(tree) if c_module.starts_with('_') && serves(tree) => public,
        _ => c_module,
    };
    let test = format!("test_{public}");
    let exists = |tree: &Path| {
        let at = tree.join("Lib/test").join(&test);
        at.is_dir() || at.with_extension("py").is_file()
    };
    Ok(Replaced {
        c_module: c_module.to_owned(),
        stdlib: stdlib.to_owned(),
        test: tree.is_some_and(exists).then_some(test),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str, replaces: Option<&str>) -> &'static str {
        check(name, replaces, None).expect_err(name).id()
    }

    #[test]
    fn names_that_python_or_cargo_cannot_take_are_refused() {
        for name in [
            "", "_spam", "Spam", "sp-am", "2spam", "spåm", "class", "a b", "../spam",
        ] {
            assert_eq!(id(name, None), "module-name", "{name}");
        }
        assert_eq!(id(&"s".repeat(31), None), "module-name");
    }

    #[test]
    fn a_name_of_cpythons_needs_replaces() {
        for name in ["heapq", "zlib", "json"] {
            assert_eq!(id(name, None), "module-is-cpythons", "{name}");
        }
        assert_eq!(id("fast", Some("heapqq")), "no-such-c-module");
        let names = check("heapq", Some("heapq"), None).expect("good");
        assert_eq!(names.import, "_rust_heapq");
        assert_eq!(names.core, "rust-heapq-core");
    }

    #[test]
    fn a_new_name_gets_an_underscore() {
        let names = check("spam_eggs", None, None).expect("good");
        assert_eq!(
            (names.import.as_str(), names.core.as_str()),
            ("_spam_eggs", "spam-eggs-core")
        );
    }
}
