//! A module whose import panics.

use core::ffi::CStr;

use module_support::{
    Arguments, Borrowed, Function, Module, ModuleRef, Owned, PyResult, State, Stored,
};

/// The module.
pub(crate) struct Broken;

/// Its state, which is never made.
pub(crate) struct Never {
    object: Stored,
}

impl State for Never {
    fn each_object(&self, visit: &mut dyn FnMut(&Stored)) {
        visit(&self.object);
    }
}

impl Module for Broken {
    const NAME: &'static CStr = c"_rust_selftest_broken";
    const DOC: &'static CStr = c"Cannot be imported.";
    type State = Never;

    fn exec(module: Borrowed<'_>) -> PyResult<Never> {
        let object = module.context().interned(c"held")?.store();
        let state = Never { object };
        let named = module.attribute(c"__name__")?.borrow().is_true()?;
        assert!(!named, "while being imported");
        Ok(state)
    }
}

/// A function that nobody can reach.
pub(crate) struct Nothing;

impl Function<Broken> for Nothing {
    const NAME: &'static CStr = c"nothing";
    const DOC: &'static CStr = c"Do nothing.";

    fn call<'py>(module: ModuleRef<'py, Broken>, _given: Arguments<'py>) -> PyResult<Owned<'py>> {
        let state = module.state()?;
        Ok(state.object.borrow(module.context()).to_owned())
    }
}
