//! S3 as the usual variables describe it: `AWS_ACCESS_KEY_ID` and its sisters, `AWS_PROFILE` and the files below
//! `~/.aws`, a web identity, a container's credentials. Not asked: a cloud machine's metadata service, since on
//! every other machine that only costs time.

use std::env;
use std::path::{Path, PathBuf};

use opendal::services::S3;

use crate::fault::Fault;
use crate::netrc;

/// Where S3 needs a region and nobody named one: what its own clients assume for other people's servers.
const REGION: &str = "us-east-1";

pub(crate) fn builder(
    bucket: &str,
    prefix: &str,
    endpoint: Option<&str>,
    region: Option<&str>,
) -> Result<S3, Fault> {
    let variable = |names: &[&str]| names.iter().find_map(|name| env::var(name).ok());
    let endpoint = endpoint
        .map(str::to_owned)
        .or_else(|| variable(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]));
    let region = region
        .map(str::to_owned)
        .or_else(|| variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]))
        .unwrap_or_else(|| REGION.to_owned());
    let mut s3 = S3::default()
        .bucket(bucket)
        .root(&format!("/{prefix}"))
        .region(&region)
        .disable_ec2_metadata();
    if let Some(endpoint) = endpoint {
        s3 = s3.endpoint(&endpoint);
    }
    // Public buckets can be read by anybody.
    if !has_credentials()? {
        s3 = s3.skip_signature();
    }
    Ok(s3)
}

/// Is there anything that a request could be signed with?
fn has_credentials() -> Result<bool, Fault> {
    const SET: [&str; 5] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    let file = |variable: &str, name: &str| {
        env::var_os(variable)
            .map(PathBuf::from)
            .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".aws").join(name)))
    };
    let files = [
        file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        file("AWS_CONFIG_FILE", "config"),
    ];
    // Variables come before files; then nobody looks into these.
    if env::var_os("AWS_ACCESS_KEY_ID").is_some() {
        return Ok(true);
    }
    if let Some(credentials) = &files[0] {
        netrc::only_owner(credentials)?;
    }
    Ok(SET.iter().any(|name| env::var_os(name).is_some())
        || files.iter().flatten().any(|file| file.is_file()))
}
