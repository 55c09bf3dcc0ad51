//! Where the time of a build went, as one HTML file that needs nothing else: the steps, every compiler call, what was
//! found in a cache, and the longest pole.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::outcome::Outcome;
use super::plan::{BuildPlan, StepId};
use crate::atomic;
use crate::cache::launcher;
use crate::error::Result;

/// A stretch of time, in seconds since the build began.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// What went on.
    pub name: String,
    /// When it began.
    pub start: f64,
    /// How long it took.
    pub seconds: f64,
    /// How: `cache`, `direct`, or nothing.
    pub how: String,
}

impl Span {
    fn end(&self) -> f64 {
        self.start + self.seconds
    }
}

/// Compiler calls that are named in the table.
const LONGEST: usize = 12;

/// Writes the picture of a build that has just been made.
pub fn write(file: &Path, plan: &BuildPlan, outcome: &Outcome, more: &[(&str, f64)]) -> Result<()> {
    let mut steps: Vec<Span> = outcome.spans.clone();
    for (name, seconds) in more {
        let start = steps.iter().map(Span::end).fold(0.0, f64::max);
        steps.push(Span {
            name: (*name).to_owned(),
            start,
            seconds: *seconds,
            how: String::new(),
        });
    }
    let calls = match outcome.seconds.contains_key(&StepId::Make) {
        true => calls(&plan.corner(), outcome.begun),
        false => Vec::new(),
    };
    atomic::write(file, page(plan, outcome, &steps, &calls).as_bytes())
}

/// The compiler calls of the last make, from its log; none where nothing was logged.
fn calls(corner: &Path, begun: Option<SystemTime>) -> Vec<Span> {
    let Some(begun) = begun.and_then(|begun| begun.duration_since(SystemTime::UNIX_EPOCH).ok())
    else {
        return Vec::new();
    };
    let text = fs::read_to_string(launcher::calls_file(corner)).unwrap_or_default();
    let mut calls: Vec<Span> = text
        .lines()
        .filter_map(|line| {
            let mut fields = line.splitn(4, ' ');
            let start: f64 = fields.next()?.parse().ok()?;
            let seconds: f64 = fields.next()?.parse().ok()?;
            let how = fields.next()?.to_owned();
            let span = Span {
                name: fields.next()?.to_owned(),
                start: start - begun.as_secs_f64(),
                seconds,
                how,
            };
            // `inf` and `nan` are numbers to the parser, and would be to no browser.
            (span.end().is_finite() && seconds >= 0.0).then_some(span)
        })
        .collect();
    calls.sort_by(|a, b| a.start.total_cmp(&b.start));
    calls
}

/// The steps that nothing else could have shortened: from the last to end, back over the one that each waited for.
fn poles<'a>(plan: &BuildPlan, steps: &'a [Span]) -> Vec<&'a Span> {
    let mut poles = Vec::new();
    let mut now = steps.iter().max_by(|a, b| a.end().total_cmp(&b.end()));
    while let Some(span) = now {
        poles.push(span);
        let step = plan.steps.iter().find(|step| step.id.name() == span.name);
        now = steps
            .iter()
            .filter(|before| match step {
                Some(step) => step.after.iter().any(|id| id.name() == before.name),
                None => before.start < span.start,
            })
            .max_by(|a, b| a.end().total_cmp(&b.end()));
    }
    poles
}

fn page(plan: &BuildPlan, outcome: &Outcome, steps: &[Span], calls: &[Span]) -> String {
    let total = steps
        .iter()
        .chain(calls)
        .map(Span::end)
        .fold(0.001, f64::max);
    let poles = poles(plan, steps);
    let bar = |span: &Span, lane: usize, class: &str| {
        format!(
            "<i class=\"{class}\" style=\"left:{:.3}%;width:{:.3}%;top:{}px\" title=\"{} — {:.2} s {}\"></i>\n",
            span.start.max(0.0) / total * 100.0,
            (span.seconds / total * 100.0).max(0.05),
            lane * 14,
            escaped(&span.name),
            span.seconds,
            escaped(&span.how)
        )
    };
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Build of {0}</title>\n{HEAD}\n<style>{STYLE}</style>\n\
         <h1>Where {1:.1} s went</h1>\n<p>CPython {0}, {2}, {3}. Snapshot: {4}. {5}</p>\n",
        escaped(&plan.source.version_text),
        total,
        plan.target.triple,
        plan.profile,
        outcome.snapshot.name(),
        cached(outcome)
    );
    if steps.is_empty() {
        return text + "<p>Everything was up to date: there was nothing to do.</p>\n</html>\n";
    }
    text.push_str("<h2>Steps</h2>\n");
    for span in steps {
        let class = match poles.iter().any(|pole| std::ptr::eq(*pole, span)) {
            true => "pole",
            false => "step",
        };
        text.push_str(&format!(
            "<div class=\"row\"><b>{}</b><span>{:.1} s</span><div class=\"lane\">{}</div></div>\n",
            escaped(&span.name),
            span.seconds,
            bar(span, 0, class)
        ));
    }
    let names: Vec<&str> = poles.iter().rev().map(|span| span.name.as_str()).collect();
    text.push_str(&format!(
        "<p>The longest pole is <b class=\"poled\">{}</b>: making anything else quicker does not end the build earlier.</p>\n",
        escaped(&names.join(" → "))
    ));
    if calls.is_empty() {
        text.push_str("<p>No compiler call is known: make did not run, or ran without the compile cache.</p>\n");
        return text + "</html>\n";
    }
    let lanes = lanes(calls);
    let height = (lanes.iter().max().map_or(0, |last| last + 1)) * 14;
    text.push_str(&format!(
        "<h2>{} compiler calls</h2>\n<div class=\"lane\" style=\"height:{height}px\">\n",
        calls.len()
    ));
    for (call, lane) in calls.iter().zip(&lanes) {
        let class = match call.how.as_str() {
            "found" => "cache",
            "compiled" => "miss",
            _ => "direct",
        };
        text.push_str(&bar(call, *lane, class));
    }
    text.push_str("</div>\n<p><i class=\"key cache\"></i> found in the compile cache <i class=\"key miss\"></i> compiled, as it was not there <i class=\"key direct\"></i> the compiler alone (links, and what the cache was not asked for)</p>\n");
    let mut longest: Vec<&Span> = calls.iter().collect();
    longest.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    text.push_str("<table><tr><th>longest calls</th><th>s</th><th></th></tr>\n");
    for call in longest.into_iter().take(LONGEST) {
        text.push_str(&format!(
            "<tr><td>{}</td><td>{:.2}</td><td>{}</td></tr>\n",
            escaped(&call.name),
            call.seconds,
            escaped(&call.how)
        ));
    }
    text + "</table>\n</html>\n"
}

