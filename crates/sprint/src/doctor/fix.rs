//! `--fix`: the repairs that touch only what the kit or its checkout made.

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use super::bench::Bench;
use super::finding::{Finding, Repair};
use crate::atomic;
use crate::error::{Error, IoContext, Result};

/// Mends every finding that can be; returns a line for each.
pub fn mend(findings: &[Finding], bench: &Bench<'_>) -> Result<Vec<String>> {
    let mut done = Vec::new();
    for finding in findings {
        if let Some(repair) = &finding.repair {
            let what = one(repair, bench)?;
            done.push(format!("{}: {what}", finding.id));
        }
    }
    Ok(done)
}

fn one(repair: &Repair, bench: &Bench<'_>) -> Result<String> {
    match repair {
        Repair::StripCarriageReturns(paths) => {
            for path in paths {
                let bytes = fs::read(path).on("read", path)?;
                let mode = fs::metadata(path).on("look at", path)?.permissions();
                atomic::write(path, &without_carriage_returns(&bytes))?;
                fs::set_permissions(path, mode).on("change mode of", path)?;
            }
            Ok(format!("{} scripts have Unix line ends now", paths.len()))
        }
        Repair::Remove(path) => {
            fs::remove_file(path).on("remove", path)?;
            Ok(format!("removed {}", path.display()))
        }
        Repair::Touch(paths) => {
            for path in paths {
                touch(path)?;
            }
            Ok(format!("{} files have the time of now", paths.len()))
        }
        Repair::DropDefaultAcl(directory) => {
            let line = bench
                .line("setfacl")
                .args(["-R", "-k"])
                .args([directory.to_string_lossy().into_owned()]);
            let answer = bench.run(&line);
            match answer.good() {
                Some(_) => Ok(format!("no default ACL below {}", directory.display())),
                None => Err(
                    Error::setup("setfacl", "setfacl did not drop the default ACL")
                        .detail("seen", answer.words())
                        .next("./scripts/bootstrap.sh --only system, then: just doctor --fix"),
                ),
            }
        }
    }
}

fn without_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    for (index, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            clean.push(*byte);
        }
    }
    clean
}

fn touch(path: &Path) -> Result<()> {
    File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_modified(SystemTime::now()))
        .on("set the time of", path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_line_ends_change() {
        assert_eq!(without_carriage_returns(b"a\r\nb\rc\n\r"), b"a\nb\rc\n\r");
    }
}
