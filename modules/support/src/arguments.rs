//! The arguments of a call, and binding them to parameters.

use core::ffi::CStr;
use core::ptr::NonNull;
use core::slice;

use pyo3_ffi::{self as ffi, PyObject};

use crate::{Borrowed, Exception, PyResult, Raised, ThreadContext};

/// The arguments of one call: positional ones, then keyword ones, then the names of the latter.
#[derive(Clone, Copy)]
pub struct Arguments<'py> {
    cx: ThreadContext<'py>,
    values: &'py [*mut PyObject],
    positional: usize,
    keywords: Option<Borrowed<'py>>,
}

impl<'py> Arguments<'py> {
    /// Wraps the arguments of a vectorcall.
    ///
    /// # Safety
    /// They must be what the interpreter passed to a `METH_FASTCALL | METH_KEYWORDS` function, and
    /// the call must last for `'py`.
    pub(crate) unsafe fn new(
        cx: ThreadContext<'py>,
        values: *const *mut PyObject,
        positional: ffi::Py_ssize_t,
        keywords: *mut PyObject,
    ) -> Self {
        let positional = usize::try_from(positional).unwrap_or(0);
        // SAFETY: null, or a tuple of names that lives as long as the call.
        let keywords = NonNull::new(keywords).map(|names| unsafe { Borrowed::from_ptr(names) });
        let named = keywords.map_or(0, |names| {
            // SAFETY: a tuple.
            usize::try_from(unsafe { ffi::PyTuple_Size(names.as_ptr()) }).unwrap_or(0)
        });
        let count = positional + named;
        let values = if count == 0 {
            // C may pass null here, which no slice may start with.
            &[]
        } else {
            // SAFETY: the interpreter passes one pointer per positional and per keyword argument,
            // and keeps the array unchanged during the call.
            unsafe { slice::from_raw_parts(values, count) }
        };
        Self {
            cx,
            values,
            positional,
            keywords,
        }
    }

    /// How many arguments there are, positional and keyword ones.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len()
    }

    fn value(&self, index: usize) -> Borrowed<'py> {
        let object = NonNull::new(self.values[index]).expect("an argument is never null");
        // SAFETY: the caller keeps its arguments alive during the call.
        unsafe { Borrowed::from_ptr(object) }
    }

    /// The name of the argument `index`, which is a keyword argument.
    fn keyword(&self, index: usize) -> Borrowed<'py> {
        let names = self
            .keywords
            .expect("there are names when there are keyword arguments");
        let index =
            ffi::Py_ssize_t::try_from(index - self.positional).unwrap_or(ffi::Py_ssize_t::MAX);
        // SAFETY: a tuple; an index out of range is answered with null.
        let name = unsafe { ffi::PyTuple_GetItem(names.as_ptr(), index) };
        let name = NonNull::new(name).expect("each keyword argument has a name");
        // SAFETY: the tuple keeps its items alive.
        unsafe { Borrowed::from_ptr(name) }
    }
}

/// The parameters of a function: `N` names, of which the first ones may be given by position.
pub struct Signature<const N: usize> {
    /// The function's name, for messages.
    pub function: &'static str,
    /// The parameters, in order. ASCII, as every name in CPython's own C modules.
    pub names: [&'static CStr; N],
    /// How many of them must be given.
    pub required: usize,
    /// How many of them may be given by position; the rest is keyword-only.
    pub positional: usize,
}

impl<const N: usize> Signature<N> {
    /// Gives each parameter its argument, with the messages that CPython's own functions have.
    ///
    /// # Errors
    /// `TypeError` for too many, too few, unknown or repeated arguments.
    pub fn bind<'py>(&self, given: &Arguments<'py>) -> PyResult<[Option<Borrowed<'py>>; N]> {
        if given.count() > N {
            return Err(self.too_many(given));
        }
        if given.positional > self.positional {
            return Err(self.too_many_positional(given));
        }
        let mut bound = [None; N];
        for (index, parameter) in bound.iter_mut().enumerate().take(given.positional) {
            *parameter = Some(given.value(index));
        }
        let mut misused = None;
        for index in given.positional..given.count() {
            let name = given.keyword(index);
            match self.names.iter().position(|known| is_text(name, known)) {
                Some(at) if bound[at].is_none() => bound[at] = Some(given.value(index)),
                _ => misused = misused.or(Some(name)),
            }
        }
        if let Some(missing) = bound.iter().take(self.required).position(Option::is_none) {
            let (function, name) = (self.function, text(self.names[missing]));
            let position = missing + 1;
            let message =
                format!("{function}() missing required argument '{name}' (pos {position})");
            return Err(Raised::new(given.cx, Exception::Type, &message));
        }
        match misused {
            None => Ok(bound),
            Some(name) => Err(self.misused(given, name)),
        }
    }

    fn too_many(&self, given: &Arguments<'_>) -> Raised {
        let function = self.function;
        let kind = if given.positional == 0 {
            "keyword "
        } else {
            ""
        };
        let plural = if N == 1 { "" } else { "s" };
        let count = given.count();
        let message =
            format!("{function}() takes at most {N} {kind}argument{plural} ({count} given)");
        Raised::new(given.cx, Exception::Type, &message)
    }

    fn too_many_positional(&self, given: &Arguments<'_>) -> Raised {
        let (function, most, count) = (self.function, self.positional, given.positional);
        let limit = if self.required < most {
            "at most"
        } else {
            "exactly"
        };
        let plural = if most == 1 { "" } else { "s" };
        let message = format!(
            "{function}() takes {limit} {most} positional argument{plural} ({count} given)"
        );
        Raised::new(given.cx, Exception::Type, &message)
    }

    /// A keyword argument that names no parameter, or one that already has its argument.
    fn misused(&self, given: &Arguments<'_>, name: Borrowed<'_>) -> Raised {
        let function = self.function;
        let message = match self.names.iter().position(|known| is_text(name, known)) {
            Some(at) => {
                let (name, position) = (text(self.names[at]), at + 1);
                format!(
                    "argument for {function}() given by name ('{name}') and position ({position})"
                )
            }
            None => match name.to_text() {
                Ok(name) => format!("{function}() got an unexpected keyword argument '{name}'"),
                Err(raised) => return raised,
            },
        };
        Raised::new(given.cx, Exception::Type, &message)
    }
}

fn text(name: &'static CStr) -> &'static str {
    name.to_str().unwrap_or("?")
}

/// Whether the `str` object equals a C string of ASCII characters.
fn is_text(object: Borrowed<'_>, expected: &CStr) -> bool {
    // SAFETY: keyword names are always `str`, and the C string ends with NUL.
    unsafe { ffi::PyUnicode_CompareWithASCIIString(object.as_ptr(), expected.as_ptr()) == 0 }
}
