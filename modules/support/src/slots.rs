//! Slots of a type looked up once and used often, as CPython's own C modules do in their loops.
//!
//! A type's slot is a function for objects of that very type. An object can change its type between two
//! uses (`__class__ = …`), and any comparison can run code that does so. So the type is compared before
//! each use, and kept alive meanwhile: otherwise another type could come to lie at its address.

use core::ffi::{c_int, c_void};
use core::mem;
use core::ptr::NonNull;

use pyo3_ffi::{self as ffi, PyObject};

use crate::{Borrowed, Owned, PyResult};

/// The slot "item at an index" of a sequence.
pub struct Items<'a> {
    sequence: Borrowed<'a>,
    kind: Owned<'a>,
    get: ffi::ssizeargfunc,
}

impl<'a> Items<'a> {
    /// The slot, or `None` for an object without one. Mappings have none.
    #[must_use]
    pub fn of(sequence: Borrowed<'a>) -> Option<Self> {
        let (kind, get) = slot(sequence, ffi::Py_sq_item);
        // SAFETY: this slot holds a function of this type.
        let get =
            get.map(|get| unsafe { mem::transmute::<*mut c_void, ffi::ssizeargfunc>(get) })?;
        Some(Self {
            sequence,
            kind,
            get,
        })
    }

    /// The item at `index`, which must not be negative.
    ///
    /// # Errors
    /// `IndexError` out of range, or what the object's method raises.
    #[inline]
    pub fn get(&self, index: isize) -> PyResult<Owned<'a>> {
        debug_assert!(index >= 0, "a negative index would count from the end");
        let sequence = self.sequence.as_ptr();
        let item = if is_of(self.sequence, &self.kind) {
            // SAFETY: the slot is the one of this object's type.
            unsafe { (self.get)(sequence, index) }
        } else {
            // SAFETY: a live object.
            unsafe { ffi::PySequence_GetItem(sequence, index) }
        };
        // SAFETY: a new reference, or null with an exception set.
        unsafe { Owned::from_returned(self.sequence.context(), item) }
    }
}

/// The slot "compare" of one type, for objects that are of it.
pub struct LessThan<'a> {
    kind: Owned<'a>,
    compare: Option<ffi::richcmpfunc>,
}

impl<'a> LessThan<'a> {
    /// The slot of the type that `example` is of.
    #[must_use]
    pub fn for_type_of(example: Borrowed<'a>) -> Self {
        let (kind, compare) = slot(example, ffi::Py_tp_richcompare);
        // SAFETY: this slot holds a function of this type.
        let compare = compare
            .map(|compare| unsafe { mem::transmute::<*mut c_void, ffi::richcmpfunc>(compare) });
        Self { kind, compare }
    }

    /// `left < right`, as a truth value, whatever the types of the two.
    ///
    /// # Errors
    /// Whatever the comparison raises.
    #[inline]
    pub fn ask(&self, left: Borrowed<'_>, right: Borrowed<'_>) -> PyResult<bool> {
        let same = is_of(left, &self.kind) && is_of(right, &self.kind);
        let Some(compare) = self.compare.filter(|_| same) else {
            return left.less_than(right);
        };
        // SAFETY: the slot is the one of both objects' type.
        let answer = unsafe { compare(left.as_ptr(), right.as_ptr(), ffi::Py_LT) };
        // SAFETY: a new reference, or null with an exception set.
        let answer = unsafe { Owned::from_returned(left.context(), answer) }?;
        let answer = answer.borrow();
        if answer.is_not_implemented() {
            // Then Python asks the other way round, and complains if that has no answer either.
            return left.less_than(right);
        }
        answer.is_true()
    }
}

/// The type of an object, and what is in one of its slots.
fn slot(object: Borrowed<'_>, number: c_int) -> (Owned<'_>, Option<*mut c_void>) {
    // SAFETY: a live object has a live type.
    let kind = unsafe { ffi::Py_TYPE(object.as_ptr()) };
    // SAFETY: a live type.
    let function = unsafe { ffi::PyType_GetSlot(kind, number) };
    let kind = NonNull::new(kind.cast::<PyObject>()).expect("every object has a type");
    // SAFETY: the object is alive, and with it its type, until the reference has been counted.
    let kind = unsafe { Borrowed::from_ptr(kind) }.to_owned();
    (kind, (!function.is_null()).then_some(function))
}

#[inline]
fn is_of(object: Borrowed<'_>, kind: &Owned<'_>) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::Py_TYPE(object.as_ptr()) }.cast() == kind.borrow().as_ptr()
}