fn cached(outcome: &Outcome) -> String {
    let compile = &outcome.compile;
    match (&compile.reason, compile.hits + compile.misses) {
        (Some(reason), _) => format!("Compile cache: {}.", escaped(reason)),
        (None, 0) => "Compile cache: off.".to_owned(),
        (None, all) => format!(
            "Compile cache: {} of {all} files compiled before.",
            compile.hits
        ),
    }
}

/// For each call, sorted by start, a lane in which nothing else goes on.
fn lanes(calls: &[Span]) -> Vec<usize> {
    let mut ends: Vec<f64> = Vec::new();
    let mut lanes = Vec::new();
    for call in calls {
        let free = ends.iter().position(|end| *end <= call.start);
        let lane = free.unwrap_or(ends.len());
        if lane == ends.len() {
            ends.push(0.0);
        }
        ends[lane] = call.end();
        lanes.push(lane);
    }
    lanes
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A stretch of time that ended now.
pub(super) fn ended(name: &str, begun: std::time::Instant, elapsed: Duration) -> Span {
    let end = begun.elapsed().as_secs_f64();
    let seconds = elapsed.as_secs_f64();
    Span {
        name: name.to_owned(),
        start: (end - seconds).max(0.0),
        seconds,
        how: String::new(),
    }
}

/// For phones; and nothing that a name in this file might say is run or fetched.
const HEAD: &str = "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src 'unsafe-inline'\">";

const STYLE: &str = ":root{color-scheme:light dark}body{font:14px sans-serif;max-width:70em;margin:2em auto;padding:0 1em;background:#fff;color:#222}\
.row{display:grid;grid-template-columns:8em 5em 1fr;align-items:center;margin:2px 0}\
.lane{position:relative;height:14px;background:#f2f2f2}\
.lane i{position:absolute;height:12px;border-radius:2px}\
.step{background:#8fb3d9}.pole{background:#c0392b}.poled{color:#c0392b}.cache{background:#5a9e6f}.miss{background:#8e6fc1}.direct{background:#d9a441}\
.key{display:inline-block;width:12px;height:12px}td,th{text-align:left;padding:2px 1em 2px 0}\
td:first-child,p{overflow-wrap:anywhere}\
@media(prefers-color-scheme:dark){body{background:#1c1c1c;color:#ddd}.lane{background:#2b2b2b}.poled{color:#ff8a7a}}";

#[cfg(test)]
mod tests {
    use super::*;

    fn span(name: &str, start: f64, seconds: f64) -> Span {
        Span {
            name: name.to_owned(),
            start,
            seconds,
            how: "found".to_owned(),
        }
    }

    #[test]
    fn calls_at_the_same_time_get_lanes_of_their_own() {
        let calls = [
            span("a", 0.0, 2.0),
            span("b", 1.0, 2.0),
            span("c", 2.5, 1.0),
        ];
        assert_eq!(lanes(&calls), [0, 1, 0]);
    }

    #[test]
    fn the_log_of_calls_is_read_and_what_is_no_call_left_out() {
        let corner = tempfile::tempdir().expect("dir");
        let text = "102.500 1.250 cache ../Objects/a b.c\ngarbage\n101.000 inf cache x\nnan 1 cache x\n\
                    101.000 -1 cache x\n101.000 0.5 direct link\n";
        fs::write(launcher::calls_file(corner.path()), text).expect("write");
        let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let calls = calls(corner.path(), Some(begun));
        let seen: Vec<(&str, f64)> = calls
            .iter()
            .map(|call| (call.name.as_str(), call.start))
            .collect();
        assert_eq!(seen, [("link", 1.0), ("../Objects/a b.c", 2.5)]);
        assert_eq!(escaped("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
    }
}
