//! Build profiles: what is asked of configure, and how cargo builds the modules to match.

use serde::Serialize;

/// How CPython and the modules are built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// `--with-pydebug`: assertions, reference counts; what CPython's developers work in.
    #[default]
    Debug,
    /// Optimised as configure does by default, without profile-guided optimisation.
    Release,
    /// `--disable-gil` with `--with-pydebug`.
    FreeThreaded,
    /// `--with-pydebug` under AddressSanitizer.
    Asan,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Release, Self::FreeThreaded, Self::Asan];

    /// As in directory names and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
            Self::FreeThreaded => "free-threaded",
            Self::Asan => "asan",
        }
    }

    /// What configure is asked for.
    pub fn configure_args(self) -> &'static [&'static str] {
        match self {
            Self::Debug => &["--with-pydebug"],
            Self::Release => &[],
            Self::FreeThreaded => &["--with-pydebug", "--disable-gil"],
            // pymalloc hides overflows from the sanitizer.
            Self::Asan => &[
                "--with-pydebug",
                "--with-address-sanitizer",
                "--without-pymalloc",
            ],
        }
    }

    /// `Py_DEBUG` is defined.
    pub fn is_pydebug(self) -> bool {
        self != Self::Release
    }

    /// `Py_GIL_DISABLED` is defined.
    pub fn is_free_threaded(self) -> bool {
        self == Self::FreeThreaded
    }

    /// cargo's profile for the modules.
    pub fn cargo_profile(self) -> &'static str {
        if self == Self::Release {
            "release"
        } else {
            "dev"
        }
    }

    /// The directory under cargo's target directory.
    pub fn cargo_directory(self) -> &'static str {
        if self == Self::Release {
            "release"
        } else {
            "debug"
        }
    }

    /// Environment for everything that runs an interpreter of this profile.
    pub fn runtime_env(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // CPython keeps memory for its whole life on purpose; its own CI sets the same.
            Self::Asan => &[(
                "ASAN_OPTIONS",
                "detect_leaks=0:allocator_may_return_null=1:handle_segv=0",
            )],
            _ => &[],
        }
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
