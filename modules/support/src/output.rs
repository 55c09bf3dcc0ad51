//! New `bytes` objects, written in place.

use core::ffi::c_int;
use core::slice;

use pyo3_ffi::{self as ffi, PyObject};

use crate::{Owned, PyResult, Raised, ThreadContext};

unsafe extern "C" {
    /// Documented C API; pyo3-ffi keeps its declaration to itself.
    fn _PyBytes_Resize(object: *mut *mut PyObject, size: ffi::Py_ssize_t) -> c_int;
}

/// A `bytes` object of `length` bytes, which `write` fills.
///
/// The memory is zeroed first, so that a mistake in `write` cannot show old memory to Python.
///
/// # Errors
/// `MemoryError`
pub fn new_bytes<'py>(
    cx: ThreadContext<'py>,
    length: usize,
    write: impl FnOnce(&mut [u8]),
) -> PyResult<Owned<'py>> {
    try_new_bytes(cx, length, |memory| {
        write(memory);
        Ok(memory.len())
    })
}

/// A `bytes` object for which `write` gets `room` zeroed bytes and answers how many it used.
///
/// # Errors
/// `MemoryError`, or what `write` raises.
pub fn try_new_bytes<'py>(
    cx: ThreadContext<'py>,
    room: usize,
    write: impl FnOnce(&mut [u8]) -> PyResult<usize>,
) -> PyResult<Owned<'py>> {
    let Ok(size) = ffi::Py_ssize_t::try_from(room) else {
        return Err(Raised::no_memory(cx));
    };
    // SAFETY: attached; without a source the interpreter makes an object that nobody else has.
    let object = unsafe {
        Owned::from_returned(cx, ffi::PyBytes_FromStringAndSize(core::ptr::null(), size))
    }?;
    if room == 0 {
        // Every empty `bytes` is the same object: not ours to write to.
        write(&mut [])?;
        return Ok(object);
    }
    // SAFETY: a `bytes` object.
    let start: *mut u8 = unsafe { ffi::PyBytes_AsString(object.borrow().as_ptr()) }.cast();
    // SAFETY: it has `room` bytes.
    unsafe { start.write_bytes(0, room) };
    // SAFETY: they are initialised, and nobody else has seen the object yet.
    let used = write(unsafe { slice::from_raw_parts_mut(start, room) })?.min(room);
    if used == room {
        return Ok(object);
    }
    let mut object = object.into_ptr();
    // `used` is at most `room`, which fits.
    #[allow(clippy::cast_possible_wrap)]
    // SAFETY: the only reference to a `bytes` object; on failure it is released and set to null.
    unsafe {
        _PyBytes_Resize(&raw mut object, used as ffi::Py_ssize_t)
    };
    // SAFETY: the reference that the call left, or null with an exception set.
    unsafe { Owned::from_returned(cx, object) }
}
