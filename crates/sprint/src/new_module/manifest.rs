//! The two files of the modules' workspace that name its crates. They are edited as text, so that every
//! comment stays; cargo, which is run with `--locked`, says at once if the result were wrong.

use super::name::Names;
use crate::error::{Error, Result};

/// `Cargo.toml` with the two crates as members, the one without Python among the defaults.
pub(super) fn with_members(text: &str, names: &Names) -> Result<String> {
    let core = format!("{}/core", names.import);
    let text = with_entries(text, "members", &[&names.import, &core])?;
    with_entries(&text, "default-members", &[&core])
}

/// Adds strings at the end of an array that starts a line.
fn with_entries(text: &str, key: &str, entries: &[&str]) -> Result<String> {
    let odd = || {
        Error::usage(
            "workspace-manifest",
            format!("modules/Cargo.toml has no array `{key}` that can be added to"),
        )
        .next("git diff modules/Cargo.toml")
    };
    let start = text
        .match_indices(key)
        .map(|(at, _)| at)
        .find(|at| {
            let is_line_start = *at == 0 || text.as_bytes()[at - 1] == b'\n';
            is_line_start && text[at + key.len()..].trim_start().starts_with('=')
        })
        .ok_or_else(odd)?;
    let open = start + text[start..].find('[').ok_or_else(odd)?;
    let close = open + text[open..].find(']').ok_or_else(odd)?;
    let inside = text[open + 1..close].trim_end();
    let several_lines = inside.contains('\n');
    let mut new = inside.trim_end_matches(',').to_owned();
    for entry in entries {
        let separator = match (new.trim().is_empty(), several_lines) {
            (true, false) => "",
            (true, true) => "\n    ",
            (false, true) => ",\n    ",
            (false, false) => ", ",
        };
        new.push_str(&format!("{separator}\"{entry}\""));
    }
    if several_lines {
        new.push_str(",\n");
    }
    Ok(format!("{}{new}{}", &text[..=open], &text[close..]))
}

/// `Cargo.lock` with the two crates, sorted as cargo sorts.
pub(super) fn with_packages(text: &str, names: &Names) -> Result<String> {
    let version = package_version(text).ok_or_else(|| {
        Error::usage(
            "workspace-lock",
            "modules/Cargo.lock does not list module-support",
        )
        .next("git checkout modules/Cargo.lock")
    })?;
    let mut dependencies = [names.core.as_str(), "module-support", "pyo3-build-config"];
    dependencies.sort_unstable();
    let listed: String = dependencies
        .iter()
        .map(|dependency| format!(" \"{dependency}\",\n"))
        .collect();
    let binding = format!(
        "[[package]]\nname = \"{}\"\nversion = \"{version}\"\ndependencies = [\n{listed}]\n",
        names.import
    );
    let core = format!(
        "[[package]]\nname = \"{}\"\nversion = \"{version}\"\n",
        names.core
    );
    let (head, rest) = text.split_once("\n[[package]]\n").unwrap_or((text, ""));
    let mut packages: Vec<String> = rest
        .split("\n[[package]]\n")
        .map(|package| format!("[[package]]\n{}\n", package.trim_end()))
        .collect();
    packages.extend([binding, core]);
    packages.sort_by_key(|package| name_of(package).to_owned());
    Ok(format!("{}\n\n{}", head.trim_end(), packages.join("\n")))
}

fn name_of(package: &str) -> &str {
    package
        .lines()
        .find_map(|line| line.strip_prefix("name = \""))
        .map_or("", |rest| rest.trim_end_matches('"'))
}

/// The version that all crates of the workspace share.
fn package_version(lock: &str) -> Option<&str> {
    let rest = lock
        .split_once("name = \"module-support\"\nversion = \"")?
        .1;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::new_module::check;

    #[test]
    fn members_are_added_and_comments_stay() {
        let text = "[workspace]\n# why\nmembers = [\n    \"support\",\n]\n# these\ndefault-members = [\"a/b\"]\n";
        let names = check("spam", None, None).expect("good");
        assert_eq!(
            with_members(text, &names).expect("edited"),
            "[workspace]\n# why\nmembers = [\n    \"support\",\n    \"_spam\",\n    \"_spam/core\",\n]\n\
             # these\ndefault-members = [\"a/b\", \"_spam/core\"]\n"
        );
        assert!(with_members("[workspace]\n", &names).is_err());
    }

    #[test]
    fn the_lock_stays_sorted() {
        let lock = "# head\nversion = 4\n\n[[package]]\nname = \"_base64\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"module-support\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"zz\"\nversion = \"1.0.0\"\n";
        let names = check("spam", None, None).expect("good");
        let new = with_packages(lock, &names).expect("edited");
        let order: Vec<&str> = new
            .lines()
            .filter(|line| line.starts_with("name"))
            .collect();
        assert_eq!(
            order,
            [
                "name = \"_base64\"",
                "name = \"_spam\"",
                "name = \"module-support\"",
                "name = \"spam-core\"",
                "name = \"zz\""
            ]
        );
        assert!(
            new.starts_with("# head\nversion = 4\n\n[[package]]\nname = \"_base64\"\n"),
            "{new}"
        );
    }
}
