//! Properties that hold for all input: every short one is tried, long ones are drawn at random.
//!
//! The generator is a few lines and its seed is fixed, so a failure is always the same failure.

use base64_codec::{
    DecodeAlphabet, DecodeError, EncodeAlphabet, Strictness, decode, decoded_room, encode,
    encoded_len,
};

/// xorshift64*: not for secrets, good enough to wander through inputs.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % limit
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[7]).collect()
    }

    /// Characters with a taste for what makes decoding hard.
    fn characters(&mut self, length: usize) -> Vec<u8> {
        const CHARACTERS: &[u8] = b"AbYz09+/-_==\n \x00\xff";
        (0..length)
            .map(|_| CHARACTERS[self.below(CHARACTERS.len())])
            .collect()
    }
}

fn encoded(alphabet: &EncodeAlphabet, input: &[u8]) -> Vec<u8> {
    let mut output = vec![0; encoded_len(input.len()).unwrap()];
    encode(alphabet, input, &mut output);
    output
}

fn decoded(
    alphabet: &DecodeAlphabet,
    strictness: Strictness,
    input: &[u8],
) -> Result<Vec<u8>, DecodeError> {
    let mut output = vec![0; decoded_room(input.len())];
    let length = decode(alphabet, strictness, input, &mut output)?;
    output.truncate(length);
    Ok(output)
}

/// Each number with so many binary digits, one after the other.
fn zeros_and_ones(numbers: &[u8], width: usize) -> String {
    let digits: Vec<String> = numbers
        .iter()
        .map(|number| format!("{number:0width$b}"))
        .collect();
    digits.concat()
}

/// The bits of `input` as one string of zeros and ones, cut into sixes: encoding by its definition.
fn encoded_by_definition(input: &[u8]) -> Vec<u8> {
    let letters: Vec<u8> = (b'A'..=b'Z')
        .chain(b'a'..=b'z')
        .chain(b'0'..=b'9')
        .chain(*b"+/")
        .collect();
    let mut bits = zeros_and_ones(input, 8);
    while !bits.len().is_multiple_of(6) {
        bits.push('0');
    }
    let mut text: Vec<u8> = (0..bits.len())
        .step_by(6)
        .map(|at| letters[usize::from_str_radix(&bits[at..at + 6], 2).unwrap()])
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push(b'=');
    }
    text
}

/// Lenient decoding, written a second time and differently: first sort out the characters, then
/// collect the bits of what is left.
fn decoded_by_definition(input: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut values, mut pads, mut ended) = (Vec::new(), 0, false);
    for &byte in input {
        if let Some(value) = value(byte) {
            values.push(value);
            pads = 0;
        } else if byte == b'=' && values.len() % 4 >= 2 {
            pads += 1;
            if values.len() % 4 + pads == 4 {
                ended = true;
                break;
            }
        }
    }
    match values.len() % 4 {
        1 => {
            return Err(DecodeError::OneTooMany {
                characters: values.len(),
            });
        }
        2 | 3 if !ended => return Err(DecodeError::IncorrectPadding),
        _ => {}
    }
    let bits = zeros_and_ones(&values, 6);
    Ok((0..bits.len() / 8)
        .map(|byte| u8::from_str_radix(&bits[byte * 8..byte * 8 + 8], 2).unwrap())
        .collect())
}

/// Calls `check` with every string over `letters` of up to `longest` characters.
fn every(letters: &[u8], longest: usize, mut check: impl FnMut(&[u8])) -> usize {
    let mut strings = vec![Vec::new()];
    let mut tried = 0;
    for _ in 0..=longest {
        let mut longer = Vec::new();
        for string in &strings {
            check(string);
            tried += 1;
            longer.extend(
                letters
                    .iter()
                    .map(|&letter| [&string[..], &[letter]].concat()),
            );
        }
        strings = longer;
    }
    tried
}

fn inputs() -> impl Iterator<Item = Vec<u8>> {
    let mut random = Random(0x005e_ed0f_ba5e_6464);
    (0..2000).map(move |_| {
        let length = random.below(200);
        random.bytes(length)
    })
}

