//! The two images, and how they are built.

use std::path::{Path, PathBuf};

use super::engine::Engine;
use crate::error::{Error, Result};
use crate::exec::CommandLine;
use crate::host::Host;

/// The variable that names a proxy's certificate, where no option does.
pub const CA_VARIABLE: &str = "SPRINT_CA_FILE";

/// A stage of the Dockerfile that people work in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Stage {
    /// For this machine's own architecture
    #[default]
    Dev,
    /// With cross compilers, emulators and wasmtime besides
    Cross,
}

impl Stage {
    /// As the Dockerfile and tags spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Cross => "cross",
        }
    }

    /// The image's name on this machine.
    pub fn tag(self) -> String {
        format!("sprint-kit:{}", self.name())
    }
}

/// What a build may be told.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// `NAME=VALUE`, for the Dockerfile's ARG.
    pub build_args: Vec<String>,
    /// A certificate to trust while building, in PEM.
    pub ca: Option<PathBuf>,
    /// Begin anew.
    pub no_cache: bool,
}

/// The command that builds.
pub fn build(engine: &Engine, root: &Path, stage: Stage, wish: &Wish) -> CommandLine {
    let mut line =
        engine
            .line(root)
            .args(["build", "--target", stage.name(), "--tag", &stage.tag()]);
    for argument in &wish.build_args {
        line = line.args(["--build-arg", argument]);
    }
    if let Some(ca) = &wish.ca {
        line = line.args(["--secret".to_owned(), format!("id=ca,src={}", ca.display())]);
    }
    if wish.no_cache {
        line = line.args(["--no-cache"]);
    }
    line.args(["."])
}

/// The certificate that an option or the environment names.
pub fn ca(option: Option<&Path>, directory: &Path, host: &Host) -> Result<Option<PathBuf>> {
    let named = option
        .map(Path::to_owned)
        .or_else(|| host.var(CA_VARIABLE).map(PathBuf::from));
    let Some(path) = named.map(|path| directory.join(path)) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    if text.contains("-----BEGIN CERTIFICATE-----") {
        return Ok(Some(path));
    }
    Err(Error::setup(
        "no-certificate",
        format!("there is no certificate in `{}`", path.display()),
    )
    .detail("wanted", "a PEM file, as your administrator hands it out")
    .next("just image --ca /path/to/ca.crt"))
}

/// What is to be known of an image that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// As the engine names it.
    pub id: String,
    /// `amd64`, `arm64`.
    pub arch: String,
    /// Bytes, unpacked.
    pub size: u64,
}

/// Looks for the image, and refuses one that this machine would have to emulate.
pub fn need(engine: &Engine, root: &Path, host: &Host, stage: Stage) -> Result<Present> {
    let line = engine.line(root).args(["image", "inspect", "--format"]);
    let line = line.args(["{{.Id}} {{.Architecture}} {{.Size}}", &stage.tag()]);
    let output = crate::exec::output(&line, host.env())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let fields: Vec<&str> = text.split_whitespace().collect();
    let (true, [id, arch, size]) = (output.status.success(), fields.as_slice()) else {
        return Err(
            Error::setup("no-image", format!("there is no image {}", stage.tag()))
                .next(format!("just image {}", stage.name())),
        );
    };
    if *arch != engine.arch {
        return Err(Error::setup(
            "foreign-architecture",
            format!(
                "the image {} is for {arch}, and this machine runs {}",
                stage.tag(),
                engine.arch
            ),
        )
        .detail(
            "likely",
            "it was loaded from another machine; emulated, a build takes ten times as long",
        )
        .next(format!(
            "just image {} (builds one for this machine)",
            stage.name()
        )));
    }
    Ok(Present {
        id: (*id).to_owned(),
        arch: (*arch).to_owned(),
        size: size.parse().unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::engine::{Kind, imagined};

    #[test]
    fn a_build_is_one_line() {
        let line = build(
            &imagined(Kind::Podman),
            Path::new("/kit"),
            Stage::Cross,
            &Wish::default(),
        );
        assert_eq!(
            line.paste(),
            "(cd /kit && podman build --target cross --tag sprint-kit:cross .)"
        );
        let wish = Wish {
            build_args: vec!["RUST_PROVIDER=debian".to_owned()],
            ca: Some("/etc/my ca.crt".into()),
            no_cache: true,
        };
        let line = build(
            &imagined(Kind::Docker),
            Path::new("/kit"),
            Stage::Dev,
            &wish,
        );
        assert_eq!(
            line.paste(),
            "(cd /kit && DOCKER_BUILDKIT=1 docker build --target dev --tag sprint-kit:dev --build-arg \
             'RUST_PROVIDER=debian' --secret 'id=ca,src=/etc/my ca.crt' --no-cache .)"
        );
    }

    #[test]
    fn an_image_must_be_there_and_for_this_machine() {
        use std::os::unix::fs::PermissionsExt;
        let bin = tempfile::tempdir().expect("dir");
        let docker = bin.path().join("docker");
        let path = [("PATH".to_owned(), bin.path().to_string_lossy().into_owned())];
        let host = Host::with_env(path.into());
        let answer = |script: &str| {
            std::fs::write(&docker, format!("#!/bin/sh\n{script}\n")).expect("write");
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&docker, mode).expect("chmod");
            let engine = imagined(Kind::Docker);
            need(&engine, bin.path(), &host, Stage::Dev)
        };
        let present = answer("echo sha256:1 amd64 1360").expect("there");
        assert_eq!((present.arch.as_str(), present.size), ("amd64", 1360));
        for (script, id) in [
            ("echo sha256:1 arm64 1360", "foreign-architecture"),
            ("echo 'No such image' >&2; exit 1", "no-image"),
        ] {
            let error = answer(script).expect_err(id);
            assert_eq!(error.id(), id);
            let text = error.render(crate::term::Palette::plain());
            assert!(text.contains("just image dev"), "{text}");
        }
    }

    #[test]
    fn a_certificate_must_be_one() {
        let directory = tempfile::tempdir().expect("dir");
        let host = Host::with_env([(CA_VARIABLE.to_owned(), "ca.crt".to_owned())].into());
        let file = directory.path().join("ca.crt");
        let error = ca(None, directory.path(), &host).expect_err("nothing there");
        assert_eq!(error.id(), "no-certificate");
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\n").expect("write");
        assert_eq!(
            ca(None, directory.path(), &host).expect("reads"),
            Some(file)
        );
        let none = Host::with_env(std::collections::BTreeMap::new());
        assert_eq!(ca(None, directory.path(), &none).expect("none named"), None);
    }
}
