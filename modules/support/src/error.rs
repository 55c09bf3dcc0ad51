//! Exceptions as values.

use core::marker::PhantomData;

use pyo3_ffi::{self as ffi, PyObject};

use crate::{Borrowed, ThreadContext};

/// The result of anything that can raise.
pub type PyResult<T> = Result<T, Raised>;

/// Proof that an exception is set in the current thread.
///
/// It carries nothing: the exception itself is where Python keeps it.
#[must_use = "an exception that is set must be reported to the interpreter"]
#[derive(Debug)]
pub struct Raised {
    marker: PhantomData<*mut ()>,
}

/// The built-in exceptions a module may raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// `AssertionError`
    Assertion,
    /// `IndexError`
    Index,
    /// `MemoryError`
    Memory,
    /// `OverflowError`
    Overflow,
    /// `SystemError`: a fault of the module itself.
    System,
    /// `TypeError`
    Type,
    /// `UnicodeEncodeError`
    UnicodeEncode,
    /// `ValueError`
    Value,
}

impl Exception {
    fn as_ptr(self) -> *mut PyObject {
        // SAFETY: the interpreter fills these pointers before any module is imported, and never
        // changes them.
        unsafe {
            match self {
                Self::Assertion => ffi::PyExc_AssertionError,
                Self::Index => ffi::PyExc_IndexError,
                Self::Memory => ffi::PyExc_MemoryError,
                Self::Overflow => ffi::PyExc_OverflowError,
                Self::System => ffi::PyExc_SystemError,
                Self::Type => ffi::PyExc_TypeError,
                Self::UnicodeEncode => ffi::PyExc_UnicodeEncodeError,
                Self::Value => ffi::PyExc_ValueError,
            }
        }
    }
}

impl Raised {
    /// The exception was set by the C function that has just reported failure.
    pub(crate) fn already_set(_cx: ThreadContext<'_>) -> Self {
        // SAFETY: the context proves that the thread is attached.
        let set = unsafe { !ffi::PyErr_Occurred().is_null() };
        debug_assert!(
            set,
            "a C function reported failure without setting an exception"
        );
        Self {
            marker: PhantomData,
        }
    }

    /// Sets a built-in exception with a message, replacing one that may be set.
    pub fn new(cx: ThreadContext<'_>, exception: Exception, message: &str) -> Self {
        // SAFETY: exception types are objects that live as long as the interpreter.
        unsafe { Self::set(cx, exception.as_ptr(), message) }
    }

    /// Sets an exception of a type that the module looked up, for example at import.
    pub fn of_type(kind: Borrowed<'_>, message: &str) -> Self {
        // SAFETY: a `Borrowed` is alive.
        unsafe { Self::set(kind.context(), kind.as_ptr(), message) }
    }

    /// `MemoryError`, which carries no message so that raising it needs no memory.
    pub fn no_memory(cx: ThreadContext<'_>) -> Self {
        // SAFETY: the context proves that the thread is attached.
        unsafe { ffi::PyErr_NoMemory() };
        Self::already_set(cx)
    }

    /// Whether the exception that is set is one of these.
    #[must_use]
    pub fn matches(&self, exception: Exception) -> bool {
        // SAFETY: `self` exists only in an attached thread with an exception set.
        unsafe { ffi::PyErr_ExceptionMatches(exception.as_ptr()) != 0 }
    }

    /// Sets `kind(message)`.
    ///
    /// # Safety
    /// `kind` must be an object that is alive.
    unsafe fn set(cx: ThreadContext<'_>, kind: *mut PyObject, message: &str) -> Self {
        // A `str` in memory is at most `isize::MAX` bytes long.
        #[allow(clippy::cast_possible_wrap)]
        let length = message.len() as ffi::Py_ssize_t;
        // SAFETY: pointer and length are those of a live, valid UTF-8 string.
        let text = unsafe { ffi::PyUnicode_FromStringAndSize(message.as_ptr().cast(), length) };
        if !text.is_null() {
            // SAFETY: both are alive; the call takes its own references.
            unsafe { ffi::PyErr_SetObject(kind, text) };
            // SAFETY: `text` is the reference made above.
            unsafe { ffi::Py_DECREF(text) };
        }
        // Otherwise the interpreter has set MemoryError: an exception is set either way.
        Self::already_set(cx)
    }
}
