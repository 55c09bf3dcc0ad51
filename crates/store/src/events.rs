//! What is printed: for a program one JSON object a line on stdout, for a person words (the answer on stdout, progress
//! on stderr).

use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fault::Fault;
use crate::secrets::Secrets;

/// How often progress is told.
const EVERY: Duration = Duration::from_millis(500);

/// Where it goes.
#[derive(Debug)]
pub(crate) struct Events {
    json: bool,
    last: Option<Instant>,
}

impl Events {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, last: None }
    }

    /// An answer: `{"event": kind, …}`, or these words. A reader that has gone away ends the work: nobody waits for it.
    pub(crate) fn answer(&self, kind: &str, mut fields: Value, words: &str) -> Result<(), Fault> {
        if !self.json {
            return tell(&mut io::stdout().lock(), words);
        }
        fields["event"] = kind.into();
        tell(&mut io::stdout().lock(), &fields.to_string())
    }

    /// Bytes so far, now and then.
    pub(crate) fn progress(&mut self, name: &str, bytes: u64, of: u64) -> Result<(), Fault> {
        if self.last.is_some_and(|last| last.elapsed() < EVERY) {
            return Ok(());
        }
        self.last = Some(Instant::now());
        if self.json {
            let event = json!({ "event": "progress", "name": name, "bytes": bytes, "of": of });
            return tell(&mut io::stdout().lock(), &event.to_string());
        }
        tell(
            &mut io::stderr().lock(),
            &format!("  {name}: {bytes} of {of} bytes"),
        )
    }

    /// Why it ended.
    pub(crate) fn fault(&self, fault: &Fault, secrets: &Secrets) {
        let what = secrets.hide(&fault.what);
        let text = if self.json {
            json!({ "event": "error", "id": fault.id, "what": what, "next": fault.next })
                .to_string()
        } else {
            let next = fault
                .next
                .as_ref()
                .map_or(String::new(), |next| format!("\n  try:     {next}"));
            format!(
                "error[{}]: {what}{next}\n  (exit {})",
                fault.id,
                fault.exit()
            )
        };
        // Nothing can be said to somebody who is not there.
        let _ = if self.json {
            tell(&mut io::stdout().lock(), &text)
        } else {
            tell(&mut io::stderr().lock(), &text)
        };
    }
}

fn tell(stream: &mut impl Write, text: &str) -> Result<(), Fault> {
    stream
        .write_all(format!("{text}\n").as_bytes())
        .and_then(|()| stream.flush())
        .map_err(|_| Fault::new("interrupted", "nobody reads the answer any more"))
}
