//! The board: which tasks are free, who is at what, what the room saved. A page that is whole without its script, and
//! live with it.

mod model;
mod page;
mod watch;

pub(crate) use watch::Live;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse};
use futures_util::stream::{Stream, unfold};

use sprint::error::Result;
use sprint::room::Room;

use crate::cli::{self, Context};
use crate::http::Site;
use crate::up;

pub(crate) async fn page(State(site): State<Site>) -> impl IntoResponse {
    (
        [(header::CACHE_CONTROL, "no-store")],
        Html(page::render(&site.live.board())),
    )
}

pub(crate) async fn json(State(site): State<Site>) -> impl IntoResponse {
    let text = serde_json::to_string(&*site.live.board()).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text)
}

pub(crate) async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("board.css"),
    )
}

pub(crate) async fn script() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("board.js"),
    )
}

/// One event for each change; the page then fetches itself again. No content goes this way.
pub(crate) async fn events(
    State(site): State<Site>,
) -> Sse<impl Stream<Item = std::result::Result<Event, Infallible>>> {
    let changes = site.live.changes();
    let stream = unfold(changes, async |mut changes| {
        changes.changed().await.ok()?;
        let version = *changes.borrow_and_update();
        Some((Ok(Event::default().data(version.to_string())), changes))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}

/// `sprint-room board`.
pub(crate) fn run(args: &cli::Board, context: &Context<'_>) -> Result<()> {
    let room = Room::load(context.host)?;
    let live = Arc::new(Live::new(&context.root, room)?);
    let site = Site { live, files: None };
    let (runtime, address) = up::serve(&site, (args.listen, args.port))?;
    let shown = if args.listen.is_unspecified() {
        format!("http://{}:{}/", crate::address::of_lan()?, address.port())
    } else {
        format!("http://{address}/")
    };
    crate::print(&format!("board     {shown}   (Ctrl-C ends it)\n"));
    while !context.interrupt.requested() {
        site.live.refresh(None);
        std::thread::sleep(up::EVERY);
    }
    drop(runtime);
    Ok(())
}
