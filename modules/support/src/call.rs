//! The C boundary: no panic crosses it.

use core::any::Any;
use core::ptr;
use std::panic::{self, AssertUnwindSafe};

use pyo3_ffi::PyObject;

use crate::{Exception, Owned, PyResult, Raised, ThreadContext};

/// Runs the body of a function that C called and turns its outcome into what C expects.
pub(crate) fn returning_object<'py>(
    cx: ThreadContext<'py>,
    body: impl FnOnce() -> PyResult<Owned<'py>>,
) -> *mut PyObject {
    match catch(cx, body) {
        Ok(object) => object.into_ptr(),
        Err(Raised { .. }) => ptr::null_mut(),
    }
}

/// Runs `body`; a panic becomes `SystemError` with the panic's own message.
///
/// Memory that cannot be had is no panic: everything whose size depends on input is allocated
/// fallibly and raises `MemoryError`.
pub(crate) fn catch<T>(cx: ThreadContext<'_>, body: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    // Unwind safe: after a panic nothing of the closure's is used again.
    match panic::catch_unwind(AssertUnwindSafe(body)) {
        Ok(outcome) => outcome,
        Err(payload) => {
            let raised = Raised::new(cx, Exception::System, &message(&*payload));
            // A payload with a destructor that panics must not unwind into C either.
            if let Err(second) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                core::mem::forget(second);
            }
            Err(raised)
        }
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    format!("panic in a Rust extension module: {text}")
}
