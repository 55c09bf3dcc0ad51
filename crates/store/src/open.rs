//! From an address to something that files can be moved with: service, credentials, limits, retries.

use std::time::Duration;

use opendal::layers::{RetryLayer, TimeoutLayer};
use opendal::services::{Fs, Ghac, Http, Webdav};
use opendal::{HttpTransporter, Operator};
use opendal_http_transport_reqwest::ReqwestTransport;

use crate::address::Address;
use crate::fault::Fault;
use crate::netrc;
use crate::s3;
use crate::secrets::Secrets;

/// A server that does not take a connection within this time is not there.
const CONNECT: Duration = Duration::from_secs(5);
/// What moves no content: looking, listing, removing.
const ASK: Duration = Duration::from_secs(20);
/// Slower than this, in bytes a second, is not worth waiting for.
pub(crate) const SLOWEST: u64 = 50_000;
/// Tries of one request; only what the library takes for passing is tried again.
const TRIES: usize = 3;

/// Opens a store. `most`: the most bytes that one request moves, which says how long it may take.
pub(crate) fn open(address: &Address, most: u64, secrets: &mut Secrets) -> Result<Operator, Fault> {
    let operator = match address {
        Address::S3 {
            bucket,
            prefix,
            endpoint,
            region,
        } => Operator::new(s3::builder(
            bucket,
            prefix,
            endpoint.as_deref(),
            region.as_deref(),
        )?),
        Address::Webdav { secure, host, path } => {
            Operator::new(webdav(*secure, host, path, secrets)?)
        }
        Address::Http(address) => Operator::new(Http::default().endpoint(address)),
        Address::Gha(name) => {
            let version = format!("sprint-kit-{name}");
            Operator::new(Ghac::default().root("/sprint-kit").version(&version))
        }
        Address::Directory(path) => {
            // Renamed into its place, after it was written beside it.
            let below = path.join("v1");
            Operator::new(
                Fs::default()
                    .root(&path.to_string_lossy())
                    .atomic_write_dir(&below.to_string_lossy()),
            )
        }
    };
    let operator = operator.map_err(|error| Fault::of("open the store", &error))?;
    let io = ASK + Duration::from_secs(most / SLOWEST);
    let context = operator.context().with_http_transport(transport()?);
    Ok(operator
        .with_context(context)
        .layer(TimeoutLayer::new().with_timeout(ASK).with_io_timeout(io))
        .layer(
            RetryLayer::new()
                .with_max_times(TRIES)
                .with_min_delay(Duration::from_millis(300))
                .with_max_delay(Duration::from_secs(3))
                .with_jitter(),
        ))
}

fn webdav(secure: bool, host: &str, path: &str, secrets: &mut Secrets) -> Result<Webdav, Fault> {
    let scheme = if secure { "https" } else { "http" };
    let mut webdav = Webdav::default()
        .endpoint(&format!("{scheme}://{host}"))
        .root(&format!("/{path}"));
    let machine = machine(host);
    if let Some(login) = netrc::login(machine)? {
        if !secure && !is_this_machine(machine) && std::env::var_os("SPRINT_STORE_PLAIN").is_none()
        {
            return Err(Fault::new(
                "plain-password",
                format!("the password for {machine} would be sent unencrypted"),
            )
            .next("webdavs:// instead of webdav://; or, where the network is yours alone, SPRINT_STORE_PLAIN=1"));
        }
        secrets.add(&login.password);
        webdav = webdav.username(&login.name).password(&login.password);
    }
    Ok(webdav)
}

/// `host:port` without the port.
fn machine(host: &str) -> &str {
    match host.rsplit_once(':') {
        // `[::1]` has colons of its own.
        Some((machine, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => machine,
        _ => host,
    }
}

fn is_this_machine(machine: &str) -> bool {
    machine == "localhost" || machine == "[::1]" || machine.starts_with("127.")
}

fn transport() -> Result<HttpTransporter, Fault> {
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .redirect(reqwest::redirect::Policy::limited(3))
        .referer(false)
        .user_agent(concat!("sprint-store/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_| Fault::new("bug", "no HTTP client can be made"))?;
    Ok(HttpTransporter::new(ReqwestTransport::new(client)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_no_part_of_the_machine() {
        assert_eq!(machine("h:80"), "h");
        assert_eq!(machine("h"), "h");
        assert_eq!(machine("[::1]:80"), "[::1]");
        assert!(is_this_machine("127.0.0.1") && !is_this_machine("10.0.0.1"));
    }
}
