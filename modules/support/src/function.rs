//! What a module has to say about itself and its functions.

use core::ffi::CStr;
use core::marker::PhantomData;

use pyo3_ffi as ffi;

use crate::state::Slot;
use crate::{Arguments, Borrowed, Exception, Owned, PyResult, Raised, State, ThreadContext};

/// An extension module.
pub trait Module: Sized + 'static {
    /// The import name.
    const NAME: &'static CStr;
    /// The module's docstring.
    const DOC: &'static CStr;
    /// What the module keeps between calls.
    type State: State;

    /// Runs at import, once per interpreter.
    ///
    /// # Errors
    /// Whatever makes the import fail.
    fn exec(module: Borrowed<'_>) -> PyResult<Self::State>;
}

/// A function of the module `M`.
pub trait Function<M: Module> {
    /// Its name in Python.
    const NAME: &'static CStr;
    /// Its docstring. A first line `name($module, …)`, a line `--` and an empty line give it a
    /// signature that `inspect` understands.
    const DOC: &'static CStr;

    /// Runs it.
    ///
    /// # Errors
    /// Whatever the function raises.
    fn call<'py>(module: ModuleRef<'py, M>, arguments: Arguments<'py>) -> PyResult<Owned<'py>>;
}

/// The module object, as one of its functions sees it.
pub struct ModuleRef<'py, M> {
    object: Borrowed<'py>,
    module: PhantomData<fn() -> M>,
}

impl<M> Clone for ModuleRef<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for ModuleRef<'_, M> {}

impl<'py, M: Module> ModuleRef<'py, M> {
    /// Wraps the module object.
    ///
    /// # Safety
    /// `object` must be a module made from the definition of `M`.
    pub(crate) unsafe fn new(object: Borrowed<'py>) -> Self {
        Self {
            object,
            module: PhantomData,
        }
    }

    /// The context of this call.
    #[must_use]
    pub fn context(self) -> ThreadContext<'py> {
        self.object.context()
    }

    /// The module's state.
    ///
    /// # Errors
    /// `SystemError` when the interpreter has already taken the module apart.
    pub fn state(self) -> PyResult<&'py M::State> {
        // SAFETY: the object is a module (see `new`).
        let memory =
            unsafe { ffi::PyModule_GetState(self.object.as_ptr()) }.cast::<Slot<M::State>>();
        // SAFETY: null, or the zeroed or filled memory that the definition of `M` asked for. It is
        // written at import and when the interpreter takes the module apart, and neither can happen
        // during a call, whose caller keeps the module alive.
        unsafe { memory.as_ref() }
            .and_then(Slot::get)
            .ok_or_else(|| {
                Raised::new(self.context(), Exception::System, "the module has no state")
            })
    }
}
