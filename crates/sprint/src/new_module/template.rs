//! The files of a new module, from `crates/sprint/templates/module/`.

use super::name::Names;

/// Path below the module's directory (with `@IMPORT@` in it) and text.
const FILES: [(&str, &str); 7] = [
    (
        "Cargo.toml",
        include_str!("../../templates/module/Cargo.toml.in"),
    ),
    (
        "build.rs",
        include_str!("../../templates/module/build.rs.in"),
    ),
    (
        "src/lib.rs",
        include_str!("../../templates/module/src/lib.rs.in"),
    ),
    (
        "src/bit_count.rs",
        include_str!("../../templates/module/src/bit_count.rs.in"),
    ),
    (
        "core/Cargo.toml",
        include_str!("../../templates/module/core/Cargo.toml.in"),
    ),
    (
        "core/src/lib.rs",
        include_str!("../../templates/module/core/src/lib.rs.in"),
    ),
    (
        "tests/test_@IMPORT@_conformance.py",
        include_str!("../../templates/module/tests/conformance.py.in"),
    ),
];

const BIND: (&str, &str) = (
    "tests/bind.py",
    include_str!("../../templates/module/tests/bind.py.in"),
);

/// Paths and contents.
pub(super) fn files(names: &Names) -> Vec<(String, String)> {
    let mut templates = FILES.to_vec();
    let has_test = names
        .replaced
        .as_ref()
        .is_some_and(|replaced| replaced.test.is_some());
    if has_test {
        templates.push(BIND);
    }
    templates
        .into_iter()
        .map(|(path, text)| (filled(path, names), filled(text, names)))
        .collect()
}

fn filled(text: &str, names: &Names) -> String {
    let replaced = names.replaced.as_ref();
    let test = replaced.and_then(|replaced| replaced.test.as_deref());
    let tests = match test {
        Some(test) => format!(
            "tests = [\"{test}\"]\nbind = \"tests/bind.py\"\n# As soon as a function here has the name of \
             one there: bound-tests = [\"{test}\"]"
        ),
        None => "# CPython's own test files of the area, if there are any.\ntests = []".to_owned(),
    };
    let summary = match replaced {
        Some(replaced) => format!(
            "what will take the place of CPython's C module {}",
            replaced.c_module
        ),
        None => format!(
            "a Rust module that has yet to say what {} is for",
            names.name
        ),
    };
    let pairs = [
        ("@NAME@", names.name.clone()),
        ("@IMPORT@", names.import.clone()),
        ("@CORE@", names.core.clone()),
        ("@CORE_IDENT@", names.core.replace('-', "_")),
        ("@TESTS@", tests),
        ("@SUMMARY@", summary),
        (
            "@STDLIB@",
            replaced.map_or_else(String::new, |replaced| replaced.stdlib.clone()),
        ),
        ("@TEST@", test.unwrap_or_default().to_owned()),
    ];
    pairs
        .into_iter()
        .fold(text.to_owned(), |text, (key, value)| {
            text.replace(key, &value)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::new_module::check;

    #[test]
    fn nothing_is_left_to_fill() {
        for (name, replaces) in [("spam", None), ("heapq", Some("heapq"))] {
            let names = check(name, replaces, None).expect("good");
            for (path, text) in files(&names) {
                assert!(
                    !path.contains('@') && !text.contains('@'),
                    "{path}:\n{text}"
                );
            }
        }
    }
}
