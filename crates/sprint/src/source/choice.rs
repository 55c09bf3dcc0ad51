//! Which source a person chose with `just source`, kept in a plain file outside git.

use std::path::{Path, PathBuf};

use crate::atomic;
use crate::error::{Error, Result};

/// A lasting choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The pinned release.
    Release,
    /// The submodule.
    Fork,
    /// Any checkout.
    Path(PathBuf),
}

fn file(root: &Path) -> PathBuf {
    root.join("build/state/source")
}

/// Reads the choice; `None` where nobody chose.
pub(super) fn load(root: &Path) -> Result<Option<Choice>> {
    let path = file(root);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", &path, &error)),
    };
    match text
        .trim_end_matches('\n')
        .split_once(' ')
        .unwrap_or((text.trim(), ""))
    {
        ("release", "") => Ok(Some(Choice::Release)),
        ("fork", "") => Ok(Some(Choice::Fork)),
        ("path", directory) if !directory.is_empty() => {
            Ok(Some(Choice::Path(PathBuf::from(directory))))
        }
        _ => Err(Error::usage(
            "source-choice",
            format!("{} cannot be read", path.display()),
        )
        .detail("seen", text.trim())
        .next("just source release")),
    }
}

/// Keeps the choice for the next runs.
pub fn save(root: &Path, choice: &Choice) -> Result<()> {
    let text = match choice {
        Choice::Release => "release\n".to_owned(),
        Choice::Fork => "fork\n".to_owned(),
        Choice::Path(path) => format!("path {}\n", path.display()),
    };
    atomic::write(&file(root), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_survives() {
        let root = tempfile::tempdir().expect("a temporary directory");
        assert_eq!(load(root.path()).expect("nothing there"), None);
        for choice in [
            Choice::Release,
            Choice::Fork,
            Choice::Path("/with space/cpython".into()),
        ] {
            save(root.path(), &choice).expect("save");
            assert_eq!(load(root.path()).expect("load"), Some(choice));
        }
        atomic::write(&file(root.path()), b"nonsense").expect("write");
        assert_eq!(
            load(root.path()).expect_err("unreadable").exit(),
            crate::exit::Exit::Usage
        );
    }
}
