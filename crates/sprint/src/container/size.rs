//! What each layer of an image weighs.

use std::path::Path;

use serde::Serialize;

use super::engine::Engine;
use super::image::Stage;
use crate::count;
use crate::error::{Error, Result};
use crate::exec;
use crate::host::Host;

/// One layer, from the base upwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// Bytes, unpacked.
    pub bytes: u64,
    /// The instruction that made it, shortened.
    pub step: String,
}

/// Asks the engine. Layers without content are left out.
pub fn layers(engine: &Engine, root: &Path, host: &Host, stage: Stage) -> Result<Vec<Layer>> {
    let line = engine
        .line(root)
        .args(["history", "--no-trunc", "--human=false", "--format"])
        .args(["{{.Size}}\t{{.CreatedBy}}", &stage.tag()]);
    let output = exec::output(&line, host.env())?;
    if !output.status.success() {
        return Err(
            Error::setup("no-history", format!("`{}` failed", line.paste()))
                .detail("seen", String::from_utf8_lossy(&output.stderr).trim())
                .next(format!("just image {}", stage.name())),
        );
    }
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

fn parse(history: &str) -> Vec<Layer> {
    let mut found: Vec<Layer> = history
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(size, step)| {
            Some(Layer {
                bytes: size.trim().parse().ok().filter(|bytes| *bytes > 0)?,
                step: shorten(step),
            })
        })
        .collect();
    found.reverse();
    found
}

/// What was run, without what BuildKit and our own mounts put around it.
fn shorten(step: &str) -> String {
    let step = step.trim_end_matches("# buildkit").trim();
    let step = match step.find("setup.sh ") {
        Some(at) => &step[at + "setup.sh ".len()..],
        None => step
            .trim_start_matches("/bin/sh -c ")
            .trim_start_matches("#(nop) "),
    };
    let words: Vec<&str> = step.split_whitespace().collect();
    let text = if words.is_empty() {
        "the base image".to_owned()
    } else {
        words.join(" ")
    };
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// As a table for people.
pub fn table(stage: Stage, layers: &[Layer]) -> String {
    let total: u64 = layers.iter().map(|layer| layer.bytes).sum();
    let mut text = format!("{}, layer by layer, unpacked\n", stage.tag());
    for layer in layers {
        text.push_str(&format!(
            "  {:>9}  {}\n",
            count::bytes(layer.bytes),
            layer.step
        ));
    }
    text.push_str(&format!("  {:>9}  in all\n", count::bytes(total)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_come_from_the_base_upwards() {
        let history = "0\tCMD [\"bash\"]\n300000\tRUN |1 X=1 /bin/sh -c /kit/scripts/image/setup.sh packages need stdlib # buildkit\n120000000\t\n";
        let layers = parse(history);
        assert_eq!(layers.len(), 2);
        assert_eq!(
            layers[0],
            Layer {
                bytes: 120_000_000,
                step: "the base image".to_owned()
            }
        );
        assert_eq!(layers[1].step, "packages need stdlib");
        let table = table(Stage::Dev, &layers);
        assert!(
            table.contains("in all") && table.lines().count() == 4,
            "{table}"
        );
    }
}
