//! The second line of defence: whatever is printed is searched for every credential that this process knows of.

use std::env;

/// Variables whose values are never printed.
const VARIABLES: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "GITHUB_TOKEN",
    "SPRINT_NETRC",
];

/// What must not be printed.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn from_environment() -> Self {
        let mut secrets = Self::default();
        for variable in VARIABLES {
            if let Ok(value) = env::var(variable) {
                secrets.add(&value);
            }
        }
        secrets
    }

    /// One more. Very short ones would take away ordinary words.
    pub(crate) fn add(&mut self, secret: &str) {
        if secret.len() >= 4 {
            self.0.push(secret.to_owned());
            // Longer ones first: one may be a part of another.
            self.0.sort_by_key(|known| std::cmp::Reverse(known.len()));
        }
    }

    /// The text without them.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_wherever_it_stands() {
        let mut secrets = Secrets::default();
        for secret in ["pass", "password", "abc"] {
            secrets.add(secret);
        }
        assert_eq!(secrets.hide("x password pass abc"), "x *** *** abc");
    }
}
