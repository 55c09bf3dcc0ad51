//! An image as one file, for a USB stick or a room: an OCI archive that `docker load` of any age reads too.
//!
//! Older engines save in a format of their own, with unpacked layers. So what `docker save` gives is repacked: layers
//! compressed by gzip (the one compression that every engine reads), everything under its digest, times and owners
//! of the archive's own entries left out, and both tables of contents: OCI's `index.json` and docker's `manifest.json`.
//! The same image gives the same bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Error, IoContext, Result};
use crate::hash;

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// SHA-256 of the file.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Unpacked and compressed size of each layer, from the base upwards.
    pub layers: Vec<(u64, u64)>,
}

/// One entry of docker's own table of contents.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

/// A file of the new archive.
struct Blob {
    digest: String,
    bytes: u64,
    file: PathBuf,
}

/// Repacks `saved` (of `docker save`) into `to`, using `scratch` (an empty directory) and a `gzip` program.
pub fn repack(saved: &Path, to: &Path, scratch: &Path, gzip: &Path) -> Result<Archive> {
    let mut input = File::open(saved).on("read", saved)?;
    let places = contents(&mut input).on("read the archive", saved)?;
    let mut read = |name: &str| -> Result<Vec<u8>> {
        let (start, length) = *places.get(name).ok_or_else(|| unexpected(saved, name))?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        input.seek(SeekFrom::Start(start)).on("read", saved)?;
        input.read_exact(&mut bytes).on("read", saved)?;
        Ok(bytes)
    };
    let table: Vec<Saved> = serde_json::from_slice(&read("manifest.json")?)
        .map_err(|_| unexpected(saved, "manifest.json"))?;
    let [image] = table.as_slice() else {
        return Err(unexpected(saved, "exactly one image"));
    };
    let config = keep(scratch, &read(&image.config)?)?;
    let mut layers = Vec::new();
    let mut sizes = Vec::new();
    for (number, name) in image.layers.iter().enumerate() {
        let (start, length) = *places.get(name).ok_or_else(|| unexpected(saved, name))?;
        let blob = compress(
            saved,
            start,
            length,
            &scratch.join(format!("layer-{number}")),
            gzip,
        )?;
        sizes.push((length, blob.bytes));
        layers.push(blob);
    }
    let tags = image.repo_tags.clone().unwrap_or_default();
    let manifest = keep(scratch, manifest(&config, &layers).to_string().as_bytes())?;
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    let small = [
        ("oci-layout", json!({ "imageLayoutVersion": "1.0.0" })),
        ("index.json", index(&manifest, &tags)),
        (
            "manifest.json",
            json!([{
                "Config": path_of(&config),
                "RepoTags": tags,
                "Layers": layers.iter().map(path_of).collect::<Vec<_>>(),
            }]),
        ),
    ];
    for (name, value) in small {
        let file = scratch.join(name);
        std::fs::write(&file, value.to_string()).on("write", &file)?;
        files.insert(name.to_owned(), file);
    }
    for blob in layers.iter().chain([&config, &manifest]) {
        files.insert(path_of(blob), blob.file.clone());
    }
    let part = scratch.join("archive.tar");
    pack(&part, &files).on("write", &part)?;
    let sha256 = hash::of_file(&part).on("read", &part)?;
    let bytes = part.metadata().on("look at", &part)?.len();
    std::fs::rename(&part, to).on("write", to)?;
    Ok(Archive {
        sha256,
        bytes,
        layers: sizes,
    })
}

/// Where each file of a tar archive begins, and how long it is. A layer that is there twice is a link the second time.
fn contents(input: &mut File) -> io::Result<BTreeMap<String, (u64, u64)>> {
    let mut places = BTreeMap::new();
    let mut links = Vec::new();
    let mut archive = tar::Archive::new(input);
    for entry in archive.entries_with_seek()? {
        let entry = entry?;
        let path = entry.path()?.into_owned();
        let name = path.to_string_lossy().into_owned();
        if entry.header().entry_type().is_file() {
            places.insert(name, (entry.raw_file_position(), entry.size()));
        } else if let Some(link) = entry.link_name()? {
            links.push((name, flat(&path.with_file_name(""), &link)));
        }
    }
    for (name, target) in links {
        if let Some(place) = places.get(&target).copied() {
            places.insert(name, place);
        }
    }
    Ok(places)
}

