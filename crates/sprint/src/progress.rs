//! Progress on stderr: one line that is redrawn on a terminal, now and then a plain line elsewhere.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::count;
use crate::term::{Palette, Term};

/// How often a plain stream hears of work that goes on.
const PLAIN_EVERY: Duration = Duration::from_secs(10);
/// How often a terminal is redrawn.
const LIVE_EVERY: Duration = Duration::from_millis(200);

/// A shareable view of stderr.
#[derive(Debug)]
pub struct Progress {
    palette: Palette,
    live: bool,
    width: usize,
    quiet: bool,
    /// Says whose lines they are, where several things go on at once.
    prefix: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    drawn: bool,
    last: Option<Instant>,
    first: Instant,
}

/// One piece of work that goes on, as the status line shows it.
#[derive(Clone, Debug)]
pub struct Working {
    /// `make`.
    pub title: String,
    /// Since it began.
    pub elapsed: Duration,
    /// What it is expected to take, where that is known.
    pub expected: Option<Duration>,
    /// What it is at: `Objects/unicodeobject.c`.
    pub at: String,
}

impl Progress {
    /// Progress as this terminal can show it; `quiet` leaves only warnings.
    pub fn new(term: Term, quiet: bool) -> Self {
        Self::with(term.err, term.live, term.width, quiet)
    }

    /// Shows nothing but warnings, without colour; for tests.
    pub fn silent() -> Self {
        Self::with(Palette::plain(), false, 80, true)
    }

    fn with(palette: Palette, live: bool, width: usize, quiet: bool) -> Self {
        let state = State {
            drawn: false,
            last: None,
            first: Instant::now(),
        };
        Self {
            palette,
            live,
            width,
            quiet,
            prefix: String::new(),
            state: Mutex::new(state),
        }
    }

    /// The same stream for one of several things that go on at once: plain lines, each with its name.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        let mut own = Self::with(self.palette, false, self.width, self.quiet);
        own.prefix = format!("{name:<8} ");
        own
    }

    /// The roles of stderr.
    pub fn palette(&self) -> Palette {
        self.palette
    }

    /// A line that stays.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.line(&format!("  {}{text}", self.prefix));
        }
    }

    /// A finished step: `  configure   22 s   (why it was needed)`.
    pub fn done(&self, title: &str, elapsed: Duration, note: &str) {
        let text = format!("{title:<10} {:>7}   {note}", count::seconds(elapsed));
        self.say(text.trim_end());
    }

    /// A warning; shown even where progress is not wanted.
    pub fn warn(&self, text: &str) {
        self.line(&format!(
            "{} {}{text}",
            self.palette.warning("warning:"),
            self.prefix
        ));
    }

    /// Bytes of a download so far.
    pub fn bytes(&self, title: &str, so_far: u64, total: u64) {
        if self.due() {
            let fraction = so_far as f64 / total.max(1) as f64;
            self.status(&format!(
                "  {title}  {} {} of {}",
                bar(fraction),
                count::bytes(so_far),
                count::bytes(total)
            ));
        }
    }

    /// Everything that goes on at this moment.
    pub fn working(&self, jobs: &[Working]) {
        if jobs.is_empty() || !self.due() {
            return;
        }
        let parts: Vec<String> = jobs.iter().map(|job| self.describe(job)).collect();
        self.status(&format!("  {}{}", self.prefix, parts.join("   ")));
    }

    /// Takes the status line away.
    pub fn clear(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.erase(&mut state);
    }

    fn describe(&self, job: &Working) -> String {
        let elapsed = count::seconds(job.elapsed);
        match job
            .expected
            .filter(|expected| *expected >= Duration::from_secs(2))
        {
            Some(expected) if job.elapsed > expected => {
                let (title, at) = (&job.title, &job.at);
                format!(
                    "{title} {elapsed}, longer than the expected {}  {at}",
                    count::seconds(expected)
                )
            }
            Some(expected) => {
                let fraction = job.elapsed.as_secs_f64() / expected.as_secs_f64();
                let bar = if self.live {
                    format!("{} ", bar(fraction))
                } else {
                    String::new()
                };
                format!(
                    "{} {bar}{elapsed} of about {}  {}",
                    job.title,
                    count::seconds(expected),
                    job.at
                )
            }
            None => format!("{} {elapsed}  {}", job.title, job.at),
        }
    }

    fn due(&self) -> bool {
        if self.quiet {
            return false;
        }
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let every = if self.live { LIVE_EVERY } else { PLAIN_EVERY };
        state.last.unwrap_or(state.first).elapsed() >= every
    }

    fn status(&self, text: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.last = Some(Instant::now());
        if self.live {
            self.erase(&mut state);
            let cut: String = text.chars().take(self.width.saturating_sub(1)).collect();
            emit(&cut);
            state.drawn = true;
        } else {
            emit(&format!("{}\n", text.trim_end()));
        }
    }

    fn line(&self, text: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.erase(&mut state);
        emit(&format!("{text}\n"));
    }

    fn erase(&self, state: &mut State) {
        if state.drawn {
            emit("\r\u{1b}[2K");
            state.drawn = false;
        }
    }
}

fn bar(fraction: f64) -> String {
    const CELLS: f64 = 20.0;
    // An estimate that was too short must not look finished.
    let filled = (fraction.clamp(0.0, 0.99) * CELLS).floor() as usize;
    format!(
        "{}{}",
        "█".repeat(filled),
        "░".repeat(CELLS as usize - filled)
    )
}

fn emit(text: &str) {
    // A closed stderr is no reason to stop a build.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_never_looks_finished_before_it_is() {
        assert_eq!(bar(0.0).matches('█').count(), 0);
        assert_eq!(bar(0.5).matches('█').count(), 10);
        assert_eq!(bar(7.0).matches('█').count(), 19);
    }
}
