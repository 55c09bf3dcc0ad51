//! What Python code can do with an object, as methods of a reference to it.

use core::ffi::CStr;
use core::ptr::{self, NonNull};
use core::slice;

use pyo3_ffi as ffi;

use crate::{Borrowed, Exception, Owned, PyResult, Raised, ThreadContext};

impl<'py> ThreadContext<'py> {
    /// `None`.
    #[must_use]
    pub fn none(self) -> Borrowed<'py> {
        // SAFETY: attached; the pointer is to a constant of the interpreter.
        let none = unsafe { NonNull::new_unchecked(ffi::Py_None()) };
        // SAFETY: `None` lives as long as the interpreter.
        unsafe { Borrowed::from_ptr(none) }
    }

    /// A Python `int`.
    ///
    /// # Errors
    /// `MemoryError`
    pub fn int(self, value: isize) -> PyResult<Owned<'py>> {
        // SAFETY: attached; a new reference or null.
        unsafe { Owned::from_returned(self, ffi::PyLong_FromSsize_t(value)) }
    }

    /// An interned Python `str`, for a name that is used again and again.
    ///
    /// # Errors
    /// `MemoryError`
    pub fn interned(self, text: &CStr) -> PyResult<Owned<'py>> {
        // SAFETY: attached, a NUL-terminated string; a new reference or null.
        unsafe { Owned::from_returned(self, ffi::PyUnicode_InternFromString(text.as_ptr())) }
    }

    /// Imports a module.
    ///
    /// # Errors
    /// Whatever the import raises.
    pub fn import(self, name: &CStr) -> PyResult<Owned<'py>> {
        // SAFETY: attached, a NUL-terminated string; a new reference or null.
        unsafe { Owned::from_returned(self, ffi::PyImport_ImportModule(name.as_ptr())) }
    }
}

