//! From bytes to characters.

use crate::EncodeAlphabet;

/// How many characters `length` bytes become, or `None` when that is more than memory can hold.
#[must_use]
pub const fn encoded_len(length: usize) -> Option<usize> {
    match length.div_ceil(3).checked_mul(4) {
        Some(characters) if characters <= isize::MAX.unsigned_abs() => Some(characters),
        _ => None,
    }
}

/// Writes `input` as characters, padded with `=` to a multiple of four.
///
/// # Panics
/// When `output` is not exactly [`encoded_len`] of the input long.
pub fn encode(alphabet: &EncodeAlphabet, input: &[u8], output: &mut [u8]) {
    assert_eq!(
        Some(output.len()),
        encoded_len(input.len()),
        "the output must have room for exactly what the input becomes"
    );
    let character = |bits: u32| alphabet.characters[(bits & 0x3f) as usize];
    let (groups, rest) = input.as_chunks::<3>();
    let (quads, _) = output.as_chunks_mut::<4>();
    for (&[a, b, c], quad) in groups.iter().zip(quads.iter_mut()) {
        let bits = u32::from_be_bytes([0, a, b, c]);
        *quad = [
            character(bits >> 18),
            character(bits >> 12),
            character(bits >> 6),
            character(bits),
        ];
    }
    let Some(last) = quads.last_mut() else { return };
    match *rest {
        [a] => {
            let bits = u32::from(a) << 4;
            *last = [character(bits >> 6), character(bits), b'=', b'='];
        }
        [a, b] => {
            let bits = u32::from_be_bytes([0, 0, a, b]) << 2;
            *last = [
                character(bits >> 12),
                character(bits >> 6),
                character(bits),
                b'=',
            ];
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(alphabet: &EncodeAlphabet, input: &[u8]) -> String {
        let mut output = vec![0; encoded_len(input.len()).unwrap()];
        encode(alphabet, input, &mut output);
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn rfc_4648_section_10() {
        for (input, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(
                encoded(&EncodeAlphabet::STANDARD, input.as_bytes()),
                expected
            );
        }
    }

    #[test]
    fn the_last_two_characters_can_be_replaced() {
        let input = [0xfb, 0xff, 0xbf];
        assert_eq!(encoded(&EncodeAlphabet::STANDARD, &input), "+/+/");
        assert_eq!(encoded(&EncodeAlphabet::URL_SAFE, &input), "-_-_");
        assert_eq!(
            encoded(&EncodeAlphabet::with_last_two(*b"[]"), &input),
            "[][]"
        );
    }

    #[test]
    fn the_length_is_known_beforehand_and_never_overflows() {
        assert_eq!(encoded_len(0), Some(0));
        assert_eq!(encoded_len(1), Some(4));
        assert_eq!(encoded_len(3), Some(4));
        assert_eq!(encoded_len(4), Some(8));
        assert_eq!(encoded_len(usize::MAX), None);
        // Three quarters of the address space's half is the most that fits.
        let most = isize::MAX.unsigned_abs() / 4 * 3;
        assert_eq!(encoded_len(most), Some(isize::MAX.unsigned_abs() / 4 * 4));
        assert_eq!(encoded_len(most + 1), None);
    }

    #[test]
    #[should_panic(expected = "room for exactly")]
    fn an_output_of_another_length_is_refused() {
        encode(&EncodeAlphabet::STANDARD, b"abc", &mut [0; 5]);
    }
}
