//! `sprint room`: join the room of a sprint, see who is there, leave it; or open one.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::{Answer, Context, to_json};
use crate::count;
use crate::error::{Error, IoContext, Result};
use crate::exit::Exit;
use crate::room::name::{self, shown};
use crate::room::{Away, JoinLine, Room, Table};

/// Arguments of `sprint room`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sprint room up                      open a room on this machine (the lead)
  sprint room join 'LINE' --name ana  join one, with the line that `up` printed
  sprint room status                  who is there, what the room saved
  sprint room leave                   give claims back and forget it")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do with a room.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Join a room: its snapshots, and claims on tasks
    Join {
        /// The line that the lead shows, in single quotes
        #[arg(required_unless_present = "lead")]
        line: Option<String>,
        /// What others see (default: your user name on this machine)
        #[arg(long)]
        name: Option<String>,
        /// Also use the room's compile cache. Its objects are not signed: whoever can change
        /// what goes over this network can change what you compile
        #[arg(long)]
        trust_lan: bool,
        /// Join the room that was opened from this clone, as its lead
        #[arg(long, conflicts_with = "line")]
        lead: bool,
    },
    /// Say who is there, who is at what, and what the room saved
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Give your claims back and forget the room
    Leave,
    /// Open a room on this machine (compiles its servers first)
    Up(Passed),
    /// Show the room's board on a page of this machine
    Board(Passed),
    /// Free a task whose holder has gone (the lead)
    Release(Passed),
}

/// Arguments for the lead's program.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
struct Passed {
    /// See: sprint room up --help
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGS"
    )]
    rest: Vec<String>,
}

impl Args {
    pub(super) fn wants_json(&self) -> bool {
        matches!(self.action, Action::Status { json: true })
    }
}

/// Runs the command.
pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Answer> {
    match &args.action {
        Action::Join {
            line,
            name,
            trust_lan,
            lead,
        } => {
            let line = match (line, lead) {
                (Some(line), false) => JoinLine::parse(line)?,
                _ => lead_line(context)?,
            };
            join(&line, name.as_deref(), *trust_lan, context)
        }
        Action::Status { json } => status(*json, context),
        Action::Leave => leave(context),
        Action::Up(passed) => lead("up", &passed.rest, context),
        Action::Board(passed) => lead("board", &passed.rest, context),
        Action::Release(passed) => lead("release", &passed.rest, context),
    }
}

fn join(
    line: &JoinLine,
    typed: Option<&str>,
    trust_lan: bool,
    context: &Context<'_>,
) -> Result<Answer> {
    let name = match typed.or_else(|| context.host.var("USER")) {
        Some(name) => name::parse(name)?,
        None => {
            return Err(
                Error::usage("room-name", "this machine does not say who you are")
                    .next("say it: --name NAME"),
            );
        }
    };
    let before = Room::load(context.host).unwrap_or(None);
    let mut room = line.room(name, trust_lan)?;
    if let Some(before) = &before {
        if before.redis == room.redis && before.name == room.name {
            // The same guest again: claims stay theirs.
            room.token.clone_from(&before.token);
        } else {
            // The room that is left may be gone; its claims end by themselves then.
            let _ = before.ask("bye", &[]);
        }
        before.unshare(context.host)?;
    }
    let said = room.ask("hello", &[]).map_err(|Away(why)| {
        Error::setup(
            "room-away",
            format!("the room at {} cannot be joined: {why}", room.redis),
        )
        .detail(
            "likely",
            "another network than the lead's, a firewall, or the room is closed",
        )
        .next("ping the lead's machine; then the same command again")
    })?;
    if !said.ok {
        let error = Error::usage(
            "room-refused",
            format!("the room does not take `{}`", room.name),
        );
        return Err(match said.why.as_deref() {
            Some("name-taken") => error
                .detail("why", "somebody there has this name")
                .next("another one: --name NAME"),
            why => error.detail("why", shown(why.unwrap_or("it does not say"))),
        });
    }
    room.share(context.host)?;
    room.save(context.host)?;
    let mut text = format!(
        "joined    {} as {}   (another name: --name)\n",
        room.base, room.name
    );
    text.push_str(&match room.fingerprint() {
        Some(print) => {
            format!(
                "key       {print}   compare it with what the lead's screen shows\n\
                 snapshots builds are restored from there, where this key signed them\n"
            )
        }
        None => {
            "key       none in this line: snapshots of this room cannot be verified\n".to_owned()
        }
    });
    text.push_str(if trust_lan {
        "compiler  objects of this room's cache are used. They are NOT signed: whoever can change what goes over\n\
         \x20         this network can change what you compile. Without it: join again without --trust-lan\n"
    } else {
        "compiler  its cache is not used (objects are unsigned); to use it all the same: --trust-lan\n"
    });
    text.push_str("tasks     `just task start` claims a task for everybody to see; `just tasks` shows what is taken\n");
    text.push_str("leave     just room leave\n");
    Ok(Answer::ok(text))
}

