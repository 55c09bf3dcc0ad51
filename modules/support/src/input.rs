//! The bytes of an argument, safe to read.
//!
//! # Why a copy
//! A Rust slice promises that nobody writes to its memory. The buffer protocol promises no such
//! thing: a `bytearray` or an `mmap` can be written by another thread, by a C function that let go of
//! the GIL (`readinto`), or at any moment on a free-threaded build; a read-only `memoryview` may look
//! at writable memory. So only an exact `bytes` and an ASCII `str`, which never change, are lent
//! out as they are. Everything else is copied once, by CPython's own C code, and its buffer is
//! released before anything else happens: it cannot stay exported, whatever fails later.

use core::ffi::c_char;
use core::mem::MaybeUninit;
use core::ops::Deref;
use core::slice;

use pyo3_ffi as ffi;

use crate::{Borrowed, Exception, PyResult, Raised};

/// Bytes that stay as they are for `'a`.
pub enum Input<'a> {
    /// The memory of an object that never changes.
    Lent(&'a [u8]),
    /// A copy of what a buffer held.
    Copied(Vec<u8>),
}

impl Deref for Input<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Lent(bytes) => bytes,
            Self::Copied(bytes) => bytes,
        }
    }
}

impl<'a> Input<'a> {
    /// The bytes of an object with a C-contiguous buffer, whatever its shape and format.
    ///
    /// # Errors
    /// `TypeError` without a buffer, `BufferError` when it is not contiguous, `MemoryError`.
    pub fn contiguous(object: Borrowed<'a>) -> PyResult<Self> {
        Self::read(object, ffi::PyBUF_SIMPLE)
    }

    /// The bytes of an object with a buffer, gathered in C order when it is not contiguous: what
    /// `memoryview(object).tobytes()` gives.
    ///
    /// # Errors
    /// `TypeError` without a buffer, `MemoryError`.
    pub fn any(object: Borrowed<'a>) -> PyResult<Self> {
        Self::read(object, ffi::PyBUF_FULL_RO)
    }

    /// The characters of a `str`, or `None` when the object is no `str`.
    ///
    /// # Errors
    /// `ValueError` when there is a character beyond ASCII.
    pub fn ascii(object: Borrowed<'a>) -> PyResult<Option<Self>> {
        // SAFETY: a live object.
        if unsafe { ffi::PyUnicode_Check(object.as_ptr()) } == 0 {
            return Ok(None);
        }
        let mut length = 0;
        // SAFETY: a live `str`; the length is written when the answer is not null.
        let text = unsafe { ffi::PyUnicode_AsUTF8AndSize(object.as_ptr(), &raw mut length) };
        if text.is_null() {
            let raised = Raised::already_set(object.context());
            // A lone surrogate has no UTF-8 form; any other failure is reported as it is.
            return Err(if raised.matches(Exception::UnicodeEncode) {
                not_ascii(object)
            } else {
                raised
            });
        }
        // SAFETY: a `str` never changes, and keeps its UTF-8 form, of this length, as long as it lives.
        let bytes: &'a [u8] = unsafe { slice::from_raw_parts(text.cast(), length.unsigned_abs()) };
        if bytes.is_ascii() {
            Ok(Some(Self::Lent(bytes)))
        } else {
            Err(not_ascii(object))
        }
    }

    fn read(object: Borrowed<'a>, flags: core::ffi::c_int) -> PyResult<Self> {
        // Exact: a subclass may provide another buffer than its own bytes.
        // SAFETY: a live object.
        if unsafe { ffi::PyBytes_CheckExact(object.as_ptr()) } != 0 {
            // SAFETY: a live `bytes`.
            let start = unsafe { ffi::PyBytes_AsString(object.as_ptr()) };
            // SAFETY: the same.
            let length = unsafe { ffi::PyBytes_Size(object.as_ptr()) };
            // SAFETY: a `bytes` holds this many bytes and never changes while it lives.
            return Ok(Self::Lent(unsafe {
                slice::from_raw_parts(start.cast(), length.unsigned_abs())
            }));
        }
        Buffer::of(object, flags)?.copy().map(Self::Copied)
    }
}

fn not_ascii(object: Borrowed<'_>) -> Raised {
    let message = "string argument should contain only ASCII characters";
    Raised::new(object.context(), Exception::Value, message)
}

/// An exported buffer, released when dropped.
struct Buffer<'a> {
    object: Borrowed<'a>,
    /// Boxed, because the exporter may keep pointers into it.
    view: Box<ffi::Py_buffer>,
}

impl<'a> Buffer<'a> {
    fn of(object: Borrowed<'a>, flags: core::ffi::c_int) -> PyResult<Self> {
        let mut view: Box<MaybeUninit<ffi::Py_buffer>> = Box::new(MaybeUninit::zeroed());
        // SAFETY: a live object, and memory for the view.
        if unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), view.as_mut_ptr(), flags) } != 0 {
            return Err(Raised::already_set(object.context()));
        }
        // SAFETY: zeroed memory is a valid view, and the exporter has filled it.
        let view = unsafe { view.assume_init() };
        Ok(Self { object, view })
    }

    fn copy(mut self) -> PyResult<Vec<u8>> {
        let length = self.view.len.unsigned_abs();
        let mut bytes = Vec::new();
        if bytes.try_reserve_exact(length).is_err() {
            return Err(Raised::no_memory(self.object.context()));
        }
        if length == 0 {
            return Ok(bytes);
        }
        let order = b'C'.cast_signed() as c_char;
        let view = &raw mut *self.view;
        // SAFETY: the view is exported, and there is room for its length.
        if unsafe {
            ffi::PyBuffer_ToContiguous(bytes.as_mut_ptr().cast(), view, self.view.len, order)
        } != 0
        {
            return Err(Raised::already_set(self.object.context()));
        }
        // SAFETY: `length` bytes were reserved and have just been written.
        unsafe { bytes.set_len(length) };
        Ok(bytes)
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        // SAFETY: the view was exported and not yet released, and the thread is attached.
        unsafe { ffi::PyBuffer_Release(&raw mut *self.view) };
    }
}
