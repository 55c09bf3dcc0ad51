//! Base64 as CPython's `base64` and `binascii` modules read and write it.
//!
//! Pure functions over slices: nothing here knows of Python, allocates, or is unsafe. The meaning of
//! malformed input is the one of CPython 3.13's `binascii.a2b_base64`, with and without its strict mode.

#![forbid(unsafe_code)]

mod alphabet;
mod decode;
mod encode;

pub use alphabet::{DecodeAlphabet, EncodeAlphabet};
pub use decode::{DecodeError, Strictness, decode, decoded_room};
pub use encode::{encode, encoded_len};