fn status(json: bool, context: &Context<'_>) -> Result<Answer> {
    let Some(room) = Room::load(context.host)? else {
        if json {
            return Ok(Answer::ok(to_json(&serde_json::json!({ "room": null }))?));
        }
        return Ok(Answer::ok(
            "no room was joined; with a lead's line: just room join 'LINE'\n",
        ));
    };
    let listed = room.list();
    if json {
        let (answers, table) = match listed {
            Ok(table) => (true, Some(table)),
            Err(_) => (false, None),
        };
        let value = serde_json::json!({
            "room": {
                "base": room.base, "name": room.name, "fingerprint": room.fingerprint(),
                "trust_lan": room.trust_lan, "answers": answers, "table": table,
            },
        });
        return Ok(Answer::ok(to_json(&value)?));
    }
    let mut text = format!(
        "room      {} as {}{}\n",
        room.base,
        room.name,
        if room.trust_lan {
            ", compile cache trusted unsigned"
        } else {
            ""
        }
    );
    match listed {
        Ok(table) => text.push_str(&describe(&table, &room.name)),
        Err(Away(why)) => text.push_str(&format!(
            "          {why}. Builds and tasks go on without it\n"
        )),
    }
    Ok(Answer {
        text,
        exit: Exit::Ok,
    })
}

fn describe(table: &Table, me: &str) -> String {
    let (seconds, restored) = table.saved();
    let mut text = format!(
        "saved     {} in {}, as guests report it\n",
        count::seconds(std::time::Duration::from_secs(seconds)),
        count::count(restored, "restored build")
    );
    text.push_str(&format!(
        "done      {}\n\n",
        count::count(table.done.len() as u64, "task")
    ));
    let mut rows: Vec<(String, &str, u64, u64, u64)> = Vec::new();
    for (guest, entry) in &table.guests {
        let who = if guest == me {
            format!("{} (you)", shown(guest))
        } else {
            shown(guest)
        };
        rows.push((who, guest, entry.restored, entry.built, entry.saved));
    }
    if rows.is_empty() {
        return text + "nobody has reported anything yet\n";
    }
    let width = rows
        .iter()
        .map(|row| row.0.chars().count())
        .max()
        .unwrap_or(3)
        .max(3);
    text.push_str(&format!(
        "{:<width$}  at         restored  built  saved\n",
        "who"
    ));
    for (who, guest, restored, built, saved) in rows {
        let at: Vec<String> = table
            .claims
            .iter()
            .filter(|(_, claim)| claim.by == guest)
            .map(|(id, _)| shown(id))
            .collect();
        text.push_str(&format!(
            "{who:<width$}  {:<9}  {restored:>8}  {built:>5}  {saved:>3} s\n",
            at.join(" ")
        ));
    }
    text
}

fn leave(context: &Context<'_>) -> Result<Answer> {
    // A file that cannot be read is removed as well: that is what the person wants.
    let room = Room::load(context.host).unwrap_or(None);
    let told = room
        .as_ref()
        .is_some_and(|room| room.ask("bye", &[]).is_ok());
    if let Some(room) = &room {
        room.unshare(context.host)?;
    }
    if !Room::forget(context.host)? {
        return Ok(Answer::ok("no room was joined\n"));
    }
    let claims = if told {
        "your claims are given back, its key and store are forgotten"
    } else {
        "its key and store are forgotten; it did not answer, so your claims there end by themselves"
    };
    Ok(Answer::ok(format!("left the room; {claims}\n")))
}

/// The line that `room up` keeps for the lead's own clone.
fn lead_line(context: &Context<'_>) -> Result<JoinLine> {
    let path = context.root.join("build/state/room.json");
    let text = std::fs::read_to_string(&path).map_err(|_| {
        Error::usage("no-room", "no room is open that was opened from this clone")
            .next("just room up")
    })?;
    let state: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        Error::usage(
            "room-state",
            format!("`{}` cannot be read: {error}", path.display()),
        )
    })?;
    JoinLine::parse(state["lead_line"].as_str().unwrap_or_default())
}

/// Compiles the lead's program if need be, and becomes it.
fn lead(action: &str, rest: &[String], context: &Context<'_>) -> Result<Answer> {
    let program = match context.host.var("SPRINT_ROOM_BINARY") {
        Some(program) => std::path::PathBuf::from(program),
        None => compiled(context)?,
    };
    let failed = Command::new(&program)
        .arg(action)
        .args(rest)
        .current_dir(&context.root)
        .env_clear()
        .envs(context.host.env())
        .exec();
    Err(Error::io("run", &program, &failed))
}

fn compiled(context: &Context<'_>) -> Result<std::path::PathBuf> {
    let cargo = context
        .host
        .need("cargo", "to compile the room's servers")?;
    let target = context.root.join("target");
    let program = target.join("debug/sprint-room");
    if !program.exists() {
        context
            .progress
            .say("compiling the room's servers (about a minute, once)");
    }
    let status = Command::new(&cargo)
        .args([
            "build",
            "--quiet",
            "--locked",
            "-p",
            "sprint-room",
            "--target-dir",
        ])
        .arg(&target)
        .current_dir(&context.root)
        .env_clear()
        .envs(context.host.env())
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_BUILD_TARGET")
        .status()
        .on("run", &cargo)?;
    context.interrupt.check("compiling the room's servers")?;
    if status.success() {
        return Ok(program);
    }
    Err(Error::new(
        Exit::BuildFailed,
        "room-build",
        "the room's servers do not compile; cargo says why above",
    )
    .next("cargo build -p sprint-room"))
}
