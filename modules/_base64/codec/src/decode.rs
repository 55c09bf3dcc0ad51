//! From characters to bytes, with CPython's idea of malformed input.
//!
//! Without strictness, characters outside the alphabet and stray padding are skipped, and decoding ends
//! at the padding that completes a group of four. With strictness each of those is an error of its own.

use core::fmt;

use crate::DecodeAlphabet;
use crate::alphabet::{NOTHING, PAD};

/// What to do with characters that do not belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Skip what is not in the alphabet, and whatever follows the padding.
    Lenient,
    /// Only the alphabet, then exactly the padding that is due, then nothing.
    Strict,
}

/// Why input was refused. The texts are those of CPython's `binascii.Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Strict: the input starts with padding.
    LeadingPadding,
    /// Strict: padding where a group of four has just ended.
    ExcessPadding,
    /// Strict: something follows the padding that ends the input.
    ExcessData,
    /// Strict: a character outside the alphabet.
    NotInAlphabet,
    /// Strict: a character of the alphabet within the padding.
    DiscontinuousPadding,
    /// The last group has two or three characters and not the padding that is due.
    IncorrectPadding,
    /// The last group has a single character, which is less than a byte.
    OneTooMany {
        /// How many characters of the alphabet there were.
        characters: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LeadingPadding => "Leading padding not allowed",
            Self::ExcessPadding => "Excess padding not allowed",
            Self::ExcessData => "Excess data after padding",
            Self::NotInAlphabet => "Only base64 data is allowed",
            Self::DiscontinuousPadding => "Discontinuous padding not allowed",
            Self::IncorrectPadding => "Incorrect padding",
            Self::OneTooMany { characters } => {
                return write!(
                    f,
                    "Invalid base64-encoded string: number of data characters ({characters}) \
                     cannot be 1 more than a multiple of 4"
                );
            }
        })
    }
}

impl core::error::Error for DecodeError {}

/// How much room decoding `length` characters can take at most. The outcome is often shorter.
#[must_use]
pub const fn decoded_room(length: usize) -> usize {
    // A group of four becomes three bytes; a group that is not complete becomes fewer than it has
    // characters. Written so that it cannot overflow.
    length / 4 * 3 + length % 4
}

/// Reads characters into `output` and answers how many bytes they were.
///
/// # Errors
/// [`DecodeError`]; what `output` holds then has no meaning.
///
/// # Panics
/// When `output` is shorter than [`decoded_room`] of the input.
pub fn decode(
    alphabet: &DecodeAlphabet,
    strictness: Strictness,
    input: &[u8],
    output: &mut [u8],
) -> Result<usize, DecodeError> {
    assert!(
        output.len() >= decoded_room(input.len()),
        "the output must have room for the most"
    );
    // Well-formed input, nearly all of it, takes the short way: whole groups of the alphabet. The
    // careful loop then starts between two groups, as if it had read them itself.
    let groups = decode_groups(alphabet, input, output);
    let tail = Tail {
        input,
        at: groups * 4,
        written: groups * 3,
    };
    tail.decode(alphabet, strictness == Strictness::Strict, output)
}

/// Reads as many whole groups of four from the start as are all of the alphabet; answers how many.
fn decode_groups(alphabet: &DecodeAlphabet, input: &[u8], output: &mut [u8]) -> usize {
    let (quads, _) = input.as_chunks::<4>();
    let (triples, _) = output.as_chunks_mut::<3>();
    let mut done = 0;
    for (quad, triple) in quads.iter().zip(triples) {
        let [a, b, c, d] = quad.map(|byte| alphabet.meanings[usize::from(byte)]);
        // Six bits each, unless one of them is PAD or NOTHING, which have a higher bit.
        if (a | b | c | d) & !0x3f != 0 {
            break;
        }
        let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
        let [_, first, second, third] = bits.to_be_bytes();
        *triple = [first, second, third];
        done += 1;
    }
    done
}

/// The input from the first group on that is not simply four characters of the alphabet.
struct Tail<'a> {
    input: &'a [u8],
    /// Index of the next character.
    at: usize,
    /// Bytes written so far.
    written: usize,
}

