//! What earlier runs left that would mislead the next one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::doctor::bench::Bench;
use crate::doctor::finding::{Finding, Repair, Seen, Severity};
use crate::doctor::text::Text;

/// Variables whose values configure records in its cache, and compares.
const RECORDED: [&str; 5] = ["CC", "CFLAGS", "LDFLAGS", "CPPFLAGS", "CPP"];

pub(super) fn probe(bench: &Bench<'_>) -> Seen {
    let mut seen = Seen::default();
    for cache in caches(&bench.root.join("build")) {
        let Ok(text) = fs::read_to_string(&cache) else {
            continue;
        };
        let stale = RECORDED.iter().find(|name| {
            recorded(&text, name).is_some_and(|then| then != bench.host.var(name).unwrap_or(""))
        });
        if let Some(name) = stale {
            seen.finding(
                Finding::new(
                    "config-cache-stale",
                    Severity::Warning,
                    Text::default()
                        .private(cache.to_string_lossy())
                        .say(" was written with another ")
                        .say(name),
                    "the same: configure stops, or answers for another compiler",
                )
                .fix(Text::new("rm ").private(crate::exec::quote(&cache.to_string_lossy())))
                .repair(Repair::Remove(cache)),
            );
        }
    }
    seen
}

/// `config.cache` of the build directories: `build/SOURCE/TARGET-PROFILE/`.
fn caches(build: &Path) -> Vec<PathBuf> {
    let list = |directory: &Path| -> Vec<PathBuf> {
        fs::read_dir(directory).map_or_else(
            |_| Vec::new(),
            |entries| entries.flatten().map(|entry| entry.path()).collect(),
        )
    };
    let mut found: Vec<PathBuf> = list(build)
        .iter()
        .filter(|path| !path.ends_with("sources"))
        .flat_map(|source| list(source))
        .map(|directory| directory.join("config.cache"))
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

/// The value of `ac_cv_env_NAME_value=…`; `None` where it was not set then.
fn recorded<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let value = line
            .strip_prefix("ac_cv_env_")?
            .strip_prefix(name)?
            .strip_prefix("_value=")?;
        Some(value.trim_matches('\''))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_configure_recorded_is_read() {
        let text = "# cache\nac_cv_env_CC_set=set\nac_cv_env_CC_value='gcc -m32'\nac_cv_env_CFLAGS_value=\n";
        assert_eq!(recorded(text, "CC"), Some("gcc -m32"));
        assert_eq!(recorded(text, "CFLAGS"), Some(""));
        assert_eq!(recorded(text, "CPP"), None);
    }
}
