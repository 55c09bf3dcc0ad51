//! `sprint-room up`: from nothing to a room, and back to nothing.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use sprint::error::{Error, Result};
use sprint::room::{JoinLine, Room};
use sprint::snapshot;

use crate::board::Live;
use crate::cli::{Context, Up};
use crate::files::Files;
use crate::http::{self, Site};
use crate::redis::{Admin, LEAD, Secrets, Server};
use crate::state::State;
use crate::{address, join, qr, state};

/// How often the board looks.
pub(crate) const EVERY: Duration = Duration::from_millis(500);
/// How often the task list is read again.
const TASKS_EVERY: Duration = Duration::from_secs(5);

/// What will be where.
struct Plan {
    base: String,
    /// Redis as guests reach it, and as this machine does.
    redis: String,
    redis_here: String,
    own_redis: bool,
    store: PathBuf,
    secrets: Secrets,
    key: Option<String>,
}

/// A running server; dropping it ends every connection.
pub(crate) struct Serving {
    stop: watch::Sender<bool>,
    runtime: Option<Runtime>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

/// Listens, and serves on threads of its own.
pub(crate) fn serve(site: &Site, place: (IpAddr, u16)) -> Result<(Serving, SocketAddr)> {
    let address = SocketAddr::from(place);
    let busy = |source: std::io::Error| {
        Error::setup("port", format!("cannot listen at {address}: {source}")).next(format!(
            "another port: --port {}",
            place.1.saturating_add(10)
        ))
    };
    let listener = std::net::TcpListener::bind(address).map_err(busy)?;
    listener.set_nonblocking(true).map_err(busy)?;
    let address = listener.local_addr().map_err(busy)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(busy)?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener).map_err(busy)?
    };
    let (stop, stopped) = watch::channel(false);
    runtime.spawn(http::serve(listener, site.clone(), stopped));
    Ok((
        Serving {
            stop,
            runtime: Some(runtime),
        },
        address,
    ))
}

/// Runs the command.
pub(crate) fn run(args: &Up, context: &Context<'_>) -> Result<()> {
    let plan = Plan::of(args, context)?;
    if args.dry_run {
        crate::print(&plan.describe(args));
        return Ok(());
    }
    let root = &context.root;
    let _lock = state::lock(root)?;
    if let Some(left) = State::load(root)
        && left.clean_up(root)?
    {
        context
            .progress
            .warn("the last room was not closed; what it left has been cleaned up");
    }
    let mut room = Opened::new(&plan, args, context)?;
    crate::print(&plan.welcome(args, context, &room)?);
    room.run(&plan, args, context)
}

impl Plan {
    fn of(args: &Up, context: &Context<'_>) -> Result<Self> {
        let host = match &args.address {
            Some(address) => address.clone(),
            None if !args.listen.is_unspecified() => args.listen.to_string(),
            None => address::of_lan()?.to_string(),
        };
        // An IPv6 address stands in brackets where a port follows.
        let host = if host.contains(':') && !host.starts_with('[') {
            format!("[{host}]")
        } else {
            host
        };
        let mut secrets = Secrets::new()?;
        let (redis, redis_here) = match &args.redis {
            Some(url) => {
                let (there, admin) = crate::redis::url(url)?;
                secrets.admin = admin;
                let port = there.rsplit_once(':').map_or("", |(_, port)| port);
                let local = ["127.0.0.1:", "localhost:", "[::1]:"]
                    .iter()
                    .any(|name| there.starts_with(name));
                (
                    if local {
                        format!("{host}:{port}")
                    } else {
                        there.clone()
                    },
                    there,
                )
            }
            None => (
                format!("{host}:{}", args.redis_port),
                format!("127.0.0.1:{}", args.redis_port),
            ),
        };
        let store = match &args.store {
            Some(store) => store.clone(),
            None => default_store(context)?,
        };
        let base = format!("http://{host}:{}", args.port);
        Ok(Self {
            redis,
            redis_here,
            own_redis: args.redis.is_none(),
            store,
            secrets,
            key: snapshot::own_key(context.host)?.map(|key| key.to_string()),
            base,
        })
    }

    fn lines(&self) -> (JoinLine, JoinLine) {
        join::lines(&self.base, &self.redis, &self.secrets, self.key.as_deref())
    }

    fn describe(&self, args: &Up) -> String {
        let redis = if self.own_redis {
            format!("would be started at {}:{}", args.listen, args.redis_port)
        } else {
            format!(
                "is used at {}; two users, one function and keys of one prefix would be made there",
                self.redis_here
            )
        };
        format!(
            "redis     {redis}\nhttp      would listen at {}:{}\nsnapshots {}\nguests    {}\n",
            args.listen,
            args.port,
            self.store.display(),
            self.base
        )
    }

    fn welcome(&self, args: &Up, context: &Context<'_>, room: &Opened) -> Result<String> {
        let line = self.lines().0.to_string();
        // The line is understood by those who will read it.
        JoinLine::parse(&line)?;
        let term = sprint::term::Term::detect(
            sprint::term::ColourChoice::Auto,
            context.host.var("NO_COLOR").is_some(),
        );
        let colour = term.out != sprint::term::Palette::plain();
        let mut text = String::new();
        if !args.no_qr
            && let Some(code) = qr::code(&line, colour)
        {
            text.push_str(&code);
        }
        let (count, megabytes) = room.stored;
        text.push_str(&format!(
            "\nboard     {}/   (and everything below, in the code above)\n",
            self.base
        ));
        text.push_str(&format!(
            "snapshots {count} ({megabytes} MB) of {}\n",
            self.store.display()
        ));
        text.push_str(&match &self.key {
            Some(key) => format!("key       {}   (guests see the same when they join)\n", JoinLine::fingerprint(key)),
            None => "key       none: you have signed no snapshot yet, so guests can take none. Build first, or: just snapshot save\n".to_owned(),
        });
        text.push_str(&format!("\nguests type, in their clone\n  just room join '{line}'\nyou, in this one\n  just room join --lead\n"));
        text.push_str("\nCtrl-C closes the room and leaves nothing.\n");
        Ok(text)
    }
}

