//! The `altchars` argument, with the checks of `base64.py` in its order.

use module_support::{Borrowed, Exception, Input, PyResult, Raised, new_bytes};

use crate::decode;

/// For `b64encode`: a bytes-like object.
pub(crate) fn for_encoding(altchars: Borrowed<'_>) -> PyResult<[u8; 2]> {
    if altchars.length()? != 2 {
        return Err(not_two(altchars));
    }
    // Two items need not be two bytes: Python finds that out in bytes.maketrans().
    let input = Input::contiguous(altchars)?;
    as_pair(&input).ok_or_else(|| {
        let message = "maketrans arguments must have same length";
        Raised::new(altchars.context(), Exception::Value, message)
    })
}

/// For `b64decode`: a bytes-like object or an ASCII string.
pub(crate) fn for_decoding(altchars: Borrowed<'_>) -> PyResult<[u8; 2]> {
    let input = decode::read(altchars)?;
    if let Some(pair) = as_pair(&input) {
        return Ok(pair);
    }
    // The message shows the characters as they are by now: as `bytes`, unless they were that before.
    if altchars.is_bytes_or_bytearray() {
        return Err(not_two(altchars));
    }
    let bytes = new_bytes(altchars.context(), input.len(), |memory| {
        memory.copy_from_slice(&input);
    })?;
    Err(not_two(bytes.borrow()))
}

fn as_pair(bytes: &[u8]) -> Option<[u8; 2]> {
    bytes.try_into().ok()
}

fn not_two(altchars: Borrowed<'_>) -> Raised {
    match altchars.repr().and_then(|repr| repr.borrow().to_text()) {
        Ok(text) => Raised::new(altchars.context(), Exception::Assertion, &text),
        Err(raised) => raised,
    }
}
