//! Which tasks a person wants to see.

use super::list::Others;
use super::state::{Progress, State};
use super::task::{Level, Place, Task};

/// An hour at a sprint table.
const HOUR: u32 = 60;

/// Wishes; all of them must be met.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this level.
    pub level: Option<Level>,
    /// Of this area.
    pub area: Option<String>,
    /// Not begun, not done, nobody in the room is at it, and nothing that must come first is missing.
    pub free: bool,
    /// Fits an hour.
    pub hour: bool,
    /// Can be done with this tree, besides the kit itself.
    pub here: Option<Place>,
}

impl Filter {
    /// Does the task meet every wish?
    pub fn admits(&self, task: &Task, state: &State, room: &Others) -> bool {
        self.level.is_none_or(|level| level == task.level)
            && self.area.as_ref().is_none_or(|area| *area == task.area)
            && (!self.free || is_free(task, state, room))
            && (!self.hour || task.minutes <= HOUR)
            && self
                .here
                .is_none_or(|place| [Place::Kit, place].contains(&task.place))
    }
}

fn is_free(task: &Task, state: &State, room: &Others) -> bool {
    let untouched = matches!(state.progress(&task.id), None | Some(Progress::Dropped));
    let ready = task
        .needs
        .iter()
        .all(|need| state.progress(&need.text) == Some(Progress::Done));
    untouched && ready && room.holder(&task.id).is_none() && room.finisher(&task.id).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::parse;

    #[test]
    fn wishes_are_met_together() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text = std::fs::read_to_string(root.join(crate::tasks::FILE)).expect("the list");
        let (tasks, _) = parse(&text);
        let mut state = State::default();
        let shown = |filter: &Filter, state: &State| -> Vec<String> {
            let admitted = tasks
                .iter()
                .filter(|task| filter.admits(task, state, &Others::default()));
            admitted.map(|task| task.id.clone()).collect()
        };
        let easy = Filter {
            level: Some(Level::First),
            hour: true,
            here: Some(Place::Release),
            free: true,
            area: None,
        };
        let before = shown(&easy, &state);
        assert!(before.len() >= 3, "{before:?}");
        state.entry(&before[0]).progress = Progress::Started;
        assert_eq!(shown(&easy, &state), before[1..]);
        let waiting = tasks.iter().find(|task| !task.needs.is_empty());
        let waiting = waiting.expect("a task that waits for another");
        let free = Filter {
            free: true,
            ..Filter::default()
        };
        assert!(!shown(&free, &state).contains(&waiting.id));
        for need in &waiting.needs {
            state.entry(&need.text).progress = Progress::Done;
        }
        assert!(shown(&free, &state).contains(&waiting.id));
    }
}
