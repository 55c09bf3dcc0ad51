//! References to Python objects: borrowed, owned, and stored in a module's state.

use core::marker::PhantomData;
use core::mem;
use core::ptr::NonNull;

use pyo3_ffi::{self as ffi, PyObject};

use crate::{PyResult, Raised, ThreadContext};

/// A reference that somebody else keeps alive for `'a`.
#[derive(Clone, Copy)]
pub struct Borrowed<'a> {
    object: NonNull<PyObject>,
    /// Neither `Send` nor `Sync`, like the context it was made through.
    marker: PhantomData<(&'a PyObject, *mut PyObject)>,
}

impl<'a> Borrowed<'a> {
    /// Wraps a pointer that C handed out.
    ///
    /// # Safety
    /// `object` must point to an object that stays alive, with this thread attached, for `'a`.
    #[must_use]
    pub unsafe fn from_ptr(object: NonNull<PyObject>) -> Self {
        Self {
            object,
            marker: PhantomData,
        }
    }

    /// The pointer, for a call into C.
    #[must_use]
    pub fn as_ptr(self) -> *mut PyObject {
        self.object.as_ptr()
    }

    /// The context that made this reference possible.
    #[must_use]
    pub fn context(self) -> ThreadContext<'a> {
        // SAFETY: a `Borrowed<'a>` exists only while this thread is attached, for `'a` (see `from_ptr`).
        unsafe { ThreadContext::assume_attached() }
    }

    /// One more reference to the same object.
    #[must_use]
    pub fn to_owned(self) -> Owned<'a> {
        // SAFETY: the object is alive and the thread attached.
        unsafe { ffi::Py_INCREF(self.as_ptr()) };
        Owned {
            object: self.object,
            marker: PhantomData,
        }
    }

    /// Whether both are the same object (`is`).
    #[must_use]
    pub fn is(self, other: Borrowed<'_>) -> bool {
        self.object == other.object
    }

    /// Whether the object is `None`.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.is(self.context().none())
    }
}

/// A reference that counts, and gives its count back when dropped.
pub struct Owned<'py> {
    object: NonNull<PyObject>,
    marker: PhantomData<ThreadContext<'py>>,
}

impl<'py> Owned<'py> {
    /// Takes over what a C function returned: a new reference, or null with an exception set.
    ///
    /// # Errors
    /// [`Raised`] when the pointer is null.
    ///
    /// # Safety
    /// `object` must be null with an exception set, or a reference that the caller may keep.
    #[inline]
    pub unsafe fn from_returned(cx: ThreadContext<'py>, object: *mut PyObject) -> PyResult<Self> {
        NonNull::new(object)
            .map(|object| Self {
                object,
                marker: PhantomData,
            })
            .ok_or_else(|| Raised::already_set(cx))
    }

    /// A borrow that lasts as long as this reference is held.
    #[must_use]
    #[inline]
    pub fn borrow(&self) -> Borrowed<'_> {
        // SAFETY: `self` keeps the object alive, and exists only while this thread is attached.
        unsafe { Borrowed::from_ptr(self.object) }
    }

    /// Gives the reference away, to C.
    #[must_use]
    pub fn into_ptr(self) -> *mut PyObject {
        let object = self.object.as_ptr();
        mem::forget(self);
        object
    }

    /// Gives the reference to a module's state, where it may outlive the current call.
    #[must_use]
    pub fn store(self) -> Stored {
        let object = self.object;
        mem::forget(self);
        Stored { object }
    }
}

impl Drop for Owned<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the reference is ours to give back, and the thread is attached.
        unsafe { ffi::Py_DECREF(self.object.as_ptr()) };
    }
}

/// A counted reference in a module's state: no lifetime, but of use only with a context.
///
/// It can be made only from an [`Owned`]. Dropping it gives the count back, so drop it only while
/// attached: the state of a module is dropped by the interpreter, which is.
pub struct Stored {
    object: NonNull<PyObject>,
}

// SAFETY: a shared `Stored` gives out nothing but borrows tied to a `ThreadContext`, and whoever has
// one is attached to the interpreter; the pointer itself never changes.
unsafe impl Sync for Stored {}

impl Stored {
    /// A borrow for the length of a call.
    #[must_use]
    pub fn borrow<'a>(&'a self, _cx: ThreadContext<'a>) -> Borrowed<'a> {
        // SAFETY: `self` keeps the object alive, and the context proves attachment for `'a`.
        unsafe { Borrowed::from_ptr(self.object) }
    }

    /// The pointer, for the cycle collector.
    pub(crate) fn as_ptr(&self) -> *mut PyObject {
        self.object.as_ptr()
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        // SAFETY: the reference is ours; it is not `Send`, and code of this workspace never detaches,
        // so the dropping thread is attached.
        unsafe { ffi::Py_DECREF(self.object.as_ptr()) };
    }
}
