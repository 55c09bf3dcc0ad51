//! HTTP: the board, snapshots and bundles. Reading only; bounded in connections, and in the time a request's head may take.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, Response};
use axum::routing::get;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::board::{self, Live};
use crate::files::{Files, not_found};

/// Connections in all, and from one address: a hall, and a guest with a browser and a build.
const MOST: usize = 600;
const MOST_OF_ONE: usize = 24;
/// For a request's head, and between requests.
const HEAD: Duration = Duration::from_secs(15);

/// What there is to serve.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) live: Arc<Live>,
    /// Only where a room is up.
    pub(crate) files: Option<Arc<Files>>,
}

/// Sent with everything. The page gets along with its own style and script, and talks to its own server.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=()",
    ),
];

fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(board::page))
        .route("/board.css", get(board::style))
        .route("/board.js", get(board::script))
        .route("/board.json", get(board::json))
        .route("/events", get(board::events))
        .route("/snapshots/v1/{name}", get(snapshot))
        .route("/bundle/{name}", get(bundle))
        .fallback(async || not_found())
        .layer(axum::middleware::map_response(
            async |mut answer: Response<Body>| {
                for (name, value) in HEADERS {
                    answer.headers_mut().insert(
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    );
                }
                answer
            },
        ))
        .with_state(site)
}

async fn snapshot(
    State(site): State<Site>,
    Path(name): Path<String>,
    request: Request,
) -> Response<Body> {
    match &site.files {
        Some(files) => files.snapshot(&name, request).await,
        None => not_found(),
    }
}

async fn bundle(
    State(site): State<Site>,
    Path(name): Path<String>,
    request: Request,
) -> Response<Body> {
    match &site.files {
        Some(files) => files.bundle(&name, request).await,
        None => not_found(),
    }
}

/// Serves until `stop` says so.
pub(crate) async fn serve(listener: TcpListener, site: Site, mut stop: watch::Receiver<bool>) {
    let router = router(site);
    let guests: Arc<Mutex<HashMap<IpAddr, usize>>> = Arc::default();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, most likely: some will end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(place) = Place::take(&guests, peer.ip()) else {
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let mut stop = stop.clone();
        tokio::spawn(async move {
            let _place = place;
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_headers(64)
                .max_buf_size(32 << 10);
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                // A guest who hangs up in the middle is no news.
                _ = connection => {}
                _ = stop.changed() => {}
            }
        });
    }
}

/// One connection of one address.
struct Place {
    guests: Arc<Mutex<HashMap<IpAddr, usize>>>,
    address: IpAddr,
}

impl Place {
    fn take(guests: &Arc<Mutex<HashMap<IpAddr, usize>>>, address: IpAddr) -> Option<Self> {
        let mut held = guests.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = held.values().sum();
        let own = held.entry(address).or_default();
        if all >= MOST || *own >= MOST_OF_ONE {
            return None;
        }
        *own += 1;
        Some(Self {
            guests: Arc::clone(guests),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = held.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                held.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_connection() {
        let guests = Arc::default();
        let one = IpAddr::from([10, 0, 0, 1]);
        let held: Vec<Place> = (0..MOST_OF_ONE)
            .filter_map(|_| Place::take(&guests, one))
            .collect();
        assert_eq!(held.len(), MOST_OF_ONE);
        assert!(Place::take(&guests, one).is_none());
        let other = Place::take(&guests, IpAddr::from([10, 0, 0, 2]));
        assert!(other.is_some());
        drop(held);
        assert!(Place::take(&guests, one).is_some());
    }
}
