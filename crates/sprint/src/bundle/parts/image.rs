//! A container image: the archive that `sprint image save` wrote, as it is.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, IoContext, Result};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    repo_tags: Option<Vec<String>>,
}

/// One line for people; an error if it is no such archive.
pub(in crate::bundle) fn look(file: &Path) -> Result<String> {
    let open = File::open(file).on("open", file)?;
    let mut archive = tar::Archive::new(open);
    let entries = archive.entries_with_seek().map_err(|_| other(file))?;
    for entry in entries {
        let mut entry = entry.map_err(|_| other(file))?;
        if entry
            .path()
            .is_ok_and(|path| path == Path::new("manifest.json"))
        {
            let mut text = String::new();
            entry.read_to_string(&mut text).on("read", file)?;
            let table: Vec<Saved> = serde_json::from_str(&text).map_err(|_| other(file))?;
            let tags: Vec<String> = table
                .into_iter()
                .filter_map(|image| image.repo_tags)
                .flatten()
                .collect();
            return Ok(format!("the image {}", tags.join(", ")));
        }
    }
    Err(other(file))
}

fn other(file: &Path) -> Error {
    Error::usage(
        "no-image",
        format!(
            "`{}` is no image that docker load would read",
            file.display()
        ),
    )
    .next("just image-save, which says what it wrote")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn the_tag_is_told_and_another_file_refused() {
        let directory = tempfile::tempdir().expect("dir");
        let file = directory.path().join("image.tar");
        let mut builder = tar::Builder::new(File::create(&file).expect("create"));
        let table = br#"[{"Config":"c","RepoTags":["sprint-kit:dev"],"Layers":[]}]"#;
        let mut header = tar::Header::new_gnu();
        header.set_size(table.len() as u64);
        builder
            .append_data(&mut header, "manifest.json", &table[..])
            .expect("append");
        builder.finish().expect("finish");
        drop(builder);
        assert_eq!(look(&file).expect("an image"), "the image sprint-kit:dev");
        std::fs::write(&file, "text").expect("write");
        assert_eq!(look(&file).expect_err("text").exit(), Exit::Usage);
    }
}
