//! Signatures in minisign's format (ed25519 over BLAKE2b-512), so that a snapshot can also be checked with the
//! `minisign` program. The secret key is kept unencrypted, as `minisign -G -W` writes it: it protects a cache,
//! and nobody types a password in the middle of a build.
//!
//! Covered by a signature: every byte of the signed file, and the trusted comment. The key's number only says
//! which key to try; it proves nothing.

use std::fmt::{self, Display};

use blake2::{Blake2b256, Blake2b512, Digest};
use ed25519_compact as ed25519;

use super::base64;

const SIGNED_HASHED: &[u8] = b"ED";
const KEY: &[u8] = b"Ed";

/// A public key, with the number that minisign gives to it.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    number: [u8; 8],
    key: [u8; 32],
}

/// A secret key.
pub(crate) struct SecretKey {
    number: [u8; 8],
    /// Seed and public key, as ed25519 libraries keep them.
    key: [u8; 64],
}

/// A signature file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    number: [u8; 8],
    signature: [u8; 64],
    comment: String,
    global: [u8; 64],
}

impl Display for PublicKey {
    /// The one line by which people pass it on: `RW…`, 56 letters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [KEY, &self.number, &self.key].concat();
        f.write_str(&base64::encode(&bytes))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl PublicKey {
    /// From its one line.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base64::decode(text.trim())?;
        let rest = bytes.strip_prefix(KEY)?;
        let (number, key) = rest.split_first_chunk::<8>()?;
        Some(Self {
            number: *number,
            key: key.try_into().ok()?,
        })
    }

    /// From a file as minisign writes it: a comment line, then the key.
    pub fn from_file(text: &str) -> Option<Self> {
        Self::parse(text.lines().nth(1)?)
    }

    /// As minisign writes it to a file.
    pub fn to_file(&self) -> String {
        format!(
            "untrusted comment: minisign public key {}\n{self}\n",
            self.name()
        )
    }

    /// The number as minisign prints it.
    pub fn name(&self) -> String {
        name(self.number)
    }

    /// Was this signature made by this key, over these bytes?
    pub fn verifies(&self, bytes: &[u8], signature: &Signature) -> bool {
        let key = ed25519::PublicKey::new(self.key);
        let right = |message: &[u8], signature: &[u8; 64]| {
            key.verify(message, &ed25519::Signature::new(*signature))
                .is_ok()
        };
        let global = [&signature.signature[..], signature.comment.as_bytes()].concat();
        right(&Blake2b512::digest(bytes), &signature.signature) && right(&global, &signature.global)
    }
}

impl SecretKey {
    /// From 40 random bytes.
    pub(super) fn new(random: [u8; 40]) -> Self {
        let (mut seed, mut number) = ([0; 32], [0; 8]);
        seed.copy_from_slice(&random[..32]);
        number.copy_from_slice(&random[32..]);
        let pair = ed25519::KeyPair::from_seed(ed25519::Seed::new(seed));
        Self {
            number,
            key: *pair.sk,
        }
    }

    /// From a file as minisign writes it without a password.
    pub(super) fn from_file(text: &str) -> Option<Self> {
        let bytes = base64::decode(text.lines().nth(1)?.trim())?;
        let (head, rest) = bytes.split_at_checked(6 + 32 + 8 + 8)?;
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let (key, sum) = rest.split_first_chunk::<64>()?;
        let made = Self {
            number: *number,
            key: *key,
        };
        (head.starts_with(b"Ed\0\0B2") && sum == made.sum()).then_some(made)
    }

    /// As minisign writes it to a file, without a password.
    pub(super) fn to_file(&self) -> String {
        let bytes = [
            &b"Ed\0\0B2"[..],
            &[0; 48],
            &self.number,
            &self.key,
            &self.sum(),
        ]
        .concat();
        format!(
            "untrusted comment: minisign encrypted secret key\n{}\n",
            base64::encode(&bytes)
        )
    }

    fn sum(&self) -> [u8; 32] {
        let mut hasher = Blake2b256::new();
        for part in [KEY, &self.number, &self.key] {
            hasher.update(part);
        }
        hasher.finalize().into()
    }

    /// Its public half.
    pub(crate) fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(&self.key[32..]);
        PublicKey {
            number: self.number,
            key,
        }
    }

    /// Signs bytes. The comment is covered too; it must be one line.
    pub(crate) fn sign(&self, bytes: &[u8], comment: &str) -> Signature {
        let key = ed25519::SecretKey::new(self.key);
        let signature = *key.sign(Blake2b512::digest(bytes), None);
        let global = *key.sign([&signature[..], comment.as_bytes()].concat(), None);
        Signature {
            number: self.number,
            signature,
            comment: comment.to_owned(),
            global,
        }
    }
}

impl Signature {
    /// From a file as minisign writes it.
    pub fn from_file(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        lines.next()?.strip_prefix("untrusted comment: ")?;
        let bytes = base64::decode(lines.next()?)?;
        let comment = lines.next()?.strip_prefix("trusted comment: ")?.to_owned();
        let global = base64::decode(lines.next()?)?.try_into().ok()?;
        let (number, signature) = bytes
            .strip_prefix(SIGNED_HASHED)?
            .split_first_chunk::<8>()?;
        let made = Self {
            number: *number,
            signature: signature.try_into().ok()?,
            comment,
            global,
        };
        lines.next().is_none().then_some(made)
    }

    /// As minisign writes it to a file.
    pub fn to_file(&self) -> String {
        let bytes = [SIGNED_HASHED, &self.number, &self.signature].concat();
        format!(
            "untrusted comment: signature from the sprint kit\n{}\ntrusted comment: {}\n{}\n",
            base64::encode(&bytes),
            self.comment,
            base64::encode(&self.global)
        )
    }

    /// The number of the key that is said to have made it, as minisign prints it.
    pub fn key_name(&self) -> String {
        name(self.number)
    }
}

fn name(number: [u8; 8]) -> String {
    format!("{:016X}", u64::from_le_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SecretKey {
        SecretKey::new([seed; 40])
    }

    #[test]
    fn files_are_read_back_as_they_were_written() {
        let secret = key(1);
        let again = SecretKey::from_file(&secret.to_file()).expect("secret key");
        assert_eq!(again.public(), secret.public());
        let public = secret.public();
        assert_eq!(PublicKey::parse(&public.to_string()), Some(public.clone()));
        assert_eq!(PublicKey::from_file(&public.to_file()), Some(public));
        let signature = secret.sign(b"text", "a comment");
        assert_eq!(Signature::from_file(&signature.to_file()), Some(signature));
    }

    #[test]
    fn every_bit_of_what_was_signed_counts() {
        let (secret, bytes) = (key(2), *b"manifest");
        let signature = secret.sign(&bytes, "key 1");
        let public = secret.public();
        assert!(public.verifies(&bytes, &signature));
        for position in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[position / 8] ^= 1 << (position % 8);
            assert!(!public.verifies(&flipped, &signature));
        }
        assert!(!key(3).public().verifies(&bytes, &signature));
    }

    #[test]
    fn a_signature_file_with_any_letter_changed_is_refused() {
        let secret = key(4);
        let text = secret.sign(b"manifest", "key 1").to_file();
        let signed = text.find('\n').expect("a first line") + 1;
        for position in signed..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            let accepted = Signature::from_file(&changed)
                .is_some_and(|signature| secret.public().verifies(b"manifest", &signature));
            // Two letters of the key's number only name the key.
            let names_only = Signature::from_file(&changed)
                .is_some_and(|signature| signature.number != secret.number);
            assert!(!accepted || names_only, "{changed}");
        }
    }
}