#[test]
fn encoding_is_what_its_definition_says() {
    for byte in 0..=255 {
        assert_eq!(
            encoded(&EncodeAlphabet::STANDARD, &[byte]),
            encoded_by_definition(&[byte])
        );
    }
    for input in inputs() {
        assert_eq!(
            encoded(&EncodeAlphabet::STANDARD, &input),
            encoded_by_definition(&input)
        );
    }
}

#[test]
fn what_was_encoded_decodes_to_itself_even_strictly() {
    for input in inputs() {
        for (there, back) in [
            (EncodeAlphabet::STANDARD, DecodeAlphabet::STANDARD),
            (EncodeAlphabet::URL_SAFE, DecodeAlphabet::URL_SAFE),
            (
                EncodeAlphabet::with_last_two(*b"*$"),
                DecodeAlphabet::with_last_two(*b"*$"),
            ),
        ] {
            let text = encoded(&there, &input);
            assert_eq!(
                decoded(&back, Strictness::Strict, &text).as_ref(),
                Ok(&input)
            );
            assert_eq!(
                decoded(&back, Strictness::Lenient, &text).as_ref(),
                Ok(&input)
            );
        }
    }
}

#[test]
fn lenient_decoding_is_what_its_definition_says_for_every_short_input() {
    let tried = every(b"AZ9/=\n", 7, |input| {
        let outcome = decoded(&DecodeAlphabet::STANDARD, Strictness::Lenient, input);
        assert_eq!(outcome, decoded_by_definition(input), "{input:?}");
    });
    assert_eq!(
        tried,
        (0..=7).map(|length| 6_usize.pow(length)).sum::<usize>()
    );
}

#[test]
fn lenient_decoding_is_what_its_definition_says_for_long_input() {
    let mut random = Random(0x00c0_ffee);
    for _ in 0..5000 {
        let length = random.below(60);
        let input = random.characters(length);
        let outcome = decoded(&DecodeAlphabet::STANDARD, Strictness::Lenient, &input);
        assert_eq!(outcome, decoded_by_definition(&input), "{input:?}");
    }
}

#[test]
fn strict_accepts_only_what_lenient_reads_the_same_way() {
    let mut accepted = 0;
    every(b"AQ=-", 8, |input| {
        let strict = decoded(&DecodeAlphabet::STANDARD, Strictness::Strict, input);
        if let Ok(bytes) = strict {
            accepted += 1;
            let lenient = decoded(&DecodeAlphabet::STANDARD, Strictness::Lenient, input);
            assert_eq!(lenient.as_ref(), Ok(&bytes), "{input:?}");
            let padding = input.iter().rev().take_while(|&&byte| byte == b'=').count();
            assert!(padding <= 2 && input.len().is_multiple_of(4), "{input:?}");
            assert!(!input[..input.len() - padding].contains(&b'='), "{input:?}");
        }
    });
    // Of the alphabet's two characters: 1 + (16 + 8 + 4) + 16 * (16 + 8 + 4).
    assert_eq!(accepted, 1 + 28 + 16 * 28);
}

#[test]
fn an_alternative_alphabet_is_a_translation_before_decoding() {
    let mut random = Random(0xa17);
    for _ in 0..5000 {
        let pair: [u8; 2] = random.characters(2).try_into().unwrap();
        let length = random.below(40);
        let input = random.characters(length);
        let translated: Vec<u8> = input
            .iter()
            .map(|&byte| match byte {
                byte if byte == pair[1] => b'/',
                byte if byte == pair[0] => b'+',
                byte => byte,
            })
            .collect();
        for strictness in [Strictness::Lenient, Strictness::Strict] {
            assert_eq!(
                decoded(&DecodeAlphabet::with_last_two(pair), strictness, &input),
                decoded(&DecodeAlphabet::STANDARD, strictness, &translated),
                "{input:?} with {pair:?}"
            );
        }
    }
}

#[test]
fn the_room_asked_for_is_always_enough() {
    for length in 0..100 {
        let text = vec![b'A'; length];
        // Would panic by indexing past the end.
        let _ = decoded(&DecodeAlphabet::STANDARD, Strictness::Lenient, &text);
        assert!(decoded_room(length) >= length * 3 / 4);
    }
    assert!(decoded_room(usize::MAX) < usize::MAX);
}
