//! `sprint image`: build the container image, enter it, weigh it, carry it away.

use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::{Answer, Context, to_json};
use crate::container::engine::{Engine, Kind};
use crate::container::image::{self, Stage, Wish};
use crate::container::shell::{self, Person, Session};
use crate::container::{archive, ready, size};
use crate::count;
use crate::error::{Error, IoContext, Result};
use crate::exec::{CommandLine, quote};
use crate::{atomic, exit::Exit};

/// Arguments of `sprint image`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do with the image.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Build an image from this checkout's Dockerfile
    #[command(after_help = "Examples:
  sprint image build                                     sprint-kit:dev
  sprint image build cross --dry-run                     the command, to paste
  sprint image build --ca /etc/ssl/certs/proxy.crt       behind a proxy with a certificate of its own
  sprint image build --build-arg RUST_PROVIDER=debian    where only Debian's packages can be reached")]
    Build {
        #[command(flatten)]
        which: Which,
        /// A value for one of the Dockerfile's ARGs
        #[arg(long = "build-arg", value_name = "NAME=VALUE")]
        build_args: Vec<String>,
        /// A certificate to trust while building, in PEM [default: $SPRINT_CA_FILE]
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// Use nothing of earlier builds
        #[arg(long)]
        no_cache: bool,
        /// Print the command, run nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Open a shell in the image, on this checkout
    #[command(after_help = "Examples:
  sprint image shell                                  the checkout is /workspace, and its files stay yours
  sprint image shell -- just test-module base64       one command instead
  sprint image shell --engine podman --dry-run        the commands, to paste")]
    Shell {
        #[command(flatten)]
        which: Which,
        /// Be root in there; what it writes is root's
        #[arg(long)]
        as_root: bool,
        /// A certificate to trust in there, in PEM [default: $SPRINT_CA_FILE]
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// Print the commands, run nothing
        #[arg(long)]
        dry_run: bool,
        /// What to run instead of a shell
        #[arg(last = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Weigh an image, layer by layer
    #[command(after_help = "Examples:
  sprint image size
  sprint image size cross --json")]
    Size {
        #[command(flatten)]
        which: Which,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write an image into one file, for a USB stick or a room
    #[command(after_help = "Examples:
  sprint image save                          sprint-kit-dev.tar and its sha256
  sprint image save dev --to /media/stick/sprint-kit-dev.tar

On the other machine: sha256sum -c sprint-kit-dev.tar.sha256, then docker load -i sprint-kit-dev.tar")]
    Save {
        #[command(flatten)]
        which: Which,
        /// Where to [default: sprint-kit-STAGE.tar here]
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// Print the commands, run nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Inside a new container: make the caches writable, say what is in the way
    #[command(after_help = "Examples:
  sprint image ready    what devcontainer.json and compose.yaml run first")]
    Ready,
}

/// Which image, by which engine.
#[derive(Debug, clap::Args)]
struct Which {
    /// For this machine alone, or for all targets
    #[arg(
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "dev|cross"
    )]
    stage: Stage,
    /// The engine [default: docker, else podman]
    #[arg(long, value_enum)]
    engine: Option<Kind>,
}

impl Args {
    pub(super) fn wants_json(&self) -> bool {
        matches!(self.action, Action::Size { json: true, .. })
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    let root = context.root.as_path();
    let certificate =
        |ca: &Option<PathBuf>| image::ca(ca.as_deref(), &context.directory, context.host);
    match &args.action {
        Action::Ready => {
            let said = ready::ready(root, context.host)?;
            Ok(Answer::ok(said.join("\n") + "\n"))
        }
        Action::Build {
            which,
            build_args,
            ca,
            no_cache,
            dry_run,
        } => {
            let wish = Wish {
                build_args: build_args.clone(),
                ca: certificate(ca)?,
                no_cache: *no_cache,
            };
            let engine = Engine::find(context.host, root, which.engine)?;
            let line = image::build(&engine, root, which.stage, &wish);
            if *dry_run {
                return Ok(Answer::ok(line.paste() + "\n"));
            }
            through(
                &line,
                context,
                "build-failed",
                "docs/docker.md says what an image needs",
            )?;
            let present = image::need(&engine, root, context.host, which.stage)?;
            Ok(Answer::ok(format!(
                "{} for {}, {} unpacked; next: just shell\n",
                which.stage.tag(),
                present.arch,
                count::bytes(present.size)
            )))
        }
        Action::Shell {
            which,
            as_root,
            ca,
            dry_run,
            command,
        } => {
            let session = Session {
                stage: which.stage,
                terminal: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
                ca: certificate(ca)?,
                as_root: *as_root,
                command: command.clone(),
            };
            let engine = Engine::find(context.host, root, which.engine)?;
            shell::refuse_home(&engine, root, context.host.home())?;
            let person = Person::of(root)?;
            let lines = shell::commands(&engine, root, person, &session)?;
            if *dry_run {
                let text = lines
                    .iter()
                    .map(|line| line.paste() + "\n")
                    .collect::<String>();
                return Ok(Answer::ok(text));
            }
            image::need(&engine, root, context.host, which.stage)?;
            enter(&lines, context)
        }
        Action::Size { which, json } => {
            let engine = Engine::find(context.host, root, which.engine)?;
            image::need(&engine, root, context.host, which.stage)?;
            let layers = size::layers(&engine, root, context.host, which.stage)?;
            let text = match json {
                true => to_json(&layers)?,
                false => size::table(which.stage, &layers),
            };
            Ok(Answer::ok(text))
        }
        Action::Save { which, to, dry_run } => {
            let engine = Engine::find(context.host, root, which.engine)?;
            let name = format!("sprint-kit-{}.tar", which.stage.name());
            let to = context
                .directory
                .join(to.clone().unwrap_or_else(|| name.into()));
            save(&engine, which.stage, &to, *dry_run, context)
        }
    }
}

/// Runs a program whose output is for the person, as it comes.
fn through(line: &CommandLine, context: &Context<'_>, id: &'static str, next: &str) -> Result<()> {
    let status = line
        .command(context.host.env())
        .stdout(Stdio::from(std::io::stderr()))
        .status()
        .on("run", Path::new(&line.program))?;
    context.interrupt.check("the container engine's work")?;
    if status.success() {
        return Ok(());
    }
    Err(Error::new(
        Exit::BuildFailed,
        id,
        format!("`{}` failed ({status})", line.paste()),
    )
    .next(next))
}

/// Runs all but the last command, and becomes the last.
fn enter(lines: &[CommandLine], context: &Context<'_>) -> Result<Answer> {
    let Some((container, before)) = lines.split_last() else {
        return Err(Error::bug("no command to start a container with"));
    };
    for line in before {
        through(
            line,
            context,
            "uid-layer",
            "just shell --as-root works without this layer",
        )?;
    }
    let source = container
        .command(context.host.env())
        .stdin(Stdio::inherit())
        .exec();
    Err(Error::io("run", Path::new(&container.program), &source))
}

fn save(
    engine: &Engine,
    stage: Stage,
    to: &Path,
    dry_run: bool,
    context: &Context<'_>,
) -> Result<Answer> {
    let root = &context.root;
    let scratch = atomic::beside(to);
    let saved = scratch.join("saved.tar");
    let line = engine
        .line(root)
        .args(["save", "--output", &saved.to_string_lossy(), &stage.tag()]);
    let name = to
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    if dry_run {
        return Ok(Answer::ok(format!(
            "mkdir {0}\n{1}\n# repacked to {2}: layers by gzip, each file under its digest\nrm -r {0}\n",
            quote(&scratch.to_string_lossy()),
            line.paste(),
            quote(&to.to_string_lossy())
        )));
    }
    image::need(engine, root, context.host, stage)?;
    let gzip = context
        .host
        .find("pigz")
        .map_or_else(|| context.host.need("gzip", "to compress layers"), Ok)?;
    std::fs::create_dir(&scratch).on("create directory", &scratch)?;
    context
        .progress
        .say(&format!("saving     {} (a minute or two)", stage.tag()));
    let done = through(&line, context, "save-failed", "is there room? df -h")
        .and_then(|()| archive::repack(&saved, to, &scratch, &gzip));
    let removed = std::fs::remove_dir_all(&scratch);
    let done = done?;
    removed.on("remove", &scratch)?;
    let sum = to.with_file_name(format!("{name}.sha256"));
    atomic::write(&sum, format!("{}  {name}\n", done.sha256).as_bytes())?;
    let unpacked: u64 = done.layers.iter().map(|(unpacked, _)| unpacked).sum();
    Ok(Answer::ok(format!(
        "{}: {} ({} unpacked, {})\nsha256 {}\nthere: sha256sum -c {name}.sha256 && docker load -i {name}\n",
        to.display(),
        count::bytes(done.bytes),
        count::bytes(unpacked),
        count::count(done.layers.len() as u64, "layer"),
        done.sha256
    )))
}
