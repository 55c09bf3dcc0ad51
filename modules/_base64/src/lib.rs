//! `_base64`: the functions of CPython's `base64` module that concern Base64, in Rust.
//!
//! `standard_b64encode` is what the Rust-for-CPython fork has; the others are its natural siblings, with
//! the parameters, results and exceptions of `base64.py` in CPython 3.13, so that each can take the
//! place of the function of the same name (`tests/bind.py` does that).
//!
//! One thing differs: where `base64.py` has `assert`, this raises `AssertionError` under `python -O` too.

mod altchars;
mod decode;
mod encode;

use module_support::{
    Borrowed, Method, MethodTable, Module, ModuleDef, PyObject, PyResult, State, Stored,
};

/// The module.
struct Base64;

/// What the module keeps: the exception it raises.
struct Imported {
    /// `binascii.Error`
    error: Stored,
}

impl State for Imported {
    fn each_object(&self, visit: &mut dyn FnMut(&Stored)) {
        visit(&self.error);
    }
}

impl Module for Base64 {
    const NAME: &'static core::ffi::CStr = c"_base64";
    const DOC: &'static core::ffi::CStr = c"Base64 encoding and decoding (RFC 4648), in Rust.";
    type State = Imported;

    fn exec(module: Borrowed<'_>) -> PyResult<Imported> {
        let binascii = module.context().import(c"binascii")?;
        let error = binascii.borrow().attribute(c"Error")?.store();
        Ok(Imported { error })
    }
}

static METHODS: MethodTable<Base64, 6> = MethodTable::new([
    Method::of::<encode::B64Encode>(),
    Method::of::<encode::StandardB64Encode>(),
    Method::of::<encode::UrlsafeB64Encode>(),
    Method::of::<decode::B64Decode>(),
    Method::of::<decode::StandardB64Decode>(),
    Method::of::<decode::UrlsafeB64Decode>(),
]);

static DEFINITION: ModuleDef<Base64> = ModuleDef::new(&METHODS);

/// What the interpreter calls to import the module.
// SAFETY: the name is the one that the interpreter looks for, and no other module has it.
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__base64() -> *mut PyObject {
    DEFINITION.init()
}