impl<'py> Borrowed<'py> {
    /// `getattr(self, name)`
    ///
    /// # Errors
    /// Whatever the lookup raises.
    pub fn attribute(self, name: &CStr) -> PyResult<Owned<'py>> {
        let cx = self.context();
        // SAFETY: a live object and a NUL-terminated string; a new reference or null.
        unsafe {
            Owned::from_returned(
                cx,
                ffi::PyObject_GetAttrString(self.as_ptr(), name.as_ptr()),
            )
        }
    }

    /// `len(self)`
    ///
    /// # Errors
    /// `TypeError` when the object has no length, or what its own method raises.
    pub fn length(self) -> PyResult<isize> {
        // SAFETY: a live object.
        let length = unsafe { ffi::PyObject_Size(self.as_ptr()) };
        if length < 0 {
            Err(Raised::already_set(self.context()))
        } else {
            Ok(length)
        }
    }

    /// `bool(self)`
    ///
    /// # Errors
    /// What the object's own method raises.
    #[inline]
    pub fn is_true(self) -> PyResult<bool> {
        // SAFETY: the pointers are to constants of the interpreter.
        let (yes, no) = unsafe { (ffi::Py_True(), ffi::Py_False()) };
        if self.as_ptr() == yes || self.as_ptr() == no {
            return Ok(self.as_ptr() == yes);
        }
        // SAFETY: a live object.
        self.truth(unsafe { ffi::PyObject_IsTrue(self.as_ptr()) })
    }

    /// `self < other`, as a truth value
    ///
    /// # Errors
    /// Whatever the comparison raises.
    pub fn less_than(self, other: Borrowed<'_>) -> PyResult<bool> {
        // SAFETY: two live objects.
        self.truth(unsafe {
            ffi::PyObject_RichCompareBool(self.as_ptr(), other.as_ptr(), ffi::Py_LT)
        })
    }

    fn truth(self, answer: core::ffi::c_int) -> PyResult<bool> {
        if answer < 0 {
            Err(Raised::already_set(self.context()))
        } else {
            Ok(answer != 0)
        }
    }

    /// Whether the object's type has the C-level "value of a key" slot, as mappings have.
    #[must_use]
    pub fn has_keys(self) -> bool {
        // SAFETY: a live object has a live type.
        unsafe { !ffi::PyType_GetSlot(ffi::Py_TYPE(self.as_ptr()), ffi::Py_mp_subscript).is_null() }
    }

    /// Whether the object is `NotImplemented`, the answer "ask the other one".
    pub(crate) fn is_not_implemented(self) -> bool {
        // SAFETY: the pointer is to a constant of the interpreter.
        self.as_ptr() == unsafe { ffi::Py_NotImplemented() }
    }

    /// `self(argument)`
    ///
    /// # Errors
    /// Whatever the call raises.
    pub fn call(self, argument: Borrowed<'_>) -> PyResult<Owned<'py>> {
        // SAFETY: two live objects; a new reference or null.
        unsafe {
            let result = ffi::PyObject_CallOneArg(self.as_ptr(), argument.as_ptr());
            Owned::from_returned(self.context(), result)
        }
    }

    /// `self.<name>(first, second)`, where `name` is a `str`
    ///
    /// # Errors
    /// Whatever the call raises.
    pub fn call_method(
        self,
        name: Borrowed<'_>,
        first: Borrowed<'_>,
        second: Borrowed<'_>,
    ) -> PyResult<Owned<'py>> {
        // SAFETY: live objects, and a null that ends the list; a new reference or null.
        unsafe {
            let result = ffi::PyObject_CallMethodObjArgs(
                self.as_ptr(),
                name.as_ptr(),
                first.as_ptr(),
                second.as_ptr(),
                ptr::null_mut::<ffi::PyObject>(),
            );
            Owned::from_returned(self.context(), result)
        }
    }

    /// `repr(self)`
    ///
    /// # Errors
    /// Whatever the object's own method raises.
    pub fn repr(self) -> PyResult<Owned<'py>> {
        // SAFETY: a live object; a new reference or null.
        unsafe { Owned::from_returned(self.context(), ffi::PyObject_Repr(self.as_ptr())) }
    }

    /// A copy of the characters of a `str`.
    ///
    /// # Errors
    /// `TypeError` when the object is no `str`, `UnicodeEncodeError` for lone surrogates.
    pub fn to_text(self) -> PyResult<String> {
        let mut length = 0;
        // SAFETY: a live object; the length is written when the answer is not null.
        let text = unsafe { ffi::PyUnicode_AsUTF8AndSize(self.as_ptr(), &raw mut length) };
        if text.is_null() {
            return Err(Raised::already_set(self.context()));
        }
        // SAFETY: the object keeps its UTF-8 form, of this length, as long as it lives.
        let bytes = unsafe { slice::from_raw_parts(text.cast(), length.unsigned_abs()) };
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// The name of the object's type, for messages.
    ///
    /// # Errors
    /// `MemoryError`
    pub fn type_name(self) -> PyResult<String> {
        // SAFETY: a live object has a live type; a new reference or null.
        let name = unsafe {
            let name = ffi::PyType_GetName(ffi::Py_TYPE(self.as_ptr()));
            Owned::from_returned(self.context(), name)
        }?;
        name.borrow().to_text()
    }

    /// `operator.index(self)` as a machine integer.
    ///
    /// # Errors
    /// `TypeError` when the object is no integer, `OverflowError` when it does not fit.
    pub fn to_isize(self) -> PyResult<isize> {
        let cx = self.context();
        // SAFETY: a live object; a new reference or null.
        let index = unsafe { Owned::from_returned(cx, ffi::PyNumber_Index(self.as_ptr())) }?;
        // SAFETY: an `int`.
        let value = unsafe { ffi::PyLong_AsSsize_t(index.borrow().as_ptr()) };
        self.unless_error(value)
    }

    /// Like [`Self::to_isize`], but `None` is `None`, and the messages are those that CPython's C
    /// modules have for an optional index.
    ///
    /// # Errors
    /// `TypeError` when the object is neither, `OverflowError` when it does not fit.
    pub fn to_optional_isize(self) -> PyResult<Option<isize>> {
        if self.is_none() {
            return Ok(None);
        }
        // SAFETY: a live object.
        if unsafe { ffi::PyIndex_Check(self.as_ptr()) } == 0 {
            let message = format!(
                "argument should be integer or None, not '{}'",
                self.type_name()?
            );
            return Err(Raised::new(self.context(), Exception::Type, &message));
        }
        // SAFETY: a live object, and an exception type of the interpreter.
        let value = unsafe { ffi::PyNumber_AsSsize_t(self.as_ptr(), ffi::PyExc_OverflowError) };
        self.unless_error(value).map(Some)
    }

    /// C reports an error as -1, which is a number too.
    fn unless_error(self, value: isize) -> PyResult<isize> {
        // SAFETY: the reference proves that the thread is attached.
        if value == -1 && unsafe { !ffi::PyErr_Occurred().is_null() } {
            return Err(Raised::already_set(self.context()));
        }
        Ok(value)
    }

    /// Whether the object is a `list`, and not of a subclass.
    #[must_use]
    pub fn is_exact_list(self) -> bool {
        // SAFETY: a live object.
        unsafe { ffi::PyList_CheckExact(self.as_ptr()) != 0 }
    }

    /// `list.insert(self, index, item)`
    ///
    /// # Errors
    /// `SystemError` when the object is no list, `MemoryError`.
    pub fn list_insert(self, index: isize, item: Borrowed<'_>) -> PyResult<()> {
        // SAFETY: live objects; the function checks that the first one is a list.
        if unsafe { ffi::PyList_Insert(self.as_ptr(), index, item.as_ptr()) } < 0 {
            return Err(Raised::already_set(self.context()));
        }
        Ok(())
    }

    /// Whether the object is a `bytes` or `bytearray`, or of a subclass.
    #[must_use]
    pub fn is_bytes_or_bytearray(self) -> bool {
        // SAFETY: a live object.
        unsafe {
            ffi::PyBytes_Check(self.as_ptr()) != 0 || ffi::PyByteArray_Check(self.as_ptr()) != 0
        }
    }
}
