//! The names of a store's files. No other file of a bucket or share is ever read, written or removed.

use std::fmt::{self, Display};
use std::str::FromStr;

/// Endings of what a store holds: description, its signature, content.
const ENDINGS: [&str; 3] = [".json", ".json.minisig", ".tar.zst"];

/// `<64 hexadecimal digits>.<ending>`, or the same while it is being written, below the store's `v1/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    /// Another name for the same file while it is being written.
    pub(crate) fn part(&self, mark: u32) -> Self {
        Self(format!("{}.{mark:08x}.part", self.0))
    }

    /// Seen from the store's address.
    pub(crate) fn path(&self) -> String {
        format!("v1/{}", self.0)
    }

    /// Named after its content: the same name and size is the same file.
    pub(crate) fn is_content(&self) -> bool {
        self.0.ends_with(".tar.zst")
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = match text
            .strip_suffix(".part")
            .and_then(|rest| rest.rsplit_once('.'))
        {
            Some((whole, mark)) if mark.len() == 8 && is_hex(mark) => whole,
            _ => text,
        };
        let stem = ENDINGS.iter().find_map(|ending| whole.strip_suffix(ending));
        match stem {
            Some(stem) if stem.len() == 64 && is_hex(stem) => Ok(Self(text.to_owned())),
            _ => Err(format!("`{}` is no file of a store", text.escape_debug())),
        }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_stores_own_files_have_names() {
        let key = "0a".repeat(32);
        for ending in [
            ".json",
            ".json.minisig",
            ".tar.zst",
            ".tar.zst.0123abcd.part",
        ] {
            assert!(format!("{key}{ending}").parse::<Name>().is_ok(), "{ending}");
        }
        for wrong in [
            "",
            ".json",
            "a.json",
            "../../etc/passwd",
            &format!("../{key}.json"),
            &format!("{key}.json/x"),
            &format!("{key}.exe"),
            &format!("{}.json", "0A".repeat(32)),
            &format!("{key}.json.xyz.part"),
            &format!("{key}.part"),
        ] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_part_is_a_name_and_no_content() {
        let name: Name = format!("{}.tar.zst", "ab".repeat(32))
            .parse()
            .expect("a name");
        let part = name.part(7);
        assert_eq!(part.to_string().parse::<Name>(), Ok(part.clone()));
        assert!(name.is_content() && !part.is_content());
    }
}
