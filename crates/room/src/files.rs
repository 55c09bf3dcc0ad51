//! The files that a room gives out: snapshots by the names of the store's layout, and bundles. Names are compared with
//! what such a name can be before anything is looked for, so nothing else of the disk can be asked for.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

/// Directories, and how much was fetched from them.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) store: PathBuf,
    pub(crate) bundles: Option<PathBuf>,
    archives: AtomicU64,
    bytes: AtomicU64,
}

impl Files {
    pub(crate) fn new(store: PathBuf, bundles: Option<PathBuf>) -> Self {
        Self {
            store,
            bundles,
            ..Self::default()
        }
    }

    /// Archives that were asked for whole, and bytes that were promised.
    pub(crate) fn fetched(&self) -> (u64, u64) {
        (
            self.archives.load(Ordering::Relaxed),
            self.bytes.load(Ordering::Relaxed),
        )
    }

    /// `/snapshots/v1/…`.
    pub(crate) async fn snapshot(&self, name: &str, request: Request<Body>) -> Response<Body> {
        if !is_snapshot(name) {
            return not_found();
        }
        let whole = name.ends_with(".tar.zst") && !request.headers().contains_key(header::RANGE);
        let answer = file(&self.store.join("v1").join(name), request).await;
        if answer.status().is_success() {
            let length = answer
                .headers()
                .get(header::CONTENT_LENGTH)
                .and_then(|text| text.to_str().ok()?.parse().ok());
            self.bytes.fetch_add(length.unwrap_or(0), Ordering::Relaxed);
            self.archives.fetch_add(u64::from(whole), Ordering::Relaxed);
        }
        answer
    }

    /// `/bundle/…`.
    pub(crate) async fn bundle(&self, name: &str, request: Request<Body>) -> Response<Body> {
        match &self.bundles {
            Some(directory) if is_plain(name) => file(&directory.join(name), request).await,
            _ => not_found(),
        }
    }
}

/// `<key>.json`, `<key>.json.minisig`, `<sha256>.tar.zst`.
fn is_snapshot(name: &str) -> bool {
    let stem = [".json.minisig", ".json", ".tar.zst"]
        .iter()
        .find_map(|end| name.strip_suffix(end));
    stem.is_some_and(|stem| {
        (16..=128).contains(&stem.len())
            && stem
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// A file's name without surprises: no directory, not hidden.
fn is_plain(name: &str) -> bool {
    !name.starts_with('.')
        && name.len() <= 128
        && !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// A regular file, whole or a range of it. Links are not followed: they could lead out of the directory.
async fn file(path: &Path, request: Request<Body>) -> Response<Body> {
    let regular = tokio::task::spawn_blocking({
        let path = path.to_owned();
        move || path.symlink_metadata().is_ok_and(|data| data.is_file())
    });
    if !regular.await.unwrap_or(false) {
        return not_found();
    }
    let mut answer = match ServeFile::new(path).oneshot(request).await {
        Ok(answer) => answer.map(Body::new),
        Err(never) => match never {},
    };
    let kind = HeaderValue::from_static("application/octet-stream");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}

pub(crate) fn not_found() -> Response<Body> {
    let mut answer = Response::new(Body::from("there is no such file here\n"));
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_layout_are_looked_for() {
        let key = "0123456789abcdef".repeat(4);
        for end in ["json", "json.minisig", "tar.zst"] {
            assert!(is_snapshot(&format!("{key}.{end}")), "{end}");
        }
        for name in [
            "".to_owned(),
            ".json".to_owned(),
            format!("{key}.tar"),
            format!("{key}.json.tmp"),
            format!("../{key}.json"),
            format!("{}/x.json", &key[..20]),
            key.to_uppercase() + ".json",
            format!(".{key}.json.12.tmp"),
        ] {
            assert!(!is_snapshot(&name), "{name}");
        }
        assert!(is_plain("sprint-kit-2026.tar.zst"));
        for name in ["", "..", ".hidden", "a/b", "a\\b", "a%2fb", "é"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
