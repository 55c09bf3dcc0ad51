//! For tests: programs that answer as the internet would.

use std::os::unix::fs::PermissionsExt as _;

use crate::host::Host;

/// A machine whose PATH holds nothing but a `curl` and a `nix`, each a `case` over its arguments.
pub(super) fn machine(curl: &str, nix: Option<&str>) -> (tempfile::TempDir, Host) {
    let directory = tempfile::tempdir().expect("dir");
    for (program, answer) in [("curl", Some(curl)), ("nix", nix)] {
        if let Some(answer) = answer {
            let path = directory.path().join(program);
            let script = format!("#!/bin/sh\ncase \"$*\" in\n{answer}\nesac\n");
            std::fs::write(&path, script).expect("write");
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&path, mode).expect("chmod");
        }
    }
    let path = directory.path().to_string_lossy().into_owned();
    let host = Host::with_env([("PATH".to_owned(), path)].into());
    (directory, host)
}
