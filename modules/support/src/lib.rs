//! What an extension module needs from the interpreter, as a safe interface.
//!
//! All `unsafe` of the modules in this workspace is meant to live here. A module implements
//! [`Module`] and one [`Function`] per Python function, and exports a single symbol:
//!
//! ```ignore
//! static METHODS: MethodTable<Spam, 1> = MethodTable::new([Method::of::<Eggs>()]);
//! static DEFINITION: ModuleDef<Spam> = ModuleDef::new(&METHODS);
//!
//! #[unsafe(no_mangle)]
//! pub extern "C" fn PyInit__spam() -> *mut PyObject { DEFINITION.init() }
//! ```
//!
//! # The rules that make it sound
//!
//! * A [`ThreadContext`] exists only inside a call from the interpreter, is neither `Send` nor
//!   `Sync`, and nothing here lets go of the interpreter. So whoever holds one, or a reference made
//!   through one, may touch Python objects.
//! * References are handles, never `&PyObject` or `&mut PyObject`: [`Borrowed`] lives as long as what
//!   it was borrowed from, [`Owned`] gives its count back when dropped, [`Stored`] lives in a module's
//!   state and is seen by the cycle collector.
//! * No slice over memory that another thread may write: see [`Input`].
//! * No panic crosses the C boundary, and an error is one value, [`Raised`], that can only be made by
//!   setting an exception.

#![doc(html_no_source)]

mod arguments;
mod call;
mod context;
mod definition;
mod error;
mod function;
mod input;
mod object;
mod output;
mod protocols;
mod slots;
mod state;

pub use arguments::{Arguments, Signature};
pub use context::ThreadContext;
pub use definition::{Method, MethodTable, ModuleDef};
pub use error::{Exception, PyResult, Raised};
pub use function::{Function, Module, ModuleRef};
pub use input::Input;
pub use object::{Borrowed, Owned, Stored};
pub use output::{new_bytes, try_new_bytes};
pub use pyo3_ffi::PyObject;
pub use slots::{Items, LessThan};
pub use state::State;
