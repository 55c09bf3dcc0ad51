//! What a module keeps between calls, one copy per interpreter.

use core::mem::MaybeUninit;

use crate::Stored;

/// A module's state. It is filled once, at import, and only read afterwards.
///
/// `Sync`, because on a free-threaded build several threads call the module at once.
pub trait State: Sync + Sized + 'static {
    /// Shows every Python object that the state holds. The cycle collector asks for them.
    fn each_object(&self, visit: &mut dyn FnMut(&Stored));
}

impl State for () {
    fn each_object(&self, _visit: &mut dyn FnMut(&Stored)) {}
}

/// The memory of a module's state as the interpreter allocates it.
///
/// The interpreter zeroes it before the module's code runs, and zeroes read as "not filled".
#[repr(C)]
pub(crate) struct Slot<S> {
    filled: u8,
    value: MaybeUninit<S>,
}

impl<S: State> Slot<S> {
    /// Bytes to ask the interpreter for.
    pub(crate) const SIZE: isize = {
        assert!(
            align_of::<Self>() <= align_of::<*const ()>(),
            "the interpreter allocates module state aligned for pointers, no further"
        );
        assert!(
            size_of::<Self>() <= i32::MAX as usize,
            "a module state of this size is a mistake"
        );
        #[allow(clippy::cast_possible_wrap)]
        let size = size_of::<Self>() as isize;
        size
    };

    pub(crate) fn get(&self) -> Option<&S> {
        // SAFETY: `filled` is set only after `value` was written.
        (self.filled != 0).then(|| unsafe { self.value.assume_init_ref() })
    }

    pub(crate) fn replace(&mut self, state: S) -> Option<S> {
        let previous = self.take();
        self.value.write(state);
        self.filled = 1;
        previous
    }

    pub(crate) fn take(&mut self) -> Option<S> {
        if self.filled == 0 {
            return None;
        }
        self.filled = 0;
        // SAFETY: `value` was written, and is marked as gone before it is moved out.
        Some(unsafe { self.value.assume_init_read() })
    }
}
