//! What goes wrong, in words that name no credential. What a library or a server says is not passed on: S3's answers
//! repeat requests, tokens among them. Only the kind, the status, S3's code and the system's own error are.

use opendal::ErrorKind;

/// A failure that a person reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Stable kebab-case name.
    pub(crate) id: &'static str,
    /// What was attempted, and why it failed.
    pub(crate) what: String,
    /// What to do.
    pub(crate) next: Option<String>,
}

impl Fault {
    pub(crate) fn new(id: &'static str, what: impl Into<String>) -> Self {
        Self {
            id,
            what: what.into(),
            next: None,
        }
    }

    #[must_use]
    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// What the process ends with: the kit's own codes.
    pub(crate) fn exit(&self) -> u8 {
        match self.id {
            "usage" => 2,
            "interrupted" => 130,
            "bug" => 70,
            _ => 3,
        }
    }

    /// A file of this machine.
    pub(crate) fn file(action: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let id = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => "disk-full",
            _ => "io",
        };
        Self::new(id, format!("cannot {action} `{}`: {error}", path.display()))
    }

    /// What the library says. `action`: "list the store".
    pub(crate) fn of(action: &str, error: &opendal::Error) -> Self {
        let status = status(&error.to_string());
        let code = code(error.message());
        let seen = match (status, code) {
            (Some(status), Some(code)) => format!("status {status}, {code}"),
            (Some(status), None) => format!("status {status}"),
            (None, _) => reason(error),
        };
        let what = |why: &str| format!("cannot {action}: {why} ({seen})");
        match (status, code, error.kind()) {
            (Some(507), ..) | (_, Some("QuotaExceeded" | "XMinioStorageFull"), _) => {
                Self::new("store-full", what("the store is full"))
                    .next("sprint snapshot prune --store ADDRESS, then the same command again")
            }
            (Some(401 | 403), ..) | (_, _, ErrorKind::PermissionDenied) => Self::new(
                "store-denied",
                what("the server does not accept the credentials, or they do not allow it"),
            )
            .next("docs/snapshots.md, \"Where credentials come from\""),
            (_, Some("NoSuchBucket"), _) => Self::new("no-bucket", what("there is no such bucket")),
            (_, _, ErrorKind::AlreadyExists) => {
                Self::new("already-there", what("it is there, and stays"))
            }
            (Some(404), ..) | (_, _, ErrorKind::NotFound) => {
                Self::new("store-not-there", what("there is nothing at this address"))
            }
            (_, _, ErrorKind::Unsupported) => Self::new(
                "store-cannot",
                format!("cannot {action}: this kind of store has no such thing"),
            ),
            (_, _, ErrorKind::ConfigInvalid) => {
                Self::new("store-settings", what("a setting or credential is missing"))
                    .next("docs/snapshots.md, \"Where credentials come from\"")
            }
            _ if storage_full(error) => Self::new("store-full", what("the store is full")),
            _ => Self::new("store-unreachable", what("the store cannot be used")),
        }
    }
}

/// The status of an HTTP answer, as the library keeps it.
fn status(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("status: ")?;
    rest.get(..3)?.parse().ok().filter(|status| *status >= 100)
}

/// S3's name of an error: a word, nothing else.
fn code(message: &str) -> Option<&str> {
    const KNOWN: [&str; 14] = [
        "AccessDenied",
        "AuthorizationHeaderMalformed",
        "EntityTooLarge",
        "ExpiredToken",
        "InternalError",
        "InvalidAccessKeyId",
        "InvalidToken",
        "NoSuchBucket",
        "PermanentRedirect",
        "QuotaExceeded",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "SlowDown",
        "XMinioStorageFull",
    ];
    KNOWN.into_iter().find(|known| {
        message.contains(&format!("\"{known}\"")) || message.contains(&format!(">{known}<"))
    })
}

/// The last cause that the system or the TLS library gave, without addresses.
fn reason(error: &opendal::Error) -> String {
    let mut last: Option<String> = None;
    let mut at = std::error::Error::source(error);
    while let Some(cause) = at {
        last = Some(cause.to_string());
        at = cause.source();
    }
    match last {
        Some(text) if !text.contains("://") => text,
        _ if error.message().contains("timeout") => "no answer in time".to_owned(),
        _ => error.kind().into_static().to_owned(),
    }
}

fn storage_full(error: &opendal::Error) -> bool {
    let mut at = std::error::Error::source(error);
    while let Some(cause) = at {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return matches!(
                io.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            );
        }
        at = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: ErrorKind, message: &str, response: &str) -> Fault {
        let error = opendal::Error::new(kind, message).with_context("response", response);
        Fault::of("write a file", &error)
    }

    #[test]
    fn what_a_server_says_is_not_repeated() {
        let fault = fault(
            ErrorKind::PermissionDenied,
            "S3Error { code: \"SignatureDoesNotMatch\", message: \"x-amz-security-token:SECRET\" }",
            "Parts { status: 403, headers: {\"set-cookie\": \"SECRET\"} }",
        );
        assert_eq!((fault.id, fault.exit()), ("store-denied", 3));
        assert!(!fault.what.contains("SECRET"), "{}", fault.what);
        assert!(
            fault.what.contains("status 403, SignatureDoesNotMatch"),
            "{}",
            fault.what
        );
    }

    #[test]
    fn full_refused_and_missing_are_told_apart() {
        let of = |status: u16| {
            fault(
                ErrorKind::Unexpected,
                "",
                &format!("Parts {{ status: {status}, }}"),
            )
            .id
        };
        assert_eq!(of(507), "store-full");
        assert_eq!(of(401), "store-denied");
        assert_eq!(of(404), "store-not-there");
        assert_eq!(of(500), "store-unreachable");
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = opendal::Error::new(ErrorKind::Unexpected, "").set_source(full);
        assert_eq!(Fault::of("write", &error).id, "store-full");
    }

    #[test]
    fn an_address_in_a_cause_is_not_repeated() {
        let cause = std::io::Error::other("for url http://u:SECRET@h/");
        let error = opendal::Error::new(ErrorKind::Unexpected, "").set_source(cause);
        assert!(!Fault::of("read", &error).what.contains("SECRET"));
    }
}
