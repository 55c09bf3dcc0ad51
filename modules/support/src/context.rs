//! Proof of being attached to the interpreter.

use core::marker::PhantomData;

/// Proof that this thread is attached to an interpreter for the whole of `'py`.
///
/// The same idea as the thread state that C passes around silently, made visible in signatures.
#[derive(Clone, Copy)]
pub struct ThreadContext<'py> {
    /// Invariant in `'py`, and neither `Send` nor `Sync`: attachment belongs to one thread.
    marker: PhantomData<(*mut &'py (), &'py ())>,
}

impl<'py> ThreadContext<'py> {
    /// Claims that the current thread is attached.
    ///
    /// # Safety
    /// The thread must be attached to an interpreter now and for all of `'py`.
    #[must_use]
    pub unsafe fn assume_attached() -> Self {
        Self {
            marker: PhantomData,
        }
    }
}
