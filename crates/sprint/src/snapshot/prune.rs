//! What pruning takes away, decided from a store's listing and its descriptions, whatever kind of store it is.

use std::time::{Duration, SystemTime};

use super::manifest::{Manifest, is_digest};
use super::store::Listed;

/// What pruning takes away.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Pruned {
    /// Keys of descriptions.
    pub keys: Vec<String>,
    /// Files, with those of the keys: descriptions first, so that none is left whose content is gone.
    pub files: Vec<String>,
    /// Their bytes.
    pub bytes: u64,
}

/// How much stays.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Builds.
    pub builds: usize,
    /// Bytes of their content.
    pub bytes: u64,
}

/// The oldest descriptions until what `keep` says is left, then every archive that no description names, and what
/// killed savers left. `read`: the text of a description. `fresh`: what is younger may be waiting for its description.
pub(super) fn plan<E>(
    listed: &[Listed],
    read: impl Fn(&str) -> Result<Option<String>, E>,
    keep: Keep,
    fresh: Duration,
) -> Result<Pruned, E> {
    // Builds by age, the youngest first: both names of one go together.
    let mut builds: Vec<(SystemTime, String, u64, Vec<String>)> = Vec::new();
    let mut broken = Vec::new();
    for (key, modified) in keys(listed) {
        let parsed = read(&key)?.map(|text| Manifest::parse(&text, &key));
        let Some(Ok(manifest)) = parsed else {
            broken.push(key);
            continue;
        };
        let archive = manifest.archive;
        match builds.iter_mut().find(|build| build.1 == archive.sha256) {
            Some(build) => {
                build.0 = build.0.max(modified);
                build.3.push(key);
            }
            None => builds.push((modified, archive.sha256, archive.size, vec![key])),
        }
    }
    builds.sort_by(|one, other| other.cmp(one));
    let (mut pruned, mut total) = (Pruned::default(), 0);
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for (position, (_, sha256, size, keys)) in builds.into_iter().enumerate() {
        total += size;
        if position < keep.builds && total <= keep.bytes {
            kept.push(sha256);
        } else {
            gone.push(sha256);
            pruned.keys.extend(keys);
        }
    }
    pruned.keys.extend(broken);
    let mut files: Vec<(u8, &Listed)> = Vec::new();
    for file in listed {
        let stem = file.name.split('.').next().unwrap_or_default();
        let left_over = [".tmp", ".lock", ".part"]
            .iter()
            .any(|ending| file.name.ends_with(ending));
        let (goes, order) = if left_over {
            (!is_fresh(file.modified, fresh), 3)
        } else if file.name.ends_with(".tar.zst") && is_digest(stem) {
            let named = kept.iter().any(|kept| kept == stem);
            let was_named = gone.iter().any(|gone| gone == stem);
            (!named && (was_named || !is_fresh(file.modified, fresh)), 2)
        } else {
            let order = u8::from(file.name.ends_with(".minisig"));
            (pruned.keys.iter().any(|key| key == stem), order)
        };
        if goes {
            files.push((order, file));
        }
    }
    files.sort_by_key(|(order, _)| *order);
    pruned.bytes = files.iter().map(|(_, file)| file.size).sum();
    pruned.files = files
        .into_iter()
        .map(|(_, file)| file.name.clone())
        .collect();
    Ok(pruned)
}

/// The keys that these files answer to, sorted; with when each was put there.
pub(super) fn keys(listed: &[Listed]) -> Vec<(String, SystemTime)> {
    let key = |file: &Listed| {
        let key = file
            .name
            .strip_suffix(".json")
            .filter(|key| is_digest(key))?;
        Some((key.to_owned(), file.modified))
    };
    let mut keys: Vec<_> = listed.iter().filter_map(key).collect();
    keys.sort();
    keys
}

fn is_fresh(modified: SystemTime, fresh: Duration) -> bool {
    // A time in the future (a clock that was set back) counts as fresh.
    modified.elapsed().map_or(true, |age| age < fresh)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::manifest::tests::any;

    const DAY: Duration = Duration::from_secs(86_400);

    fn file(name: String, age: Duration) -> Listed {
        Listed {
            name,
            size: 10,
            modified: SystemTime::now() - age,
        }
    }

    /// Builds of these letters, the first the oldest, each with its three files.
    fn store(letters: &[char]) -> (Vec<Listed>, Vec<(String, String)>) {
        let (mut files, mut texts) = (Vec::new(), Vec::new());
        for (position, letter) in letters.iter().enumerate() {
            let mut manifest = any();
            manifest.key = letter.to_string().repeat(64);
            manifest.base_key = None;
            manifest.archive.sha256 = format!("{letter}0").repeat(32);
            manifest.archive.size = 10;
            let age = DAY * 3 - Duration::from_secs(position as u64);
            let key = manifest.key.clone();
            for name in [
                format!("{key}.json"),
                format!("{key}.json.minisig"),
                format!("{}.tar.zst", manifest.archive.sha256),
            ] {
                files.push(file(name, age));
            }
            texts.push((key, manifest.to_json().expect("JSON")));
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        (files, texts)
    }

    fn pruned(files: &[Listed], texts: &[(String, String)], builds: usize, bytes: u64) -> Pruned {
        let read = |key: &str| {
            let found = texts.iter().find(|(known, _)| known == key);
            Ok::<_, ()>(found.map(|(_, text)| text.clone()))
        };
        plan(files, read, Keep { builds, bytes }, DAY).expect("reads")
    }

    #[test]
    fn the_oldest_goes_and_its_description_before_its_content() {
        let (files, texts) = store(&['a', 'b', 'c']);
        let gone = pruned(&files, &texts, 2, 100);
        assert_eq!(gone.keys, ["a".repeat(64)]);
        assert_eq!(gone.bytes, 30);
        let endings: Vec<_> = gone
            .files
            .iter()
            .map(|file| file.split_once('.').expect("dot").1)
            .collect();
        assert_eq!(endings, ["json", "json.minisig", "tar.zst"]);
        assert_eq!(pruned(&files, &texts, 2, 15).keys.len(), 2);
        assert!(pruned(&files, &texts, 3, 30).files.is_empty());
    }

    #[test]
    fn what_may_be_waiting_for_its_description_stays() {
        let fresh = Duration::from_secs(60);
        let name = |ending: &str| format!("{}{ending}", "e".repeat(64));
        for ending in [".tar.zst", ".tar.zst.0123abcd.part", ".1.tmp"] {
            assert!(
                pruned(&[file(name(ending), fresh)], &[], 1, 100)
                    .files
                    .is_empty(),
                "{ending}"
            );
            assert_eq!(
                pruned(&[file(name(ending), DAY * 2)], &[], 1, 100)
                    .files
                    .len(),
                1,
                "{ending}"
            );
        }
        // A clock that is ahead of ours.
        let mut ahead = file(name(".tar.zst"), fresh);
        ahead.modified = SystemTime::now() + DAY;
        assert!(pruned(&[ahead], &[], 1, 100).files.is_empty());
    }

    #[test]
    fn a_broken_description_goes_and_so_does_its_content_in_time() {
        let (files, mut texts) = store(&['a']);
        texts[0].1 = "{}".into();
        assert_eq!(pruned(&files, &texts, 9, 1000).files.len(), 3);
    }
}
