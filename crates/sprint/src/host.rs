//! What this machine offers. The only place that reads the process environment: everything else
//! receives a `Host`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::pins::Version;
use crate::remedy::Part;

/// A probed machine.
#[derive(Clone, Debug)]
pub struct Host {
    env: BTreeMap<String, String>,
    /// Processors that this process may use.
    pub cpus: usize,
    /// `linux`, `macos`, …
    pub os: &'static str,
    /// `x86_64`, `aarch64`, …
    pub arch: &'static str,
}

/// The Rust that builds the modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rust {
    /// The program, as found on PATH.
    pub cargo: PathBuf,
    /// The version that rustc states.
    pub version: Version,
    /// The whole of `rustc -vV`; part of every build key.
    pub verbose: String,
    /// rustc's own host triple.
    pub host: String,
}

impl Host {
    /// Looks at the environment and the processor count. Runs nothing.
    pub fn probe() -> Self {
        Self::with_env(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// A machine with this environment; tests use it too.
    pub fn with_env(env: BTreeMap<String, String>) -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            env,
            cpus,
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
        }
    }

    /// An environment variable that is set and not empty.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// All of the environment, for children.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// The person's home directory.
    pub fn home(&self) -> Option<&Path> {
        self.var("HOME").map(Path::new)
    }

    /// `$XDG_CACHE_HOME/sprint-kit`, or `~/.cache/sprint-kit`: downloads that every clone may use.
    pub fn user_cache(&self) -> Option<PathBuf> {
        self.user_directory("XDG_CACHE_HOME", ".cache")
    }

    /// `$XDG_CONFIG_HOME/sprint-kit`, or `~/.config/sprint-kit`: what the person decided (whose snapshots to trust).
    pub fn user_config(&self) -> Option<PathBuf> {
        self.user_directory("XDG_CONFIG_HOME", ".config")
    }

    /// `$XDG_DATA_HOME/sprint-kit`, or `~/.local/share/sprint-kit`: what must not be lost (the person's own key).
    pub fn user_data(&self) -> Option<PathBuf> {
        self.user_directory("XDG_DATA_HOME", ".local/share")
    }

    fn user_directory(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let base = self
            .var(variable)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        base.or_else(|| Some(self.home()?.join(below_home)))
            .map(|base| base.join("sprint-kit"))
    }

    /// The first executable of this name on PATH.
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        self.var("PATH")?
            .split(':')
            .map(|directory| Path::new(directory).join(program))
            .find(|path| is_executable(path))
    }

    /// `find`, else what bootstrap installed for the kit alone (`$XDG_DATA_HOME/sprint-kit/bin`).
    pub fn find_tool(&self, program: &str) -> Option<PathBuf> {
        let data = match self.var("XDG_DATA_HOME") {
            Some(data) => Some(PathBuf::from(data)),
            None => self.home().map(|home| home.join(".local/share")),
        };
        let own = data.map(|data| data.join("sprint-kit/bin").join(program));
        self.find(program)
            .or_else(|| own.filter(|path| is_executable(path)))
    }

    /// `find`, or a setup error that says how to get the program.
    pub fn need(&self, program: &str, wanted_for: &str) -> Result<PathBuf> {
        self.find(program).ok_or_else(|| {
            Error::setup(
                "missing-program",
                format!("`{program}` is not on PATH; it is needed {wanted_for}"),
            )
            .next(self.install_hint(program))
        })
    }

    /// The command that brings a program or library on this machine, as far as we know.
    pub fn install_hint(&self, program: &str) -> String {
        let part = match program {
            "cargo" | "rustc" => Part::Rust,
            _ => Part::System,
        };
        part.remedy(self).to_owned()
    }

    /// Asks cargo's rustc what it is, in `root` (where rust-toolchain.toml counts).
    pub fn rust(&self, root: &Path) -> Result<Rust> {
        let cargo = self.need("cargo", "to build the Rust modules")?;
        let rustc = match self.var("RUSTC") {
            Some(path) => PathBuf::from(path),
            None => self.need("rustc", "to build the Rust modules")?,
        };
        let output = Command::new(&rustc)
            .arg("-vV")
            .current_dir(root)
            .output()
            .map_err(|source| Error::io("run", &rustc, &source))?;
        let verbose = String::from_utf8_lossy(&output.stdout).into_owned();
        let field = |name: &str| {
            verbose
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
        };
        let version = field("release:").and_then(|text| text.parse().ok());
        match (output.status.success(), version, field("host:")) {
            (true, Some(version), Some(host)) => Ok(Rust {
                cargo,
                version,
                host: host.to_owned(),
                verbose: verbose.clone(),
            }),
            _ => Err(Error::setup(
                "rustc-broken",
                format!("`{} -vV` does not answer", rustc.display()),
            )
            .detail("seen", String::from_utf8_lossy(&output.stderr).trim())
            .next("./scripts/bootstrap.sh --only rust")),
        }
    }
}

/// Is it a file that somebody may execute?
pub fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(pairs: &[(&str, &str)]) -> Host {
        Host::with_env(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_missing_program_says_what_to_type() {
        let host = host(&[("PATH", "/nonexistent")]);
        let error = host
            .need("cargo", "to build")
            .expect_err("there is no cargo there");
        assert_eq!(error.exit(), crate::exit::Exit::Setup);
        assert!(
            error
                .render(crate::term::Palette::plain())
                .contains("bootstrap.sh --only rust")
        );
    }

    #[test]
    fn empty_variables_do_not_count() {
        let host = host(&[("XDG_CACHE_HOME", ""), ("HOME", "/home/ana")]);
        assert_eq!(
            host.user_cache(),
            Some(PathBuf::from("/home/ana/.cache/sprint-kit"))
        );
    }
}
