//! Ctrl-C and termination: a flag that long work looks at, so that children are ended and
//! temporary files removed by the code that made them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// A clonable view of "somebody asked us to stop".
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches SIGINT, SIGTERM and SIGHUP. A second signal ends the process at once, as if unwatched.
    pub fn watch() -> Self {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [
            signal_hook::consts::SIGINT,
            signal_hook::consts::SIGTERM,
            signal_hook::consts::SIGHUP,
        ] {
            // Registration fails only for signals that may not be caught; these three may.
            let second =
                signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag));
            let first = signal_hook::flag::register(signal, Arc::clone(&flag));
            debug_assert!(second.is_ok() && first.is_ok());
        }
        Self(flag)
    }

    /// Has somebody asked?
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error if somebody asked; `during` names the work that stops.
    pub fn check(&self, during: &str) -> Result<()> {
        if self.requested() {
            Err(Error::interrupted(during))
        } else {
            Ok(())
        }
    }
}