/// A room that is open.
struct Opened {
    server: Option<Server>,
    files: Arc<Files>,
    live: Arc<Live>,
    serving: Option<Serving>,
    stored: (usize, u64),
}

impl Opened {
    fn new(plan: &Plan, args: &Up, context: &Context<'_>) -> Result<Self> {
        let server = start(plan, args, context)?;
        prepare(plan, args, context)?;
        let lead = plan.lines().1;
        State {
            process: std::process::id(),
            redis: plan.redis_here.clone(),
            redis_process: server.as_ref().map(Server::id),
            lead_line: lead.to_string(),
            secrets: plan.secrets.clone(),
        }
        .save(&context.root)?;
        // The board asks as anybody would, not as an administrator.
        let own = Room {
            redis: plan.redis_here.clone(),
            ..lead.room("board".to_owned(), false)?
        };
        debug_assert_eq!(own.user, LEAD);
        let live = Arc::new(Live::new(&context.root, Some(own))?);
        let files = Arc::new(Files::new(plan.store.clone(), args.bundles.clone()));
        let site = Site {
            live: Arc::clone(&live),
            files: Some(Arc::clone(&files)),
        };
        let mut room = Self {
            server,
            files,
            live,
            serving: None,
            stored: stored(&plan.store),
        };
        match serve(&site, (args.listen, args.port)) {
            Ok((serving, _)) => room.serving = Some(serving),
            Err(error) => {
                room.close(plan, context)?;
                return Err(error);
            }
        }
        Ok(room)
    }

    /// Until Ctrl-C.
    fn run(&mut self, plan: &Plan, args: &Up, context: &Context<'_>) -> Result<()> {
        let mut looked = Instant::now();
        let mut outcome = Ok(());
        while !context.interrupt.requested() {
            if self
                .server
                .as_mut()
                .is_some_and(|server| !server.is_alive())
            {
                context
                    .progress
                    .warn("Redis has ended; starting it again, without the claims it held");
                self.server = None;
                outcome = start(plan, args, context).and_then(|server| {
                    self.server = server;
                    prepare(plan, args, context)
                });
                if outcome.is_err() {
                    break;
                }
            }
            self.live.refresh(Some(self.files.fetched()));
            if looked.elapsed() > TASKS_EVERY {
                looked = Instant::now();
                if let Some(ids) = self.live.reload() {
                    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                    let told = Admin::connect(&plan.redis_here, &plan.secrets)
                        .and_then(|mut admin| admin.set_tasks(&plan.secrets, &ids));
                    if let Err(error) = told {
                        context.progress.warn(&format!(
                            "the changed task list is not in the room: {error}"
                        ));
                    }
                }
            }
            std::thread::sleep(EVERY);
        }
        self.close(plan, context)?;
        let (archives, bytes) = self.files.fetched();
        crate::print(&format!(
            "\nclosed. {archives} snapshots handed out, {} MB\n",
            bytes.div_ceil(1_000_000)
        ));
        outcome
    }

    fn close(&mut self, plan: &Plan, context: &Context<'_>) -> Result<()> {
        self.serving = None;
        let cleaned = match self.server.take() {
            // Ends it and removes its directory.
            Some(server) => {
                drop(server);
                Ok(())
            }
            None if plan.own_redis => Ok(()),
            None => Admin::connect(&plan.redis_here, &plan.secrets)
                .and_then(|mut admin| admin.clean(&plan.secrets)),
        };
        State::forget(&context.root)?;
        cleaned
    }
}

fn start(plan: &Plan, args: &Up, context: &Context<'_>) -> Result<Option<Server>> {
    if !plan.own_redis {
        return Ok(None);
    }
    let directory = context.root.join("build/state/room/redis");
    let place = (args.listen, args.redis_port);
    Server::start(&plan.secrets, place, args.memory, &directory, context.host).map(Some)
}

/// Users, function and task list.
fn prepare(plan: &Plan, args: &Up, context: &Context<'_>) -> Result<()> {
    let mut admin = Admin::connect(&plan.redis_here, &plan.secrets)?;
    admin.check_version()?;
    if !plan.own_redis {
        admin.make_users(&plan.secrets)?;
    }
    let tasks = sprint::tasks::load(&context.root)?;
    let ids: Vec<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    admin.set_tasks(&plan.secrets, &ids)?;
    // Last: guests wait for it, and then all the rest is there.
    admin.load(&plan.secrets, args.claim)
}

/// The store that this person's builds are kept in.
fn default_store(context: &Context<'_>) -> Result<PathBuf> {
    snapshot::local_store(context.host)
        .ok_or_else(|| Error::setup("no-home", "HOME is not set; snapshots are kept there"))
}

/// Archives in the store, and their megabytes.
fn stored(store: &std::path::Path) -> (usize, u64) {
    let Ok(entries) = std::fs::read_dir(store.join("v1")) else {
        return (0, 0);
    };
    let sizes: Vec<u64> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".tar.zst"))
        .filter_map(|entry| entry.metadata().ok().map(|data| data.len()))
        .collect();
    (sizes.len(), sizes.iter().sum::<u64>().div_ceil(1_000_000))
}
