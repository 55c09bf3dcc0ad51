//! Which character stands for which six bits.

/// The 64 characters of the standard alphabet (RFC 4648, section 4), in order of value.
const STANDARD: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// In a [`DecodeAlphabet`]: the padding character.
pub(crate) const PAD: u8 = 0x40;
/// In a [`DecodeAlphabet`]: a character that stands for nothing.
pub(crate) const NOTHING: u8 = 0xff;

/// For each six bits, the character that stands for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeAlphabet {
    pub(crate) characters: [u8; 64],
}

impl EncodeAlphabet {
    /// The standard alphabet.
    pub const STANDARD: Self = Self {
        characters: STANDARD,
    };
    /// The alphabet that is safe in URLs and file names (RFC 4648, section 5).
    pub const URL_SAFE: Self = Self::with_last_two([b'-', b'_']);

    /// The standard alphabet with these two in the place of `+` and `/`.
    ///
    /// Any two bytes will do, as in Python, even if the outcome cannot be decoded.
    #[must_use]
    pub const fn with_last_two(replacements: [u8; 2]) -> Self {
        let mut characters = STANDARD;
        characters[62] = replacements[0];
        characters[63] = replacements[1];
        Self { characters }
    }
}

/// For each byte: the six bits it stands for, [`PAD`] or [`NOTHING`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeAlphabet {
    pub(crate) meanings: [u8; 256],
}

impl DecodeAlphabet {
    /// The standard alphabet.
    pub const STANDARD: Self = {
        let mut meanings = [NOTHING; 256];
        let mut value = 0;
        while value < 64 {
            meanings[STANDARD[value as usize] as usize] = value;
            value += 1;
        }
        meanings[b'=' as usize] = PAD;
        Self { meanings }
    };
    /// The alphabet that is safe in URLs and file names. It reads `+` and `/` too, as Python does.
    pub const URL_SAFE: Self = Self::with_last_two([b'-', b'_']);

    /// The standard alphabet in which these two *also* stand for what `+` and `/` stand for.
    ///
    /// Python translates the two before it decodes. So they lose any other meaning they had, even that
    /// of padding, `+` and `/` keep theirs, and where both are the same byte the second one counts.
    #[must_use]
    pub const fn with_last_two(additions: [u8; 2]) -> Self {
        let mut meanings = Self::STANDARD.meanings;
        meanings[additions[0] as usize] = 62;
        meanings[additions[1] as usize] = 63;
        Self { meanings }
    }
}
