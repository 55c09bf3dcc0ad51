//! A store's address. It never holds a credential: one that does is refused, and not repeated.

use std::fmt::{self, Display};
use std::path::PathBuf;
use std::str::FromStr;

use crate::fault::Fault;

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// `s3://bucket/prefix?endpoint=https://host&region=name`.
    S3 {
        bucket: String,
        prefix: String,
        endpoint: Option<String>,
        region: Option<String>,
    },
    /// `webdav://host/path` or, encrypted, `webdavs://host/path`.
    Webdav {
        secure: bool,
        host: String,
        path: String,
    },
    /// `http://…`, `https://…`: read only.
    Http(String),
    /// `gha:` or `gha:NAME`: GitHub's Actions cache, in a job.
    Gha(String),
    /// `file:///path`.
    Directory(PathBuf),
}

impl FromStr for Address {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let wrong = |why: &str| {
            Fault::new("usage", format!("that is no store's address: {why}"))
                .next("s3://BUCKET/PREFIX, webdavs://HOST/PATH, webdav://HOST/PATH or gha:")
        };
        if text
            .chars()
            .any(|letter| letter.is_control() || letter == ' ')
        {
            return Err(wrong("there is a blank in it"));
        }
        if let Some(name) = text.strip_prefix("gha:") {
            let good = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
            return match name.chars().all(good) && name.len() <= 64 {
                true => Ok(Self::Gha(name.to_owned())),
                false => Err(wrong(
                    "after `gha:` only letters, digits, `.`, `_` and `-` may stand",
                )),
            };
        }
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| wrong("it has no `://`"))?;
        let (before, query) = match rest.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (rest, None),
        };
        let (host, path) = before.split_once('/').unwrap_or((before, ""));
        let path = path.trim_matches('/').to_owned();
        if rest.contains('@') {
            return Err(wrong(
                "a login may not stand in it (it would be kept and shown)",
            ));
        }
        if path.split('/').any(|part| part == "." || part == "..") {
            return Err(wrong("`.` and `..` may not stand in it"));
        }
        if query.is_some() && scheme != "s3" {
            return Err(wrong("only s3:// takes what stands after `?`"));
        }
        if scheme != "file" && host.is_empty() {
            return Err(wrong("after `://` nothing stands"));
        }
        match scheme {
            "s3" => {
                let mut address = (None, None);
                for pair in query.into_iter().flat_map(|query| query.split('&')) {
                    match pair.split_once('=') {
                        Some(("endpoint", value))
                            if value.starts_with("http://") || value.starts_with("https://") =>
                        {
                            address.0 = Some(value.trim_end_matches('/').to_owned());
                        }
                        Some(("region", value)) => address.1 = Some(value.to_owned()),
                        // What it was is not repeated: it might be a secret.
                        _ => {
                            return Err(wrong(
                                "after `?` only endpoint=http(s)://… and region=… may stand",
                            ));
                        }
                    }
                }
                Ok(Self::S3 {
                    bucket: host.to_owned(),
                    prefix: path,
                    endpoint: address.0,
                    region: address.1,
                })
            }
            "webdav" | "webdavs" => Ok(Self::Webdav {
                secure: scheme == "webdavs",
                host: host.to_owned(),
                path,
            }),
            "http" | "https" => Ok(Self::Http(text.trim_end_matches('/').to_owned())),
            "file" if host.is_empty() => Ok(Self::Directory(PathBuf::from(format!("/{path}")))),
            _ => Err(wrong("its kind is not known")),
        }
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S3 { bucket, prefix, .. } => write!(f, "s3://{bucket}/{prefix}"),
            Self::Webdav { secure, host, path } => {
                write!(
                    f,
                    "webdav{}://{host}/{path}",
                    if *secure { "s" } else { "" }
                )
            }
            Self::Http(address) => f.write_str(address),
            Self::Gha(name) => write!(f, "gha:{name}"),
            Self::Directory(path) => write!(f, "file://{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let parse = |text: &str| text.parse::<Address>().expect(text);
        assert_eq!(
            parse("s3://kit/a/b/?endpoint=http://127.0.0.1:9000/&region=eu"),
            Address::S3 {
                bucket: "kit".into(),
                prefix: "a/b".into(),
                endpoint: Some("http://127.0.0.1:9000".into()),
                region: Some("eu".into()),
            }
        );
        for text in [
            "s3://kit/a",
            "webdav://h:80/a/b",
            "webdavs://h/a",
            "https://h/x",
            "gha:",
            "gha:v1",
            "file:///tmp/x",
        ] {
            assert_eq!(parse(text).to_string(), text);
        }
    }

    #[test]
    fn a_login_in_an_address_is_refused_and_not_repeated() {
        for text in [
            "webdavs://ana:SECRET@host/x",
            "https://ana:SECRET@host/x",
            "s3://key:SECRET@bucket",
            "s3://bucket?endpoint=http://ana:SECRET@host",
            "s3://bucket?secret_access_key=SECRET",
            "webdavs://host/x?token=SECRET",
        ] {
            let fault = text.parse::<Address>().expect_err(text);
            assert_eq!((fault.id, fault.exit()), ("usage", 2), "{text}");
            assert!(!fault.what.contains("SECRET"), "{}", fault.what);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "x",
            "ftp://h/x",
            "s3://",
            "webdav:///x",
            "s3://b/../x",
            "gha:a/b",
            "file://host/x",
            "s3://b /x",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
