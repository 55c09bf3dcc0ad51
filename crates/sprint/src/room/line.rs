//! The join line: one word that a lead shows on a projector and a guest types or pastes.
//!
//! `http://192.168.1.5:8470/#1,8471,guest,PASSWORD,KEY`: an address that a phone's camera opens (the board), with what a
//! clone needs behind the `#`, which browsers keep to themselves. The fields are the format, Redis (a port at the same
//! host, or host:port), its user and password, and the public key that the lead signs snapshots with (minisign's base64
//! form), which may be empty. The key itself is in the line, not only its fingerprint: there is nothing to fetch that
//! somebody on the network could replace.

use std::fmt::{self, Display};

use crate::error::{Error, Result};
use crate::hash;

/// The format of the line.
const FORMAT: &str = "1";

/// A join line's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinLine {
    /// `http://HOST:PORT`, without a slash at its end.
    pub base: String,
    /// `HOST:PORT` of Redis.
    pub redis: String,
    /// The user that guests share.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The lead's public key, in minisign's base64 form.
    pub key: Option<String>,
}

impl JoinLine {
    /// Reads a line.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::usage(
                "join-line",
                format!("this is not a room's join line: {why}"),
            )
            .next("copy the whole line that `just room up` printed, in single quotes")
        };
        let (base, fields) = text
            .trim()
            .split_once("/#")
            .ok_or_else(|| wrong("there is no `/#` in it"))?;
        let host = base
            .strip_prefix("http://")
            .ok_or_else(|| wrong("it does not begin with http://"))?;
        let host = address(host).ok_or_else(|| wrong("its address is not HOST:PORT"))?;
        let fields: Vec<&str> = fields.split(',').collect();
        let [format, redis, user, password, key] = fields[..] else {
            return Err(wrong("it wants five parts behind the `#`"));
        };
        if format != FORMAT {
            return Err(wrong("it is of another version of the kit; update both"));
        }
        let redis = if redis.contains(':') {
            redis.to_owned()
        } else {
            format!("{}:{redis}", host.0)
        };
        address(&redis).ok_or_else(|| wrong("its Redis address is not PORT or HOST:PORT"))?;
        let word = |text: &str| {
            !text.is_empty()
                && text.len() <= 128
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        if !word(user) || !word(password) {
            return Err(wrong(
                "its user or password has characters that none of ours have",
            ));
        }
        let base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        if !key.chars().all(base64) || !matches!(key.len(), 0 | 56) {
            return Err(wrong("its key is not a public key of 56 characters"));
        }
        Ok(Self {
            base: base.to_owned(),
            redis,
            user: user.to_owned(),
            password: password.to_owned(),
            key: (!key.is_empty()).then(|| key.to_owned()),
        })
    }

    /// What people compare by eye: the first 20 hexadecimal digits of the key's SHA-256, in groups.
    pub fn fingerprint(key: &str) -> String {
        let digest = hash::of_bytes(key.as_bytes());
        let groups: Vec<&str> = (0..5).map(|at| &digest[at * 4..at * 4 + 4]).collect();
        groups.join("-")
    }

    /// The host of the address, without port.
    pub fn host(&self) -> &str {
        let host = self.base.trim_start_matches("http://");
        address(host).map_or(host, |(host, _)| host)
    }
}

impl Display for JoinLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redis = match self.redis.rsplit_once(':') {
            Some((host, port)) if host == self.host() => port,
            _ => &self.redis,
        };
        write!(
            f,
            "{}/#{FORMAT},{redis},{},{},{}",
            self.base,
            self.user,
            self.password,
            self.key.as_deref().unwrap_or("")
        )
    }
}

/// `HOST:PORT`, `[v6]:PORT`; nothing that a shell, a URL or a terminal would read otherwise.
fn address(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let plain = host
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'))
        .map_or_else(
            || {
                !host.is_empty()
                    && host
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || ".-".contains(c))
            },
            |inner| inner.parse::<std::net::Ipv6Addr>().is_ok(),
        );
    let port = port.parse().ok().filter(|port| *port > 0)?;
    plain.then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> String {
        format!("RWQ{}", "a".repeat(53))
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        for (base, redis) in [
            ("http://192.168.1.5:8470", "192.168.1.5:8471"),
            ("http://lead.local:80", "redis.example.org:6379"),
            ("http://[fe80::1]:8470", "[fe80::1]:8471"),
        ] {
            for key in [None, Some(key())] {
                let line = JoinLine {
                    base: base.to_owned(),
                    redis: redis.to_owned(),
                    user: "guest".to_owned(),
                    password: "0a1b".to_owned(),
                    key,
                };
                assert_eq!(JoinLine::parse(&line.to_string()).expect(base), line);
            }
        }
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for text in [
            "",
            "http://a:1",
            "https://a:1/#1,2,g,p,",
            "http://a:1/#2,2,g,p,",
            "http://a:1/#1,2,g,p",
            "http://a:0/#1,2,g,p,",
            "http://a b:1/#1,2,g,p,",
            "http://a:1/x/#1,2,g,p,",
            "http://a:1/#1,$(id):2,g,p,",
            "http://a:1/#1,2,g,p,KEY",
            "http://a:1/#1,2,g\u{1b},p,",
        ] {
            assert_eq!(JoinLine::parse(text).expect_err(text).id(), "join-line");
        }
    }

    #[test]
    fn a_fingerprint_is_short_and_of_the_whole_key() {
        let print = JoinLine::fingerprint(&key());
        assert_eq!(print.len(), 24);
        assert_ne!(print, JoinLine::fingerprint(&format!("{}b", &key()[..55])));
    }
}
