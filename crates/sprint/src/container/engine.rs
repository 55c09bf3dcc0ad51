//! The container engine of this machine: docker or podman, whose root it is, and what stands in the way.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::exec::{self, CommandLine};
use crate::host::Host;

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Docker, and what answers to its name.
    Docker,
    /// Podman.
    Podman,
}

impl Kind {
    fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// An engine that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// Which.
    pub kind: Kind,
    /// Its containers' root is an ordinary user of this machine.
    pub rootless: bool,
    /// The architecture that its containers run on, in the engine's words (`amd64`, `arm64`).
    pub arch: String,
    /// Files need a label before a container may touch them.
    pub selinux: bool,
    /// The builder that works in the engine itself. A person may have chosen another one (`docker buildx create --use`),
    /// which neither sees the engine's images nor leaves its own there.
    pub builder: Option<String>,
    /// Its containers run in a virtual machine that maps owners by itself (Docker Desktop).
    pub maps_owners: bool,
}

impl Engine {
    /// Asks the engine that was named, else the first that is there.
    pub fn find(host: &Host, root: &Path, named: Option<Kind>) -> Result<Self> {
        let kind = match named {
            Some(kind) => kind,
            None => [Kind::Docker, Kind::Podman]
                .into_iter()
                .find(|kind| host.find(kind.program()).is_some())
                .ok_or_else(|| {
                    Error::setup("no-engine", "neither docker nor podman is on PATH")
                        .next("install one (docs/devcontainer.md), or work without a container: ./scripts/bootstrap.sh")
                })?,
        };
        match kind {
            Kind::Docker => docker(host, root),
            Kind::Podman => podman(host, root),
        }
    }

    /// A command of this engine.
    pub fn line(&self, root: &Path) -> CommandLine {
        let line = CommandLine::new(self.kind.program(), root);
        match self.kind {
            // What the 20.10 client does not do by itself; newer ones do it anyway.
            Kind::Docker => match &self.builder {
                Some(builder) => line.env("BUILDX_BUILDER", builder),
                None => line,
            }
            .env("DOCKER_BUILDKIT", "1"),
            Kind::Podman => line,
        }
    }
}

fn ask(kind: Kind, args: &[&str], host: &Host, root: &Path) -> Result<(bool, String, String)> {
    let line = CommandLine::new(kind.program(), root).args(args.iter().copied());
    let output = exec::output(&line, host.env())?;
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    ))
}

fn docker(host: &Host, root: &Path) -> Result<Engine> {
    let (ok, info, errors) = ask(
        Kind::Docker,
        &["info", "--format", "{{json .}}"],
        host,
        root,
    )?;
    let info: Value = serde_json::from_str(&info).unwrap_or_default();
    let text = |key: &str| info[key].as_str().unwrap_or_default().to_owned();
    if !ok || text("ServerVersion").is_empty() {
        let seen = match info["ServerErrors"].as_array() {
            Some(errors) if !errors.is_empty() => errors
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join("\n"),
            _ => errors,
        };
        return Err(docker_down(&seen, host));
    }
    let (_, client, _) = ask(
        Kind::Docker,
        &["version", "--format", "{{.Client.Version}}"],
        host,
        root,
    )?;
    let major: u32 = client
        .split('.')
        .next()
        .and_then(|part| part.trim().parse().ok())
        .unwrap_or(0);
    let (buildx, _, _) = ask(Kind::Docker, &["buildx", "version"], host, root)?;
    // Up to 20.10 the client has a BuildKit of its own.
    if !buildx && major >= 23 {
        return Err(Error::setup(
            "no-buildx",
            format!("this docker ({}) has no buildx, and cannot build with BuildKit without it", client.trim()),
        )
        .next("sudo apt-get install docker-buildx (Debian), docker-buildx-plugin (Docker's own packages)"));
    }
    let (named, context, _) = ask(
        Kind::Docker,
        &["context", "inspect", "--format", "{{.Name}}"],
        host,
        root,
    )?;
    let context = context.trim();
    let options = info["SecurityOptions"].to_string();
    Ok(Engine {
        kind: Kind::Docker,
        builder: (named && buildx && !context.is_empty()).then(|| context.to_owned()),
        rootless: options.contains("name=rootless"),
        arch: arch(&text("Architecture")),
        selinux: options.contains("name=selinux"),
        maps_owners: host.os != "linux" || text("OperatingSystem").contains("Docker Desktop"),
    })
}

