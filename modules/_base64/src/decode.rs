//! `b64decode` and its two relatives.

use core::ffi::CStr;

use base64_codec::{DecodeAlphabet, Strictness, decode, decoded_room};
use module_support::{
    Arguments, Borrowed, Exception, Function, Input, ModuleRef, Owned, PyResult, Raised, Signature,
    try_new_bytes,
};

use crate::encode::only_argument;
use crate::{Base64, altchars};

/// `b64decode(s, altchars=None, validate=False)`
pub(crate) struct B64Decode;

impl Function<Base64> for B64Decode {
    const NAME: &'static CStr = c"b64decode";
    const DOC: &'static CStr = c"b64decode($module, /, s, altchars=None, validate=False)
--

Return the bytes that the bytes-like object or ASCII string s stands for.

altchars, a bytes-like object or ASCII string of length 2, gives characters
to read like + and /.

Characters outside the alphabet are skipped, unless validate is true: then
they raise binascii.Error, as wrong padding always does.";

    fn call<'py>(module: ModuleRef<'py, Base64>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        const SIGNATURE: Signature<3> = Signature {
            function: "b64decode",
            names: [c"s", c"altchars", c"validate"],
            required: 1,
            positional: 3,
        };
        let [s, altchars, validate] = SIGNATURE.bind(&given)?;
        let input = read(s.expect("bind() has checked that s is there"))?;
        let pair = match altchars.filter(|altchars| !altchars.is_none()) {
            None => None,
            Some(altchars) => Some(altchars::for_decoding(altchars)?),
        };
        let strict = validate.map_or(Ok(false), Borrowed::is_true)?;
        let strictness = if strict {
            Strictness::Strict
        } else {
            Strictness::Lenient
        };
        match pair {
            None => decoded(module, &DecodeAlphabet::STANDARD, strictness, &input),
            Some(pair) => decoded(
                module,
                &DecodeAlphabet::with_last_two(pair),
                strictness,
                &input,
            ),
        }
    }
}

/// `standard_b64decode(s)`
pub(crate) struct StandardB64Decode;

impl Function<Base64> for StandardB64Decode {
    const NAME: &'static CStr = c"standard_b64decode";
    const DOC: &'static CStr = c"standard_b64decode($module, /, s)
--

Return the bytes that s stands for in the standard alphabet.

Other characters are skipped. Wrong padding raises binascii.Error.";

    fn call<'py>(module: ModuleRef<'py, Base64>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        let s = only_argument("standard_b64decode", &given)?;
        decoded(
            module,
            &DecodeAlphabet::STANDARD,
            Strictness::Lenient,
            &read(s)?,
        )
    }
}

/// `urlsafe_b64decode(s)`
pub(crate) struct UrlsafeB64Decode;

impl Function<Base64> for UrlsafeB64Decode {
    const NAME: &'static CStr = c"urlsafe_b64decode";
    const DOC: &'static CStr = c"urlsafe_b64decode($module, /, s)
--

Return the bytes that s stands for, where - and _ mean the same as + and /.

Other characters are skipped. Wrong padding raises binascii.Error.";

    fn call<'py>(module: ModuleRef<'py, Base64>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        let s = only_argument("urlsafe_b64decode", &given)?;
        decoded(
            module,
            &DecodeAlphabet::URL_SAFE,
            Strictness::Lenient,
            &read(s)?,
        )
    }
}

/// The characters of an argument to decode: ASCII `str`, or anything with a buffer.
pub(crate) fn read(object: Borrowed<'_>) -> PyResult<Input<'_>> {
    if let Some(text) = Input::ascii(object)? {
        return Ok(text);
    }
    // base64.py hands these two on to binascii as they are, and copies the buffer of all others, so
    // that one which is not contiguous will do.
    if object.is_bytes_or_bytearray() {
        return Input::contiguous(object);
    }
    Input::any(object).map_err(|raised| {
        if !raised.matches(Exception::Type) {
            return raised;
        }
        match object.type_name() {
            Ok(kind) => {
                let message =
                    format!("argument should be a bytes-like object or ASCII string, not '{kind}'");
                Raised::new(object.context(), Exception::Type, &message)
            }
            Err(raised) => raised,
        }
    })
}

fn decoded<'py>(
    module: ModuleRef<'py, Base64>,
    alphabet: &DecodeAlphabet,
    strictness: Strictness,
    input: &[u8],
) -> PyResult<Owned<'py>> {
    let state = module.state()?;
    let cx = module.context();
    try_new_bytes(cx, decoded_room(input.len()), |output| {
        decode(alphabet, strictness, input, output)
            .map_err(|error| Raised::of_type(state.error.borrow(cx), &error.to_string()))
    })
}
