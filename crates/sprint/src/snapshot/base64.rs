//! Base64 with padding, as minisign's files have it. Strict: another spelling of the same bytes is refused.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .chain(std::iter::repeat(&0))
            .take(3)
            .fold(0_usize, |group, byte| group << 8 | usize::from(*byte));
        for position in 0..4 {
            if position <= chunk.len() {
                text.push(char::from(ALPHABET[group >> (18 - 6 * position) & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

/// Decodes; `None` for anything that `encode` would not have written.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for chunk in text.as_bytes().chunks(4) {
        let mut group = 0_u32;
        for byte in chunk {
            let value = ALPHABET.iter().position(|known| known == byte).unwrap_or(0);
            group = group << 6 | u32::try_from(value).ok()?;
        }
        bytes.extend(&group.to_be_bytes()[1..]);
    }
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    bytes.truncate(bytes.len().checked_sub(padding)?);
    // Foreign letters, bits that padding hides and wrong lengths all encode differently.
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_and_nothing_else() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).as_deref(), Some(bytes));
        }
        for wrong in [
            "Zh==", "Zg=", "Zg", "Z===", "Zm9v\n", "Zm 9", "====", "Zg==Zg==",
        ] {
            assert_eq!(decode(wrong), None, "{wrong:?}");
        }
    }
}
