//! A shell in the container, for those who work without VS Code: the checkout at `/workspace`, the caches in the same
//! volumes as the devcontainer's, and every file in the checkout yours afterwards.
//!
//! The image's user has the number 1000. Whoever has another one gets, in this order: podman's `keep-id`, which maps
//! numbers; nothing, where the engine's virtual machine maps owners; the container's root, where the engine is rootless
//! (its root is you); else a layer on top of the image that gives the user your numbers, as devcontainers do.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::engine::{Engine, Kind};
use super::image::Stage;
use crate::error::{Error, IoContext, Result};
use crate::exec::CommandLine;

/// The number of the image's user and of its group.
const IMAGE_USER: u32 = 1000;
/// Engines keep numbers of users in 32 bits with a sign.
const LARGEST: u32 = 2_147_483_647;
/// Volume and place, as devcontainer.json has them.
const VOLUMES: [(&str, &str); 3] = [
    ("sprint-kit-cargo-registry", "/home/sprint/.cargo/registry"),
    ("sprint-kit-sccache", "/home/sprint/.cache/sccache"),
    ("sprint-kit-cache", "/home/sprint/.cache/sprint-kit"),
];

/// Who works in the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

impl Person {
    /// The person at the keyboard; where that is root, whoever owns the checkout.
    pub fn of(root: &Path) -> Result<Self> {
        let own = Self {
            uid: rustix::process::getuid().as_raw(),
            gid: rustix::process::getgid().as_raw(),
        };
        let data = root.metadata().on("look at", root)?;
        let owner = Self {
            uid: data.uid(),
            gid: data.gid(),
        };
        Ok(if own.uid == 0 { owner } else { own })
    }
}

/// What to start.
#[derive(Clone, Debug)]
pub struct Session {
    /// In which image.
    pub stage: Stage,
    /// Somebody is at a terminal.
    pub terminal: bool,
    /// A certificate to trust, in PEM.
    pub ca: Option<PathBuf>,
    /// Be root in there, whoever you are.
    pub as_root: bool,
    /// What to run instead of a shell.
    pub command: Vec<String>,
}

/// The commands, in order: the last one is the container.
pub fn commands(
    engine: &Engine,
    root: &Path,
    person: Person,
    session: &Session,
) -> Result<Vec<CommandLine>> {
    if person.uid > LARGEST || person.gid > LARGEST {
        return Err(Error::setup(
            "uid-too-large",
            format!(
                "your number ({}:{}) is larger than container engines know",
                person.uid, person.gid
            ),
        )
        .detail("largest", LARGEST)
        .next("just shell --as-root, or work without a container: ./scripts/bootstrap.sh"));
    }
    let mapping = mapping(engine, person, session)?;
    let mut before = vec![];
    let mut image = session.stage.tag();
    let mut line = engine.line(root).args(["run", "--rm", "--init"]);
    if session.terminal {
        line = line.args(["--interactive", "--tty"]);
    }
    match mapping {
        Mapping::None => {}
        Mapping::KeepId => {
            line = line.args([format!(
                "--userns=keep-id:uid={IMAGE_USER},gid={IMAGE_USER}"
            )]);
        }
        Mapping::Root => line = line.args(["--user=0:0", "--env=HOME=/home/sprint"]),
        Mapping::Layer => {
            let name = format!("{image}-{}-{}", person.uid, person.gid);
            before.push(
                engine
                    .line(root)
                    .args([
                        "build",
                        "--tag",
                        &name,
                        "--file",
                        ".devcontainer/uid.Dockerfile",
                    ])
                    .args(["--build-arg".to_owned(), format!("IMAGE={image}")])
                    .args(["--build-arg".to_owned(), format!("NEW_UID={}", person.uid)])
                    .args(["--build-arg".to_owned(), format!("NEW_GID={}", person.gid)])
                    .args([".devcontainer"]),
            );
            image = name;
        }
    }
    let label = if engine.selinux { ":Z" } else { "" };
    line = line.args([format!("--volume={}:/workspace{label}", root.display())]);
    for (volume, place) in VOLUMES {
        line = line.args([format!("--volume={volume}:{place}")]);
    }
    if let Some(ca) = &session.ca {
        let label = if engine.selinux { ":ro,z" } else { ":ro" };
        line = line.args([format!(
            "--volume={}:/run/secrets/ca.crt{label}",
            ca.display()
        )]);
    }
    line = line.args(["--workdir=/workspace", &image]);
    before.push(line.args(inside(session)));
    Ok(before)
}

/// What runs in there: first what devcontainer.json does too, then the shell.
fn inside(session: &Session) -> Vec<String> {
    let trust = match session.ca {
        Some(_) => "sprint-add-ca /run/secrets/ca.crt >/dev/null && ",
        None => "",
    };
    let script = format!("{trust}./scripts/sprint image ready && exec \"$@\"");
    let mut words = vec!["sh".to_owned(), "-c".to_owned(), script, "sh".to_owned()];
    match session.command.as_slice() {
        [] => words.push("bash".to_owned()),
        command => words.extend(command.iter().cloned()),
    }
    words
}

/// How files of the container become the person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mapping {
    None,
    KeepId,
    Root,
    Layer,
}

