//! The list as rows, for a table and for JSON.

use serde::Serialize;

use super::state::{Progress, State};
use super::task::{Level, Place, Task};
use crate::term::Palette;

/// One line of `just tasks`.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    /// `T03`.
    pub id: &'a str,
    /// How hard.
    pub level: Level,
    /// In minutes.
    pub minutes: u32,
    /// Whose files.
    pub place: Place,
    /// A word to filter by.
    pub area: &'a str,
    /// One line.
    pub title: &'a str,
    /// Texts of the links.
    pub upstream: Vec<&'a str>,
    /// `free`, `waits for T02`, `yours`, `done`.
    pub state: String,
}

/// Rows of these tasks.
pub fn rows<'a>(tasks: &[&'a Task], state: &State) -> Vec<Row<'a>> {
    tasks
        .iter()
        .map(|task| Row {
            id: &task.id,
            level: task.level,
            minutes: task.minutes,
            place: task.place,
            area: &task.area,
            title: &task.title,
            upstream: task
                .upstream
                .iter()
                .map(|link| link.text.as_str())
                .collect(),
            state: describe(task, state),
        })
        .collect()
}

fn describe(task: &Task, state: &State) -> String {
    match state.progress(&task.id) {
        Some(Progress::Started) => return "yours".to_owned(),
        Some(Progress::Done) => return "done".to_owned(),
        Some(Progress::Dropped) | None => {}
    }
    let waiting = task
        .needs
        .iter()
        .find(|need| state.progress(&need.text) != Some(Progress::Done));
    waiting.map_or_else(|| "free".to_owned(), |need| format!("after {}", need.text))
}

/// The rows as a table, 80 columns wide where the titles allow it.
pub fn table(rows: &[Row<'_>], tasks: &[&Task], palette: Palette) -> String {
    let width = rows
        .iter()
        .map(|row| row.title.chars().count())
        .max()
        .unwrap_or(5)
        .clamp(5, 43);
    let mut text = palette.faint(&format!(
        "{:<4} {:<5} {:<7} {:<7} {:<width$} {}",
        "ID", "level", "est.", "where", "title", "state"
    ));
    text.push('\n');
    for (row, task) in rows.iter().zip(tasks) {
        let title: String = if row.title.chars().count() > width {
            row.title.chars().take(width - 1).chain(['…']).collect()
        } else {
            row.title.to_owned()
        };
        text.push_str(&format!(
            "{} {:<5} {:<7} {:<7} {title:<width$} {}\n",
            palette.name(&format!("{:<4}", row.id)),
            task.level.short(),
            task.estimate(),
            row.place.name(),
            match row.state.as_str() {
                "free" => palette.good("free"),
                other => palette.faint(other),
            }
        ));
    }
    text
}
