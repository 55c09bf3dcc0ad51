//! Versions of three numbers, compared number by number (1.100 is newer than 1.95).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `major.minor.patch`, with whatever follows (`0a0`, `-nightly`) left out of comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 1 in 1.95.0.
    pub major: u32,
    /// 95 in 1.95.0.
    pub minor: u32,
    /// 0 in 1.95.0.
    pub patch: u32,
}

impl Version {
    /// `1.95`, as Cargo's `rust-version` and Python's directories spell it.
    pub fn short(&self) -> String {
        format!("{}.{}", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a version like 1.95.0");
        let mut numbers = [0; 3];
        let mut fields = text.splitn(3, '.');
        for (position, number) in numbers.iter_mut().enumerate() {
            let Some(field) = fields.next() else {
                if position < 2 {
                    return Err(wrong());
                }
                break;
            };
            let digits: String = field.chars().take_while(char::is_ascii_digit).collect();
            if position < 2 && digits.len() != field.len() {
                return Err(wrong());
            }
            *number = digits.parse().map_err(|_| wrong())?;
        }
        let [major, minor, patch] = numbers;
        Ok(Self {
            major,
            minor,
            patch,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        let parse = |text: &str| text.parse::<Version>().expect(text);
        assert!(parse("1.100.0") > parse("1.95.3"));
        assert_eq!(parse("3.16.0a0").to_string(), "3.16.0");
        assert_eq!(parse("1.97").short(), "1.97");
        assert_eq!(parse("1.96.0-nightly"), parse("1.96.0"));
        for wrong in ["", "1", "1.x", "a.b.c", "1..2"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }
}