/// `below/../x` without the detour.
fn flat(below: &Path, link: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in below.join(link).components() {
        match part {
            std::path::Component::ParentDir => {
                parts.pop();
            }
            std::path::Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

fn keep(scratch: &Path, bytes: &[u8]) -> Result<Blob> {
    let digest = hash::of_bytes(bytes);
    let file = scratch.join(&digest);
    std::fs::write(&file, bytes).on("write", &file)?;
    Ok(Blob {
        digest,
        bytes: bytes.len() as u64,
        file,
    })
}

/// One layer, compressed (or as it is, where it is compressed already).
fn compress(saved: &Path, start: u64, length: u64, to: &Path, gzip: &Path) -> Result<Blob> {
    let mut input = File::open(saved).on("read", saved)?;
    let mut magic = [0; 2];
    input.seek(SeekFrom::Start(start)).on("read", saved)?;
    let known = input.read(&mut magic).on("read", saved)? == 2 && magic == [0x1f, 0x8b];
    input.seek(SeekFrom::Start(start)).on("read", saved)?;
    let mut input = input.take(length);
    let mut output = File::create(to).on("write", to)?;
    if known {
        io::copy(&mut input, &mut output).on("write", to)?;
    } else {
        let mut child = Command::new(gzip)
            .args(["-n", "-6", "-c"])
            .stdin(Stdio::piped())
            .stdout(output)
            .spawn()
            .on("run", gzip)?;
        let fed = match child.stdin.take() {
            Some(mut stdin) => io::copy(&mut input, &mut stdin).map(drop),
            None => Ok(()),
        };
        let status = child.wait().on("run", gzip)?;
        fed.on("compress to", to)?;
        if !status.success() {
            return Err(Error::setup(
                "gzip",
                format!("gzip failed ({status}) while writing {}", to.display()),
            )
            .next("df -h: is there room for the archive?"));
        }
    }
    Ok(Blob {
        digest: hash::of_file(to).on("read", to)?,
        bytes: to.metadata().on("look at", to)?.len(),
        file: to.to_owned(),
    })
}

fn descriptor(kind: &str, blob: &Blob) -> Value {
    json!({ "mediaType": kind, "digest": format!("sha256:{}", blob.digest), "size": blob.bytes })
}

fn manifest(config: &Blob, layers: &[Blob]) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, config),
        "layers": layers.iter().map(|layer| descriptor(LAYER, layer)).collect::<Vec<_>>(),
    })
}

fn index(manifest: &Blob, tags: &[String]) -> Value {
    let mut entry = descriptor(MANIFEST, manifest);
    if let Some(tag) = tags.first() {
        let short = tag.rsplit(':').next().unwrap_or(tag);
        entry["annotations"] = json!({
            "io.containerd.image.name": format!("docker.io/library/{tag}"),
            "org.opencontainers.image.ref.name": short,
        });
    }
    json!({ "schemaVersion": 2, "manifests": [entry] })
}

fn path_of(blob: &Blob) -> String {
    format!("blobs/sha256/{}", blob.digest)
}

fn pack(to: &Path, files: &BTreeMap<String, PathBuf>) -> io::Result<()> {
    let mut builder = tar::Builder::new(File::create(to)?);
    for (name, path) in files {
        let mut file = File::open(path)?;
        let mut header = tar::Header::new_gnu();
        header.set_size(file.metadata()?.len());
        header.set_mode(0o644);
        header.set_mtime(0);
        builder.append_data(&mut header, name, &mut file)?;
    }
    builder.into_inner()?.sync_data()
}

