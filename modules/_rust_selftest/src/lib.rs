//! `_rust_selftest`: everything that must not go wrong at the C boundary, going wrong on purpose.
//!
//! There is no other way to test that a panic becomes an exception: a module that is correct has none.

#![allow(clippy::panic, reason = "that is what this module is for")]

mod broken;
mod panics;
mod resources;

use core::ffi::CStr;

use module_support::{Borrowed, Method, MethodTable, Module, ModuleDef, PyObject, PyResult};

/// The module.
struct Selftest;

impl Module for Selftest {
    const NAME: &'static CStr = c"_rust_selftest";
    const DOC: &'static CStr = c"Misbehaves on purpose, to test what Rust modules are built on.";
    type State = ();

    fn exec(_module: Borrowed<'_>) -> PyResult<()> {
        Ok(())
    }
}

static METHODS: MethodTable<Selftest, 4> = MethodTable::new([
    Method::of::<panics::Panic>(),
    Method::of::<resources::Allocate>(),
    Method::of::<resources::Contiguous>(),
    Method::of::<resources::Gathered>(),
]);

static DEFINITION: ModuleDef<Selftest> = ModuleDef::new(&METHODS);

/// What the interpreter calls to import the module.
// SAFETY: the name is the one that the interpreter looks for, and no other module has it.
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__rust_selftest() -> *mut PyObject {
    DEFINITION.init()
}

static BROKEN_METHODS: MethodTable<broken::Broken, 1> =
    MethodTable::new([Method::of::<broken::Nothing>()]);

static BROKEN_DEFINITION: ModuleDef<broken::Broken> = ModuleDef::new(&BROKEN_METHODS);

/// A second module in the same file, for a loader that is given this name.
// SAFETY: the name is the one that the interpreter looks for, and no other module has it.
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__rust_selftest_broken() -> *mut PyObject {
    BROKEN_DEFINITION.init()
}