impl Tail<'_> {
    fn decode(
        mut self,
        alphabet: &DecodeAlphabet,
        strict: bool,
        output: &mut [u8],
    ) -> Result<usize, DecodeError> {
        let meaning = |byte: u8| alphabet.meanings[usize::from(byte)];
        if strict
            && self
                .input
                .first()
                .is_some_and(|&first| meaning(first) == PAD)
        {
            return Err(DecodeError::LeadingPadding);
        }
        // The group being read: how many characters, their bits that are not written yet, and how
        // much padding followed the last one.
        let (mut quad, mut bits, mut pads) = (0, 0, 0);
        let mut padding_started = false;
        while let Some(&byte) = self.input.get(self.at) {
            self.at += 1;
            let value = match meaning(byte) {
                PAD => {
                    padding_started = true;
                    if strict && quad == 0 {
                        return Err(DecodeError::ExcessPadding);
                    }
                    if quad >= 2 {
                        pads += 1;
                        if quad + pads >= 4 {
                            let more = self.at < self.input.len();
                            let refused = strict && more;
                            return if refused {
                                Err(DecodeError::ExcessData)
                            } else {
                                Ok(self.written)
                            };
                        }
                    }
                    continue;
                }
                NOTHING if strict => return Err(DecodeError::NotInAlphabet),
                NOTHING => continue,
                value => value,
            };
            if strict && padding_started {
                return Err(DecodeError::DiscontinuousPadding);
            }
            pads = 0;
            // Of the 6 bits, those that complete a byte go out, the others wait.
            let complete = match quad {
                0 => None,
                1 => Some(bits << 2 | value >> 4),
                2 => Some(bits << 4 | value >> 2),
                _ => Some(bits << 6 | value),
            };
            if let Some(byte) = complete {
                output[self.written] = byte;
                self.written += 1;
            }
            bits = value;
            quad = (quad + 1) % 4;
        }
        match quad {
            0 => Ok(self.written),
            1 => Err(DecodeError::OneTooMany {
                characters: self.written / 3 * 4 + 1,
            }),
            _ => Err(DecodeError::IncorrectPadding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(strictness: Strictness, input: &[u8]) -> Result<Vec<u8>, DecodeError> {
        let mut output = vec![0; decoded_room(input.len())];
        let length = decode(&DecodeAlphabet::STANDARD, strictness, input, &mut output)?;
        output.truncate(length);
        Ok(output)
    }

    #[test]
    fn lenient_skips_what_does_not_belong() {
        for (input, expected) in [
            (&b"YW Jj\n"[..], &b"abc"[..]),
            (b"=YWJj", b"abc"),
            (b"Y=WJj", b"abc"),
            (b"YWI=junk", b"ab"),
            (b"YW=I=", b"ab"),
            (b"[==", b""),
            (b"@@", b""),
        ] {
            assert_eq!(
                read(Strictness::Lenient, input).as_deref(),
                Ok(expected),
                "{input:?}"
            );
        }
    }

    #[test]
    fn strict_says_what_is_wrong() {
        for (input, expected) in [
            (&b"=YWJj"[..], DecodeError::LeadingPadding),
            (b"YWJj=", DecodeError::ExcessPadding),
            (b"YWI=YWI=", DecodeError::ExcessData),
            (b"YW\nJj", DecodeError::NotInAlphabet),
            (b"YW=I", DecodeError::DiscontinuousPadding),
            (b"YW=", DecodeError::IncorrectPadding),
            (b"YWJjY", DecodeError::OneTooMany { characters: 5 }),
        ] {
            assert_eq!(read(Strictness::Strict, input), Err(expected), "{input:?}");
        }
    }

    #[test]
    fn both_need_whole_bytes_and_padding() {
        for strictness in [Strictness::Lenient, Strictness::Strict] {
            assert_eq!(read(strictness, b"YW"), Err(DecodeError::IncorrectPadding));
            assert_eq!(read(strictness, b"YWI"), Err(DecodeError::IncorrectPadding));
            assert_eq!(
                read(strictness, b"Y"),
                Err(DecodeError::OneTooMany { characters: 1 })
            );
        }
    }

    #[test]
    fn added_characters_lose_their_own_meaning() {
        let alphabet = DecodeAlphabet::with_last_two(*b"=A");
        let mut output = [0; 3];
        let length = decode(&alphabet, Strictness::Strict, b"=A+/", &mut output);
        assert_eq!((length, output), (Ok(3), [0xfb, 0xff, 0xbf]));
    }

    #[test]
    #[should_panic(expected = "room for the most")]
    fn too_little_room_is_refused() {
        let _ = decode(
            &DecodeAlphabet::STANDARD,
            Strictness::Lenient,
            b"YWJj",
            &mut [0; 2],
        );
    }
}
