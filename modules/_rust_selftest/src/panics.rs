//! Panics of every kind.

use core::ffi::CStr;
use std::panic::panic_any;

use module_support::{
    Arguments, Borrowed, Exception, Function, ModuleRef, Owned, PyResult, Raised, Signature,
};

use crate::Selftest;

/// `panic(kind)`
pub(crate) struct Panic;

impl Function<Selftest> for Panic {
    const NAME: &'static CStr = c"panic";
    const DOC: &'static CStr = c"panic($module, /, kind)
--

Panic in the way of this name; without one of that name, return it.";

    fn call<'py>(module: ModuleRef<'py, Selftest>, given: Arguments<'py>) -> PyResult<Owned<'py>> {
        const SIGNATURE: Signature<1> = Signature {
            function: "panic",
            names: [c"kind"],
            required: 1,
            positional: 1,
        };
        let [kind] = SIGNATURE.bind(&given)?;
        let kind: Borrowed<'py> = kind.expect("bind() has checked that kind is there");
        // A reference that is held when the panic comes: unwinding must give it back.
        let held = kind.to_owned();
        match kind.to_text()?.as_str() {
            "literal" => panic!("a literal"),
            "formatted" => panic!("formatted: {}", held.borrow().type_name()?),
            "payload" => panic_any(42),
            "bomb" => panic_any(Bomb),
            "index" => assert_eq!([1, 2, 3][given.count() + 5], 0),
            "nul" => panic!("before\0after"),
            "long" => panic!("{}", "x".repeat(100_000)),
            "raised" => {
                let raised = Raised::new(module.context(), Exception::Value, "was set before");
                panic!("with an exception set: {raised:?}");
            }
            _ => {}
        }
        Ok(held)
    }
}

/// A panic payload that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a second panic");
    }
}
