//! `sprint doctor`: pins × host → findings. Probes try things out instead of asking for versions, run
//! beside each other, and return data; the renderers only print it.

mod bench;
mod finding;
mod fix;
mod probes;
mod render;
mod report;
mod text;

pub use bench::{Bench, Child};
pub use finding::{Fact, Finding, Repair, Seen, Severity};
pub use fix::mend;
pub(crate) use probes::debian_packages;
pub use render::render;
pub use report::{LIMIT, report};
pub use text::Text;

use std::time::Instant;

use serde::Serialize;

use crate::target::Target;

/// All that the doctor has to say. Serialised, it is what `--json` prints (docs/doctor.schema.json).
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    /// The layout of this object.
    pub format: u32,
    /// The machine, a line each.
    pub facts: Vec<Fact>,
    /// The worst first, then by name.
    pub findings: Vec<Finding>,
    /// Numbers of findings.
    pub problems: usize,
    /// Numbers of findings.
    pub warnings: usize,
    /// What each group of probes took, in seconds.
    pub probes: Vec<Timed>,
    /// What all of it took, in seconds.
    pub seconds: f64,
}

/// What a group of probes took.
#[derive(Debug, Serialize)]
pub struct Timed {
    /// The group.
    pub name: &'static str,
    /// Wall-clock time.
    pub seconds: f64,
}

/// Runs every group of probes at once. `target` adds those of another machine's toolchain.
pub fn examine(bench: &Bench<'_>, target: Option<&'static Target>) -> Diagnosis {
    let started = Instant::now();
    let groups = probes::GROUPS;
    let mut diagnosis = Diagnosis {
        format: 1,
        facts: Vec::new(),
        findings: Vec::new(),
        problems: 0,
        warnings: 0,
        probes: Vec::new(),
        seconds: 0.0,
    };
    std::thread::scope(|scope| {
        let mut handles: Vec<_> = groups
            .iter()
            .map(|(name, probe)| {
                let work = move || timed(|| probe(bench));
                (*name, scope.spawn(work))
            })
            .collect();
        if let Some(target) = target {
            let work = move || timed(|| probes::target(bench, target));
            handles.push(("target", scope.spawn(work)));
        }
        for (name, handle) in handles {
            let (seen, seconds) = match handle.join() {
                Ok(result) => result,
                // A probe that panics must not hide what the others saw.
                Err(_) => (crashed(name), 0.0),
            };
            diagnosis.facts.extend(seen.facts);
            diagnosis.findings.extend(seen.findings);
            diagnosis.probes.push(Timed { name, seconds });
        }
    });
    diagnosis
        .findings
        .sort_by(|a, b| (a.severity, &a.id).cmp(&(b.severity, &b.id)));
    let count = |severity| {
        diagnosis
            .findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    diagnosis.problems = count(Severity::Problem);
    diagnosis.warnings = count(Severity::Warning);
    diagnosis.seconds = started.elapsed().as_secs_f64();
    diagnosis
}

fn timed(work: impl FnOnce() -> Seen) -> (Seen, f64) {
    let started = Instant::now();
    let seen = work();
    (seen, started.elapsed().as_secs_f64())
}

fn crashed(name: &'static str) -> Seen {
    let mut seen = Seen::default();
    seen.finding(
        Finding::new(
            "probe-crashed",
            Severity::Warning,
            Text::new("the probe of ").say(name).say(" crashed"),
            "a probe that ends",
        )
        .fix("report this, with the output of: sprint doctor"),
    );
    seen
}
