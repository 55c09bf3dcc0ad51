//! The list as rows, for a table and for JSON.

use serde::Serialize;

use super::state::{Progress, State};
use super::task::{Level, Place, Task};
use crate::room::Table;
use crate::room::name::shown;
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
    /// `free`, `after T02`, `yours`, `done`, `taken (room: ana)`, `done (room: ana)`.
    pub state: String,
}

/// Rows of these tasks; `room` is what others are at.
pub fn rows<'a>(tasks: &[&'a Task], state: &State, room: &Others) -> Vec<Row<'a>> {
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
            state: describe(task, state, room),
        })
        .collect()
}

fn describe(task: &Task, state: &State, room: &Others) -> String {
    let taken = room.holder(&task.id);
    match (state.progress(&task.id), taken) {
        (Some(Progress::Done), _) => return "done".to_owned(),
        // Both at once happens: begun without the room, or after the claim had expired.
        (Some(Progress::Started), Some(name)) => {
            return format!("yours, and {}'s (room)", shown(name));
        }
        (Some(Progress::Started), None) => return "yours".to_owned(),
        (Some(Progress::Dropped) | None, Some(name)) => {
            return format!("taken (room: {})", shown(name));
        }
        (Some(Progress::Dropped) | None, None) => {}
    }
    if let Some(name) = room.finisher(&task.id) {
        return format!("done (room: {})", shown(name));
    }
    let waiting = task
        .needs
        .iter()
        .find(|need| state.progress(&need.text) != Some(Progress::Done));
    waiting.map_or_else(|| "free".to_owned(), |need| format!("after {}", need.text))
}

/// What others in the room are at. Nobody, where there is no room.
#[derive(Clone, Debug, Default)]
pub struct Others {
    table: Table,
    me: String,
}

impl Others {
    /// The others than `me` in a room's table.
    pub fn new(table: Table, me: &str) -> Self {
        Self {
            table,
            me: me.to_owned(),
        }
    }

    /// Who else has claimed a task.
    pub fn holder(&self, id: &str) -> Option<&str> {
        let claim = self.table.claims.get(id)?;
        (claim.by != self.me).then_some(claim.by.as_str())
    }

    /// Who finished a task.
    pub fn finisher(&self, id: &str) -> Option<&str> {
        Some(self.table.done.get(id)?.by.as_str())
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::{Claim, Done};
    use crate::tasks::parse;

    #[test]
    fn others_are_named_and_harmless() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text = std::fs::read_to_string(root.join(crate::tasks::FILE)).expect("the list");
        let (tasks, _) = parse(&text);
        let tasks: Vec<&Task> = tasks.iter().filter(|task| task.needs.is_empty()).collect();
        let claim = |by: &str| Claim {
            by: by.to_owned(),
            since: 0,
            until: 9,
        };
        let mut table = Table::default();
        table
            .claims
            .insert(tasks[0].id.clone(), claim("a\u{1b}[2Jb"));
        table.claims.insert(tasks[1].id.clone(), claim("me"));
        let done = Done {
            by: "eve".to_owned(),
            at: 0,
        };
        table.done.insert(tasks[2].id.clone(), done);
        let mut state = State::default();
        state.entry(&tasks[1].id).progress = Progress::Started;
        let rows = rows(&tasks, &state, &Others::new(table, "me"));
        let states: Vec<&str> = rows.iter().map(|row| row.state.as_str()).collect();
        let wanted = [
            "taken (room: a\u{fffd}[2Jb)",
            "yours",
            "done (room: eve)",
            "free",
        ];
        assert_eq!(states[..4], wanted);
    }
}
