//! Module definitions (PEP 489, multi-phase), and the functions that C calls.

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use pyo3_ffi::{self as ffi, PyObject};

use crate::call;
use crate::state::Slot;
use crate::{Arguments, Borrowed, Function, Module, ModuleRef, State, ThreadContext};

/// One Python function of the module `M`.
#[repr(transparent)]
pub struct Method<M> {
    #[allow(dead_code, reason = "read by the interpreter")]
    definition: ffi::PyMethodDef,
    module: PhantomData<fn() -> M>,
}

impl<M: Module> Method<M> {
    /// The method that runs `F`.
    #[must_use]
    pub const fn of<F: Function<M>>() -> Self {
        Self {
            definition: ffi::PyMethodDef {
                ml_name: F::NAME.as_ptr(),
                ml_meth: ffi::PyMethodDefPointer {
                    PyCFunctionFastWithKeywords: call_function::<M, F>,
                },
                ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
                ml_doc: F::DOC.as_ptr(),
            },
            module: PhantomData,
        }
    }
}

/// The functions of the module `M`, as C wants them: an array with an end mark.
#[repr(C)]
pub struct MethodTable<M, const N: usize> {
    methods: [Method<M>; N],
    end: ffi::PyMethodDef,
}

// SAFETY: the pointers lead to constants and functions, and nobody writes through them.
unsafe impl<M, const N: usize> Sync for MethodTable<M, N> {}

impl<M: Module, const N: usize> MethodTable<M, N> {
    /// A table of these functions.
    #[must_use]
    pub const fn new(methods: [Method<M>; N]) -> Self {
        Self {
            methods,
            end: ffi::PyMethodDef::zeroed(),
        }
    }
}

/// The definition of the module `M`. It belongs in a `static`.
pub struct ModuleDef<M> {
    definition: UnsafeCell<ffi::PyModuleDef>,
    module: PhantomData<fn() -> M>,
}

// SAFETY: only the interpreter reads or writes the definition, under its own lock.
unsafe impl<M> Sync for ModuleDef<M> {}

impl<M: Module> ModuleDef<M> {
    /// Each interpreter gets its own copy of the module, with its own GIL or with none: nothing is
    /// shared but constants, and the state is only read after import.
    const SLOTS: &'static [ffi::PyModuleDef_Slot] = &[
        ffi::PyModuleDef_Slot {
            slot: ffi::Py_mod_exec,
            value: exec::<M> as *mut c_void,
        },
        ffi::PyModuleDef_Slot {
            slot: ffi::Py_mod_multiple_interpreters,
            value: ffi::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED,
        },
        #[cfg(Py_3_13)]
        ffi::PyModuleDef_Slot {
            slot: ffi::Py_mod_gil,
            value: ffi::Py_MOD_GIL_NOT_USED,
        },
        ffi::PyModuleDef_Slot {
            slot: 0,
            value: ptr::null_mut(),
        },
    ];

    /// A definition with these functions.
    #[must_use]
    pub const fn new<const N: usize>(methods: &'static MethodTable<M, N>) -> Self {
        Self {
            definition: UnsafeCell::new(ffi::PyModuleDef {
                m_base: ffi::PyModuleDef_HEAD_INIT,
                m_name: M::NAME.as_ptr(),
                m_doc: M::DOC.as_ptr(),
                m_size: Slot::<M::State>::SIZE,
                // The interpreter's fields are not `const`, but it never writes what they point to.
                m_methods: ptr::from_ref(methods).cast_mut().cast(),
                m_slots: Self::SLOTS.as_ptr().cast_mut(),
                m_traverse: Some(traverse::<M::State>),
                m_clear: Some(clear::<M::State>),
                m_free: Some(free::<M::State>),
            }),
            module: PhantomData,
        }
    }

    /// What the module's `PyInit_` function returns.
    pub fn init(&'static self) -> *mut PyObject {
        // SAFETY: the interpreter calls `PyInit_` attached, and the definition lives for ever.
        unsafe { ffi::PyModuleDef_Init(self.definition.get()) }
    }
}

/// Every Python call enters here.
unsafe extern "C" fn call_function<M: Module, F: Function<M>>(
    module: *mut PyObject,
    values: *const *mut PyObject,
    positional: ffi::Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the interpreter calls attached, and stays so until this function returns.
    let cx = unsafe { ThreadContext::assume_attached() };
    call::returning_object(cx, || {
        let module = NonNull::new(module).expect("a module's function is called with its module");
        // SAFETY: the caller keeps the module alive during the call.
        let module = unsafe { Borrowed::from_ptr(module) };
        // SAFETY: this function is reachable only through the table of a `ModuleDef<M>`.
        let module = unsafe { ModuleRef::<M>::new(module) };
        // SAFETY: these are the vectorcall arguments exactly as the interpreter passed them.
        let arguments = unsafe { Arguments::new(cx, values, positional, keywords) };
        F::call(module, arguments)
    })
}

unsafe extern "C" fn exec<M: Module>(module: *mut PyObject) -> c_int {
    // SAFETY: the interpreter calls attached, and stays so until this function returns.
    let cx = unsafe { ThreadContext::assume_attached() };
    let outcome = call::catch(cx, || {
        let object = NonNull::new(module).expect("a module is executed with itself");
        // SAFETY: the caller keeps the module alive during the call.
        let state = M::exec(unsafe { Borrowed::from_ptr(object) })?;
        // SAFETY: the module was made from the definition of `M`, whose state this is, and nobody
        // else can reach the module yet.
        let previous = unsafe { with_slot::<M::State, _>(module, |slot| slot.replace(state)) };
        drop(previous);
        Ok(())
    });
    if outcome.is_ok() { 0 } else { -1 }
}

unsafe extern "C" fn traverse<S: State>(
    module: *mut PyObject,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    let mut outcome = 0;
    // SAFETY: the module was made from a definition with the state `S`, and no other thread runs
    // its code while the collector looks.
    unsafe {
        with_slot::<S, _>(module, |slot| {
            if let Some(state) = slot.get() {
                state.each_object(&mut |object| {
                    if outcome == 0 {
                        // SAFETY: this is how the collector asks to be called.
                        outcome = visit(object.as_ptr(), argument);
                    }
                });
            }
        });
    }
    outcome
}

unsafe extern "C" fn clear<S: State>(module: *mut PyObject) -> c_int {
    // SAFETY: as in `traverse`; nobody can call a module that is garbage.
    let state = unsafe { with_slot::<S, _>(module, Slot::take) };
    // Dropped only now, when the slot is empty: giving a reference back can run any code.
    drop(state);
    0
}

unsafe extern "C" fn free<S: State>(module: *mut c_void) {
    // SAFETY: as in `clear`; a module that was never executed has an empty slot or none.
    let state = unsafe { with_slot::<S, _>(module.cast(), Slot::take) };
    drop(state);
}

/// Runs `body` on the state's memory, when there is any.
///
/// # Safety
/// `module` must be a module made from a definition with the state `S`, and nothing else may use the
/// state while `body` runs.
unsafe fn with_slot<S: State, R>(
    module: *mut PyObject,
    body: impl FnOnce(&mut Slot<S>) -> R,
) -> Option<R> {
    // SAFETY: a module object, attached.
    let memory = unsafe { ffi::PyModule_GetState(module) }.cast::<Slot<S>>();
    // SAFETY: null, or memory of this size and alignment that only we use (see above).
    unsafe { memory.as_mut() }.map(body)
}
