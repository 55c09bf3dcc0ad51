//! Caches that make a second build quick: compiled objects (sccache) and configure's answers.
//!
//! Neither can change a byte or fail a build. The compile cache is a program that may be missing, hang or die; then
//! the compiler is called as if it were not there ([`launcher`]). Both are kept with the person, so that all
//! clones share them; nothing here reads another person's.

mod answers;
mod compile;
pub mod launcher;
mod patience;
mod upkeep;

pub(crate) use answers::FILE as ANSWERS;
pub use answers::{agrees as answers_agree, keep as keep_answers, seed as seed_answers};
pub use compile::{Cached, CompileCache, Outcome, RoomPart};
pub use launcher::MISS;
pub use upkeep::{Part, clean, parts};

use std::path::PathBuf;

use crate::host::Host;

/// Where caches are kept; `None` where the person has no home.
pub(crate) fn directory(host: &Host) -> Option<PathBuf> {
    host.user_cache()
}

/// `SPRINT_CACHE=off` builds as if there were none.
pub(crate) fn is_off(host: &Host) -> bool {
    host.var("SPRINT_CACHE") == Some("off")
}
