//! Snapshots: a finished build directory, stored under its key, restorable on another machine at another path.
//!
//! What is believed: a description signed by the person's own key or by one that the person accepted by hand
//! (`trust`), and through the checksum in it the archive's bytes. Not believed: the store, the network, the archive's
//! entries (`unpack`), the times of files (`source/times.rs`). A trusted signer could put any program into a build;
//! that is what accepting a key means, and docs/snapshots.md says so.
//!
//! Not covered: going back. A store may answer with an older snapshot of the same key by the same signer; same key,
//! same bytes, so nothing is lost by it.

mod auto;
mod base64;
mod content;
mod find;
mod http;
mod included;
mod keys;
mod manifest;
mod minisign;
mod opened;
mod pack;
mod prune;
mod remote;
mod restore;
mod root_path;
mod save;
mod send;
mod settings;
mod store;
mod stores;
mod tree;
mod trust;
mod unpack;
mod verify;

pub use auto::{Restored, Used, VARIABLE, detach, line, restore_if_unbuilt, save_later};
pub use find::{Found, ask, check, places, short};
pub use keys::own as own_key;
pub(crate) use keys::own_secret;
pub use manifest::{Archive, Manifest, Tree};
pub use minisign::{PublicKey, Signature};
pub use opened::Opened;
pub use prune::{Keep, Pruned};
pub use remote::Remote;
pub use restore::{Restoring, is_for, restore};
pub use save::{Saved, Saving, save};
pub use send::{Sending, send};
pub use store::{Directory, Raw};
pub use stores::{
    Place, Store, add as add_store, added as added_stores, local as local_store,
    remove as remove_store,
};
pub(crate) use tree::{files_below, pack_tree, unpack_tree};
pub(crate) use trust::signer;
pub use trust::{Trusted, accept, accepted, all as trusted, revoke};
pub use verify::{Checked, Verifying, verify};
