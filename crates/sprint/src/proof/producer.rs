//! Reading `DW_AT_producer`.

/// The version in a producer of rustc's form (`1.95.0`, `1.97.0-nightly`), or `None` for any other
/// compiler.
///
/// Two forms exist: LLVM's `clang LLVM (rustc version 1.95.0 (59807616e 2026-04-14))`, and
/// Cranelift's, which begins with `rustc version` right away. The words are only accepted at the
/// start: GCC appends its command line to its own name, so that the rest of the string is in the
/// hands of whoever runs the compiler.
pub(super) fn rustc_version(producer: &str) -> Option<&str> {
    let inner = match producer.strip_prefix("clang LLVM (") {
        Some(inner) => inner.strip_suffix(')')?,
        None => producer,
    };
    let version = inner.strip_prefix("rustc version ")?.split(' ').next()?;
    is_version(version).then_some(version)
}

/// `N.N.N`, with an optional pre-release suffix after a hyphen.
fn is_version(text: &str) -> bool {
    let (release, suffix) = text.split_once('-').unwrap_or((text, "stable"));
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    release.split('.').count() == 3
        && release.split('.').all(number)
        && !suffix.is_empty()
        && suffix.bytes().all(word)
}

/// The compiler's name without the command line that GCC appends.
pub(super) fn short(producer: &str) -> &str {
    producer.split(" -").next().unwrap_or(producer).trim()
}

#[cfg(test)]
mod tests {
    use super::{rustc_version, short};

    #[test]
    fn rustc_forms_are_read() {
        for (producer, version) in [
            (
                "clang LLVM (rustc version 1.95.0 (59807616e 2026-04-14))",
                "1.95.0",
            ),
            (
                "clang LLVM (rustc version 1.97.0-nightly (abcdef012 2026-05-01))",
                "1.97.0-nightly",
            ),
            (
                "clang LLVM (rustc version 1.96.0-beta.2 (abcdef012 2026-05-01))",
                "1.96.0-beta.2",
            ),
            (
                "clang LLVM (rustc version 1.97.1 (abc 2026-07-01) (built from a source tarball))",
                "1.97.1",
            ),
            ("clang LLVM (rustc version 1.85.0)", "1.85.0"),
            (
                "rustc version 1.95.0 (59807616e 2026-04-14) with cranelift 0.130.0",
                "1.95.0",
            ),
        ] {
            assert_eq!(rustc_version(producer), Some(version), "{producer}");
        }
    }

    #[test]
    fn other_compilers_are_not_rustc() {
        for producer in [
            "",
            "GNU C17 12.2.0 -mtune=generic -g -O2",
            "GNU C17 12.2.0 -DX=clang LLVM (rustc version 1.95.0 (59807616e 2026-04-14))",
            "GNU Rust 14.1.0 -frust-incomplete-and-experimental-compiler-do-not-use",
            "Debian clang version 14.0.6",
            "clang LLVM (rustc version 1.95.0 (59807616e 2026-04-14)) and more",
            "clang LLVM (rustc version )",
            "clang LLVM (rustc version 1.95 (59807616e 2026-04-14))",
            "clang LLVM (rustc version 1.95.x (59807616e 2026-04-14))",
            "clang LLVM (rustc version 1.95.0- (59807616e 2026-04-14))",
            " rustc version 1.95.0",
            "rustc 1.95.0",
        ] {
            assert_eq!(rustc_version(producer), None, "{producer}");
        }
    }

    #[test]
    fn the_command_line_is_cut() {
        assert_eq!(short("GNU C17 12.2.0 -mtune=generic -g"), "GNU C17 12.2.0");
        assert_eq!(
            short("Debian clang version 14.0.6"),
            "Debian clang version 14.0.6"
        );
    }
}
