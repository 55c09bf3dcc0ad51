//! Any directory as an archive of the same shape, read back by the same unpacker: what a bundle carries besides builds.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::content::{Item, Stamp};
use super::manifest::Archive;
use super::pack::{self, Content};
use super::unpack::{self, Destination};
use crate::error::{IoContext, Result};
use crate::interrupt::Interrupt;

/// Packs `paths` (files and links, relative to `base`) into `to`, by as many threads as there are processors.
pub(crate) fn pack_tree(
    zstd: &Path,
    base: &Path,
    paths: &[PathBuf],
    to: &Path,
    interrupt: &Interrupt,
) -> Result<Archive> {
    let mut items = Vec::new();
    for path in paths {
        let file = base.join(path);
        let data = file.symlink_metadata().on("look at", &file)?;
        items.push(Item {
            path: path.clone(),
            stamp: Stamp::of(&data),
        });
    }
    let content = Content {
        build: base,
        items: &items,
        sources: "",
        roots: &[],
    };
    // Read once, by a person who waits: level 6 is 4 % larger than 12 and takes a third of the time.
    let options = ["-q", "-6", "--long=27", "-T0", "--stdout"];
    pack::pack_with(zstd, &options, &content, to, interrupt)
}

/// Unpacks such an archive into the empty directory `to`, by `unpack`'s rules.
pub(crate) fn unpack_tree(
    zstd: &Path,
    file: &Path,
    archive: &Archive,
    to: &Path,
    interrupt: &Interrupt,
) -> Result<()> {
    unpack::check(file, archive)?;
    let destination = Destination {
        directory: to,
        root: "",
        time: SystemTime::now(),
    };
    unpack::unpack(zstd, file, archive, &destination, interrupt).map(drop)
}

/// Every file and link below `base`, sorted, as `pack_tree` wants them.
pub(crate) fn files_below(base: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    super::content::collect(base, Path::new(""), &mut |path, _| {
        found.push(path.to_owned());
    })?;
    found.sort();
    Ok(found)
}
