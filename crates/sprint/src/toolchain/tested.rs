//! Pairs of rustc and WASI SDK that have linked and passed the kit's tests. Both bring object files for
//! the same C library, so a new pair is not known to work before somebody has tried it.

/// (rustc, SDK), as `docs/cross.md` records them.
pub(super) const PAIRS: &[(&str, &str)] =
    &[("1.97", "Debian clang 21"), ("1.97", "Debian clang 22")];

/// CPython's own minimum for WASI (`Tools/wasm` of 3.13: SDK 24).
pub(super) const SDK_MINIMUM: u32 = 24;

/// Has this pair been tried?
pub(super) fn is_tested(rustc: &str, sdk: &str) -> bool {
    PAIRS
        .iter()
        .any(|(tested_rustc, tested_sdk)| *tested_rustc == rustc && *tested_sdk == sdk)
}
