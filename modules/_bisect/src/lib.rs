//! `_bisect`: the module that CPython's `bisect.py` imports to be fast, in Rust.
//!
//! It has the functions, parameters, results and exceptions of CPython 3.13's C module, including what
//! the pure Python version does differently: `hi=-1` means the length, numbers have to fit an index,
//! and mappings are refused even when there is nothing to look at.

mod bisect;
mod insort;
mod query;

use module_support::{
    Borrowed, Method, MethodTable, Module, ModuleDef, PyObject, PyResult, State, Stored,
};

/// The module.
struct Bisect;

/// What the module keeps: a name it looks up often.
struct Names {
    /// `'insert'`
    insert: Stored,
}

impl State for Names {
    fn each_object(&self, visit: &mut dyn FnMut(&Stored)) {
        visit(&self.insert);
    }
}

impl Module for Bisect {
    const NAME: &'static core::ffi::CStr = c"_bisect";
    const DOC: &'static core::ffi::CStr = c"Binary search in sorted sequences, in Rust.

The functions find where an item belongs in a list that is sorted, or put it
there, so that the list need not be sorted again after each insertion.";
    type State = Names;

    fn exec(module: Borrowed<'_>) -> PyResult<Names> {
        let insert = module.context().interned(c"insert")?.store();
        Ok(Names { insert })
    }
}

static METHODS: MethodTable<Bisect, 4> = MethodTable::new([
    Method::of::<bisect::BisectRight>(),
    Method::of::<insort::InsortRight>(),
    Method::of::<bisect::BisectLeft>(),
    Method::of::<insort::InsortLeft>(),
]);

static DEFINITION: ModuleDef<Bisect> = ModuleDef::new(&METHODS);

/// What the interpreter calls to import the module.
// SAFETY: the name is the one that the interpreter looks for, and no other module has it: where this
// one is linked statically, it takes the place of the C module.
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__bisect() -> *mut PyObject {
    DEFINITION.init()
}