fn docker_down(seen: &str, host: &Host) -> Error {
    let socket = match host.var("DOCKER_HOST") {
        None => PathBuf::from("/var/run/docker.sock"),
        Some(address) => PathBuf::from(address.strip_prefix("unix://").unwrap_or_default()),
    };
    let error = Error::setup("engine-down", "docker's daemon does not answer").detail("seen", seen);
    let forbidden =
        socket.exists() && rustix::fs::access(&socket, rustix::fs::Access::WRITE_OK).is_err();
    if forbidden {
        return error
            .detail("likely", format!("you may not write to {}", socket.display()))
            .next("sudo usermod -aG docker \"$USER\", then log in again (members of that group are as good as root)");
    }
    error.next(match host.os {
        "linux" => {
            "sudo systemctl start docker (or start Docker Desktop), then the same command again"
        }
        _ => "start Docker Desktop, then the same command again",
    })
}

fn podman(host: &Host, root: &Path) -> Result<Engine> {
    let (ok, info, errors) = ask(Kind::Podman, &["info", "--format", "json"], host, root)?;
    let info: Value = serde_json::from_str(&info).unwrap_or_default();
    let own = &info["host"];
    if !ok || own.is_null() {
        return Err(Error::setup("engine-down", "podman does not answer")
            .detail("seen", errors)
            .next(match host.os {
                "linux" => "podman info",
                _ => "podman machine start, then the same command again",
            }));
    }
    Ok(Engine {
        kind: Kind::Podman,
        builder: None,
        rootless: own["security"]["rootless"].as_bool().unwrap_or(false),
        arch: arch(own["arch"].as_str().unwrap_or_default()),
        selinux: own["security"]["selinuxEnabled"].as_bool().unwrap_or(false),
        maps_owners: host.os != "linux",
    })
}

/// The kernel's name of a processor as images spell it.
fn arch(name: &str) -> String {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
    .to_owned()
}

/// An engine that never answers, for command lines in tests.
#[cfg(test)]
pub(super) fn imagined(kind: Kind) -> Engine {
    Engine {
        kind,
        builder: None,
        rootless: kind == Kind::Podman,
        arch: "amd64".to_owned(),
        selinux: false,
        maps_owners: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A machine whose `docker` or `podman` is this shell script.
    fn machine(name: &str, script: &str) -> (tempfile::TempDir, Host) {
        let bin = tempfile::tempdir().expect("dir");
        let path = bin.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("write");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("chmod");
        let env = [
            ("PATH".to_owned(), bin.path().to_string_lossy().into_owned()),
            (
                "DOCKER_HOST".to_owned(),
                "unix:///nonexistent/docker.sock".to_owned(),
            ),
        ];
        (bin, Host::with_env(env.into()))
    }

    const INFO: &str = r#"{"ServerVersion":"20.10.24","Architecture":"aarch64","OperatingSystem":"Debian","SecurityOptions":["name=rootless","name=selinux"]}"#;

    #[test]
    fn an_engine_says_what_it_is() {
        let script = format!(
            "case $1 in info) echo '{INFO}';; version) echo 28.1;; context) echo desk;; esac"
        );
        let (bin, host) = machine("docker", &script);
        let engine = Engine::find(&host, bin.path(), None).expect("answers");
        assert_eq!((engine.kind, engine.arch.as_str()), (Kind::Docker, "arm64"));
        assert!(engine.rootless && engine.selinux && !engine.maps_owners);
        let line = engine.line(bin.path()).paste();
        assert!(line.contains("BUILDX_BUILDER=desk"), "{line}");
        let script = "echo '{\"host\":{\"arch\":\"amd64\",\"security\":{\"rootless\":true,\"selinuxEnabled\":true}}}'";
        let (bin, host) = machine("podman", script);
        let engine = Engine::find(&host, bin.path(), None).expect("answers");
        assert_eq!(engine.kind, Kind::Podman);
        assert!(engine.rootless && engine.selinux);
    }

    #[test]
    fn what_is_in_the_way_has_a_next_command() {
        let buildx =
            format!("case $1 in info) echo '{INFO}';; version) echo 28.1;; buildx) exit 1;; esac");
        let down = r#"echo '{"ServerVersion":"","ServerErrors":["Cannot connect to the Docker daemon"]}'; exit 1"#;
        for (name, script, id, word) in [
            ("docker", buildx.as_str(), "no-buildx", "docker-buildx"),
            ("docker", down, "engine-down", "systemctl start docker"),
            (
                "podman",
                "echo no >&2; exit 125",
                "engine-down",
                "podman info",
            ),
            ("other", "", "no-engine", "bootstrap.sh"),
        ] {
            let (bin, host) = machine(name, script);
            let error = Engine::find(&host, bin.path(), None).expect_err(id);
            assert_eq!(error.id(), id);
            let text = error.render(crate::term::Palette::plain());
            assert!(text.contains(word), "{text}");
        }
        // The old client builds with BuildKit without the plugin.
        let old = format!(
            "case $1 in info) echo '{INFO}';; version) echo 20.10.24;; buildx) exit 1;; esac"
        );
        let (bin, host) = machine("docker", &old);
        assert!(Engine::find(&host, bin.path(), None).is_ok());
    }
}
