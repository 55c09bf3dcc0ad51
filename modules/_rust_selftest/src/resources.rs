//! Memory and buffers.

use core::ffi::CStr;

use module_support::{
    Arguments, Borrowed, Function, Input, ModuleRef, Owned, PyResult, Signature, new_bytes,
    try_new_bytes,
};

use crate::Selftest;

fn only_argument<'py>(function: &'static str, given: &Arguments<'py>) -> PyResult<Borrowed<'py>> {
    let signature = Signature {
        function,
        names: [c"value"],
        required: 1,
        positional: 1,
    };
    let [value] = signature.bind(given)?;
    Ok(value.expect("bind() has checked that value is there"))
}

/// `allocate(value)`
pub(crate) struct Allocate;

impl Function<Selftest> for Allocate {
    const NAME: &'static CStr = c"allocate";
    const DOC: &'static CStr = c"allocate($module, /, value)
--

Return the first half of a new bytes object of this length, untouched.";

    fn call<'py>(module: ModuleRef<'py, Selftest>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        let room = only_argument("allocate", &given)?
            .to_isize()?
            .unsigned_abs();
        try_new_bytes(module.context(), room, |memory| Ok(memory.len() / 2))
    }
}

/// `contiguous(value)`
pub(crate) struct Contiguous;

impl Function<Selftest> for Contiguous {
    const NAME: &'static CStr = c"contiguous";
    const DOC: &'static CStr = c"contiguous($module, /, value)
--

Return the bytes of an object with a contiguous buffer.";

    fn call<'py>(module: ModuleRef<'py, Selftest>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        copied(
            module,
            &Input::contiguous(only_argument("contiguous", &given)?)?,
        )
    }
}

/// `gathered(value)`
pub(crate) struct Gathered;

impl Function<Selftest> for Gathered {
    const NAME: &'static CStr = c"gathered";
    const DOC: &'static CStr = c"gathered($module, /, value)
--

Return the bytes of an object with any buffer, in C order.";

    fn call<'py>(module: ModuleRef<'py, Selftest>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        copied(module, &Input::any(only_argument("gathered", &given)?)?)
    }
}

fn copied<'py>(module: ModuleRef<'py, Selftest>, input: &[u8]) -> PyResult<Owned<'py>> {
    new_bytes(module.context(), input.len(), |memory| {
        memory.copy_from_slice(input);
    })
}
