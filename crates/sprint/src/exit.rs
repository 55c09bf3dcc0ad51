//! What the process says with its exit code. The numbers are public: scripts tell "tests failed"
//! from "build failed" from "your setup is wrong" by them.

/// Exit codes of every `sprint` command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for was done, and tests that ran are green with their proof.
    Ok = 0,
    /// The build is fine and it is Rust, but a test failed (or none ran).
    TestsFailed = 1,
    /// The command line, or a file that a person writes (pins.toml, tasks.md), cannot be read.
    Usage = 2,
    /// Something this machine needs is missing, too old, full or not reachable.
    Setup = 3,
    /// configure, make or cargo failed.
    BuildFailed = 4,
    /// The module that Python loaded was not built by rustc.
    NotRust = 5,
    /// A checksum, a signature or an archive's content is not what was pinned.
    Integrity = 6,
    /// Another run holds the build directory, and `--no-wait` was given.
    Busy = 7,
    /// The kit itself is wrong; please report it.
    Bug = 70,
    /// Ctrl-C or a termination signal; the next run carries on from here.
    Interrupted = 130,
}

/// The table behind `sprint help exit-codes` and the documentation.
pub const TABLE: [(Exit, &str); 10] = [
    (Exit::Ok, "ok"),
    (Exit::TestsFailed, "tests failed"),
    (
        Exit::Usage,
        "usage: the command line or an edited file cannot be read",
    ),
    (Exit::Setup, "setup: this machine lacks something"),
    (Exit::BuildFailed, "build failed: configure, make or cargo"),
    (
        Exit::NotRust,
        "not Rust: the loaded module was not built by rustc",
    ),
    (
        Exit::Integrity,
        "integrity: a checksum or an archive is wrong",
    ),
    (Exit::Busy, "busy: another run holds the build directory"),
    (Exit::Bug, "a defect of the kit itself"),
    (Exit::Interrupted, "interrupted"),
];

/// The table as the text that ends `sprint --help`.
pub fn help_text() -> String {
    let mut text = String::from("Exit codes:\n");
    for (code, meaning) in TABLE {
        text.push_str(&format!("  {:>3}  {meaning}\n", code as u8));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_each_code_once() {
        let mut seen: Vec<u8> = TABLE.iter().map(|(code, _)| *code as u8).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6, 7, 70, 130]);
        assert!(help_text().contains("  5  not Rust"));
    }
}