fn mapping(engine: &Engine, person: Person, session: &Session) -> Result<Mapping> {
    if session.as_root {
        return Ok(Mapping::Root);
    }
    if engine.maps_owners {
        return Ok(Mapping::None);
    }
    if engine.rootless {
        return Ok(match engine.kind {
            Kind::Podman => Mapping::KeepId,
            Kind::Docker => Mapping::Root,
        });
    }
    match person {
        Person { uid: 0, .. } => Err(Error::setup(
            "checkout-owned-by-root",
            "this checkout belongs to root, and the container's user is nobody special",
        )
        .detail("likely", "it was cloned with sudo, or in a root shell")
        .next("sudo chown -R \"$USER\" . as yourself (or, if you must: just shell --as-root)")),
        Person {
            uid: IMAGE_USER,
            gid: IMAGE_USER,
        } => Ok(Mapping::None),
        _ => Ok(Mapping::Layer),
    }
}

/// An SELinux label is for a directory of its own: relabelling a whole home locks its owner out.
pub fn refuse_home(engine: &Engine, root: &Path, home: Option<&Path>) -> Result<()> {
    if engine.selinux && home.is_some_and(|home| home.starts_with(root)) {
        return Err(Error::setup(
            "label-home",
            format!(
                "`{}` holds your home directory, and would be given a container's SELinux label",
                root.display()
            ),
        )
        .next("move the clone to a directory of its own"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::engine::imagined;

    fn session() -> Session {
        Session {
            stage: Stage::Dev,
            terminal: true,
            ca: None,
            as_root: false,
            command: vec![],
        }
    }

    fn lines(engine: &Engine, uid: u32, session: &Session) -> Vec<String> {
        let person = Person { uid, gid: uid };
        let lines = commands(engine, Path::new("/kit"), person, session).expect("starts");
        lines.iter().map(CommandLine::paste).collect()
    }

    #[test]
    fn the_images_own_number_needs_nothing() {
        let lines = lines(&imagined(Kind::Docker), 1000, &session());
        assert_eq!(
            lines,
            [
                "(cd /kit && DOCKER_BUILDKIT=1 docker run --rm --init --interactive --tty '--volume=/kit:/workspace' \
              '--volume=sprint-kit-cargo-registry:/home/sprint/.cargo/registry' \
              '--volume=sprint-kit-sccache:/home/sprint/.cache/sccache' \
              '--volume=sprint-kit-cache:/home/sprint/.cache/sprint-kit' '--workdir=/workspace' sprint-kit:dev \
              sh -c './scripts/sprint image ready && exec \"$@\"' sh bash)"
            ]
        );
    }

    #[test]
    fn another_number_gets_a_layer() {
        let lines = lines(&imagined(Kind::Docker), 200_001, &session());
        assert_eq!(lines.len(), 2);
        assert!(
            lines[0].contains("docker build --tag sprint-kit:dev-200001-200001"),
            "{}",
            lines[0]
        );
        assert!(lines[0].contains("'NEW_UID=200001'"), "{}", lines[0]);
        assert!(
            lines[1].contains(" sprint-kit:dev-200001-200001 sh"),
            "{}",
            lines[1]
        );
    }

    #[test]
    fn podman_keeps_the_id_and_selinux_wants_a_label() {
        let mut engine = imagined(Kind::Podman);
        engine.selinux = true;
        let session = Session {
            ca: Some("/etc/ca.crt".into()),
            terminal: false,
            command: vec!["just".to_owned(), "doctor".to_owned()],
            ..session()
        };
        let lines = lines(&engine, 1001, &session);
        assert_eq!(lines.len(), 1);
        for part in [
            "'--userns=keep-id:uid=1000,gid=1000'",
            "'--volume=/kit:/workspace:Z'",
            "'--volume=/etc/ca.crt:/run/secrets/ca.crt:ro,z'",
            "sprint-add-ca /run/secrets/ca.crt",
            "sh just doctor)",
        ] {
            assert!(lines[0].contains(part), "{part}: {}", lines[0]);
        }
        assert!(!lines[0].contains("--tty"), "{}", lines[0]);
        assert!(refuse_home(&engine, Path::new("/home"), Some(Path::new("/home/ana"))).is_err());
        assert!(
            refuse_home(
                &engine,
                Path::new("/home/ana/kit"),
                Some(Path::new("/home/ana"))
            )
            .is_ok()
        );
    }

    #[test]
    fn owners_that_are_mapped_already_are_left_alone() {
        let mut engine = imagined(Kind::Docker);
        engine.maps_owners = true;
        assert_eq!(lines(&engine, 501, &session()).len(), 1);
        let mut engine = imagined(Kind::Docker);
        engine.rootless = true;
        assert!(lines(&engine, 1001, &session())[0].contains("'--user=0:0'"));
    }

    #[test]
    fn who_cannot_be_mapped_is_told() {
        for (uid, id) in [
            (0, "checkout-owned-by-root"),
            (3_000_000_000, "uid-too-large"),
        ] {
            let person = Person { uid, gid: uid };
            let error = commands(
                &imagined(Kind::Docker),
                Path::new("/kit"),
                person,
                &session(),
            );
            assert_eq!(error.expect_err(id).id(), id);
        }
    }

    #[test]
    fn volumes_are_those_of_the_devcontainer_and_of_compose() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text =
            std::fs::read_to_string(root.join(".devcontainer/devcontainer.json")).expect("read");
        let compose = std::fs::read_to_string(root.join("compose.yaml")).expect("read");
        for (volume, place) in VOLUMES {
            assert!(
                text.contains(&format!("source={volume},target={place},")),
                "{volume}"
            );
            assert!(
                compose.contains(&format!("- {volume}:{place}\n")),
                "{volume}"
            );
        }
    }
}
