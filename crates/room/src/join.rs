//! The lines that a room gives out.

use sprint::room::JoinLine;

use crate::redis::{GUEST, LEAD, Secrets};

/// For guests, and for the lead's own clone.
pub(crate) fn lines(
    base: &str,
    redis: &str,
    secrets: &Secrets,
    key: Option<&str>,
) -> (JoinLine, JoinLine) {
    let line = |user: &str, password: &str| JoinLine {
        base: base.to_owned(),
        redis: redis.to_owned(),
        user: user.to_owned(),
        password: password.to_owned(),
        key: key.map(str::to_owned),
    };
    (line(GUEST, &secrets.guest), line(LEAD, &secrets.lead))
}
