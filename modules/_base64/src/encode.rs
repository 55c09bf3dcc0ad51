//! `b64encode` and its two relatives.

use core::ffi::CStr;

use base64_codec::{EncodeAlphabet, encode, encoded_len};
use module_support::{
    Arguments, Borrowed, Function, Input, ModuleRef, Owned, PyResult, Raised, Signature, new_bytes,
};

use crate::{Base64, altchars};

/// What `binascii` accepts at most; on a 64-bit machine no buffer is that long.
const MOST: usize = (isize::MAX.unsigned_abs() - 3) / 2;

/// `b64encode(s, altchars=None)`
pub(crate) struct B64Encode;

impl Function<Base64> for B64Encode {
    const NAME: &'static CStr = c"b64encode";
    const DOC: &'static CStr = c"b64encode($module, /, s, altchars=None)
--

Return the bytes-like object s encoded with Base64, as bytes.

altchars, a bytes-like object of length 2, gives the characters to use
instead of + and /.";

    fn call<'py>(module: ModuleRef<'py, Base64>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        const SIGNATURE: Signature<2> = Signature {
            function: "b64encode",
            names: [c"s", c"altchars"],
            required: 1,
            positional: 2,
        };
        let [s, altchars] = SIGNATURE.bind(&given)?;
        let input = read(module, s.expect("bind() has checked that s is there"))?;
        match altchars.filter(|altchars| !altchars.is_none()) {
            None => encoded(module, &EncodeAlphabet::STANDARD, &input),
            Some(altchars) => {
                let pair = altchars::for_encoding(altchars)?;
                encoded(module, &EncodeAlphabet::with_last_two(pair), &input)
            }
        }
    }
}

/// `standard_b64encode(s)`
pub(crate) struct StandardB64Encode;

impl Function<Base64> for StandardB64Encode {
    const NAME: &'static CStr = c"standard_b64encode";
    const DOC: &'static CStr = c"standard_b64encode($module, /, s)
--

Return the bytes-like object s encoded with the standard alphabet, as bytes.";

    fn call<'py>(module: ModuleRef<'py, Base64>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        let s = only_argument("standard_b64encode", &given)?;
        encoded(module, &EncodeAlphabet::STANDARD, &read(module, s)?)
    }
}

/// `urlsafe_b64encode(s)`
pub(crate) struct UrlsafeB64Encode;

impl Function<Base64> for UrlsafeB64Encode {
    const NAME: &'static CStr = c"urlsafe_b64encode";
    const DOC: &'static CStr = c"urlsafe_b64encode($module, /, s)
--

Return the bytes-like object s encoded for URLs and file names, as bytes.

The alphabet has - and _ instead of + and /.";

    fn call<'py>(module: ModuleRef<'py, Base64>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        let s = only_argument("urlsafe_b64encode", &given)?;
        encoded(module, &EncodeAlphabet::URL_SAFE, &read(module, s)?)
    }
}

/// The argument of a function whose only parameter is `s`.
pub(crate) fn only_argument<'py>(
    function: &'static str,
    given: &Arguments<'py>,
) -> PyResult<Borrowed<'py>> {
    let signature = Signature {
        function,
        names: [c"s"],
        required: 1,
        positional: 1,
    };
    let [s] = signature.bind(given)?;
    Ok(s.expect("bind() has checked that s is there"))
}

fn read<'py>(module: ModuleRef<'py, Base64>, s: Borrowed<'py>) -> PyResult<Input<'py>> {
    let input = Input::contiguous(s)?;
    if input.len() > MOST {
        let error = module.state()?.error.borrow(module.context());
        return Err(Raised::of_type(error, "Too much data for base64 line"));
    }
    Ok(input)
}

fn encoded<'py>(
    module: ModuleRef<'py, Base64>,
    alphabet: &EncodeAlphabet,
    input: &[u8],
) -> PyResult<Owned<'py>> {
    let cx = module.context();
    let length = encoded_len(input.len()).ok_or_else(|| Raised::no_memory(cx))?;
    new_bytes(cx, length, |output| encode(alphabet, input, output))
}