fn unexpected(saved: &Path, wanted: &str) -> Error {
    Error::setup(
        "save-format",
        format!(
            "what the engine saved to `{}` lacks {wanted}",
            saved.display()
        ),
    )
    .next("report this, with the output of: docker version")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(builder: &mut tar::Builder<File>, name: &str, bytes: &[u8]) {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(12345);
        builder
            .append_data(&mut header, name, bytes)
            .expect("append");
    }

    /// As Docker 20.10 saves, its second layer a link to the first.
    fn saved(at: &Path) {
        let mut builder = tar::Builder::new(File::create(at).expect("create"));
        add(&mut builder, "a/layer.tar", &[7; 5000]);
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder
            .append_link(&mut header, "b/layer.tar", "../a/layer.tar")
            .expect("link");
        add(&mut builder, "c.json", b"{\"os\":\"linux\"}");
        let table = r#"[{"Config":"c.json","RepoTags":["sprint-kit:dev"],"Layers":["a/layer.tar","b/layer.tar"]}]"#;
        add(&mut builder, "manifest.json", table.as_bytes());
        builder.finish().expect("finish");
    }

    fn repacked() -> (tempfile::TempDir, Archive, BTreeMap<String, Vec<u8>>) {
        let root = tempfile::tempdir().expect("dir");
        let scratch = root.path().join("scratch");
        std::fs::create_dir(&scratch).expect("mkdir");
        saved(&root.path().join("saved.tar"));
        let to = root.path().join("image.tar");
        let archive = repack(
            &root.path().join("saved.tar"),
            &to,
            &scratch,
            Path::new("gzip"),
        )
        .expect("repacks");
        let mut files = BTreeMap::new();
        for entry in tar::Archive::new(File::open(&to).expect("open"))
            .entries()
            .expect("entries")
        {
            let mut entry = entry.expect("entry");
            let name = entry.path().expect("path").to_string_lossy().into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("read");
            files.insert(name, bytes);
        }
        (root, archive, files)
    }

    #[test]
    fn everything_is_under_its_digest_and_found_from_both_tables() {
        let (_root, archive, files) = repacked();
        assert_eq!(archive.layers.len(), 2);
        assert!(
            archive
                .layers
                .iter()
                .all(|(unpacked, packed)| *unpacked == 5000 && *packed < 200)
        );
        let json = |name: &str| -> Value { serde_json::from_slice(&files[name]).expect("json") };
        for (name, bytes) in &files {
            if let Some(digest) = name.strip_prefix("blobs/sha256/") {
                assert_eq!(hash::of_bytes(bytes), digest);
            }
        }
        let digest = |value: &Value| {
            value["digest"]
                .as_str()
                .expect("digest")
                .replace("sha256:", "blobs/sha256/")
        };
        let manifest = json(&digest(&json("index.json")["manifests"][0]));
        assert!(files.contains_key(&digest(&manifest["config"])));
        assert_eq!(manifest["layers"].as_array().expect("layers").len(), 2);
        let old = json("manifest.json");
        assert_eq!(old[0]["RepoTags"], json!(["sprint-kit:dev"]));
        assert_eq!(old[0]["Layers"][0], digest(&manifest["layers"][0]).as_str());
        assert_eq!(files["oci-layout"], br#"{"imageLayoutVersion":"1.0.0"}"#);
    }

    #[test]
    fn the_same_image_gives_the_same_bytes() {
        assert_eq!(repacked().1, repacked().1);
    }

    #[test]
    fn another_format_is_told() {
        let root = tempfile::tempdir().expect("dir");
        let path = root.path().join("saved.tar");
        let mut builder = tar::Builder::new(File::create(&path).expect("create"));
        add(&mut builder, "other", b"x");
        builder.finish().expect("finish");
        let error = repack(
            &path,
            &root.path().join("to"),
            root.path(),
            Path::new("gzip"),
        );
        assert_eq!(error.expect_err("no table").id(), "save-format");
    }
}
