//! What the board shows, as data.

use serde::Serialize;

use sprint::room::name::shown;
use sprint::room::{Event, Table};
use sprint::tasks::{Progress, State, Task};

/// Everything on the page. Names are others' own words: made harmless to read (`shown`), still to be escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Board {
    /// Which room, and whether it answers.
    pub(crate) room: RoomState,
    pub(crate) tasks: Vec<Card>,
    pub(crate) people: Vec<Person>,
    pub(crate) log: Vec<Line>,
    pub(crate) savings: Savings,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RoomState {
    /// It answers.
    Up,
    /// It does not answer: what is shown was true a while ago.
    Away,
    /// No room was joined: only this clone's own tasks are known.
    #[default]
    None,
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stand {
    Free,
    Taken,
    Done,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) level: &'static str,
    pub(crate) area: String,
    pub(crate) estimate: String,
    /// Tasks that come first and are not done.
    pub(crate) after: Vec<String>,
    pub(crate) stand: Stand,
    pub(crate) by: Option<String>,
    /// Of a claim: minutes since it began.
    pub(crate) minutes: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) tasks: Vec<String>,
    pub(crate) restored: u64,
    pub(crate) built: u64,
    pub(crate) saved: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    pub(crate) by: String,
    /// What they did, in words.
    pub(crate) what: String,
    pub(crate) minutes: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Savings {
    /// Seconds that guests say they were spared.
    pub(crate) seconds: u64,
    pub(crate) restored: u64,
    pub(crate) built: u64,
    /// The middle one of the last reported builds and restores, in seconds.
    pub(crate) usual_build: Option<u64>,
    pub(crate) usual_restore: Option<u64>,
    /// As this server counted them: archives, bytes.
    pub(crate) served: Option<(u64, u64)>,
}

impl Board {
    /// Of a room, or of this clone alone.
    pub(crate) fn new(
        tasks: &[Task],
        table: &Table,
        own: &State,
        room: RoomState,
        served: Option<(u64, u64)>,
    ) -> Self {
        let mut people: Vec<Person> = table
            .guests
            .iter()
            .map(|(name, guest)| Person {
                name: shown(name),
                tasks: table
                    .claims
                    .iter()
                    .filter(|(_, claim)| claim.by == *name)
                    .map(|(id, _)| shown(id))
                    .collect(),
                restored: guest.restored,
                built: guest.built,
                saved: guest.saved,
            })
            .collect();
        people.sort_by(|a, b| {
            b.tasks
                .len()
                .cmp(&a.tasks.len())
                .then_with(|| a.name.cmp(&b.name))
        });
        let (seconds, restored) = table.saved();
        Self {
            tasks: tasks
                .iter()
                .map(|task| card(task, table, own, &room))
                .collect(),
            people,
            log: table
                .events
                .iter()
                .take(12)
                .map(|event| line(event, table.now))
                .collect(),
            savings: Savings {
                seconds,
                restored,
                built: table
                    .guests
                    .values()
                    .map(|guest| guest.built)
                    .fold(0, u64::saturating_add),
                usual_build: middle(table, "built"),
                usual_restore: middle(table, "restored"),
                served,
            },
            room,
        }
    }

    pub(crate) fn count(&self, stand: Stand) -> usize {
        self.tasks.iter().filter(|card| card.stand == stand).count()
    }
}

fn card(task: &Task, table: &Table, own: &State, room: &RoomState) -> Card {
    let alone = *room == RoomState::None;
    let is_done = |id: &str| {
        table.done.contains_key(id) || (alone && own.progress(id) == Some(Progress::Done))
    };
    let (stand, by, since) = if let Some(claim) = table.claims.get(&task.id) {
        (Stand::Taken, Some(shown(&claim.by)), Some(claim.since))
    } else if let Some(done) = table.done.get(&task.id) {
        (Stand::Done, Some(shown(&done.by)), None)
    } else if is_done(&task.id) {
        (Stand::Done, Some("you".to_owned()), None)
    } else if alone && own.progress(&task.id) == Some(Progress::Started) {
        (Stand::Taken, Some("you".to_owned()), None)
    } else {
        (Stand::Free, None, None)
    };
    Card {
        id: task.id.clone(),
        title: task.title.clone(),
        level: task.level.name(),
        area: task.area.clone(),
        estimate: task.estimate(),
        after: task
            .needs
            .iter()
            .filter(|need| !is_done(&need.text))
            .map(|need| need.text.clone())
            .collect(),
        stand,
        by,
        minutes: since.map(|since| table.now.saturating_sub(since) / 60),
    }
}

fn line(event: &Event, now: u64) -> Line {
    let task = event.task.as_deref().map(shown).unwrap_or_default();
    Line {
        by: shown(&event.by),
        what: match event.what.as_str() {
            "took" => format!("took {task}"),
            "dropped" => format!("gave {task} back"),
            "finished" => format!("finished {task}"),
            "restored" => format!("restored a build in {}", seconds(event.spent)),
            "built" => format!("built in {}", seconds(event.spent)),
            _ => "did something that this board does not know".to_owned(),
        },
        minutes: now.saturating_sub(event.at) / 60,
    }
}

fn middle(table: &Table, what: &str) -> Option<u64> {
    let mut all: Vec<u64> = table
        .events
        .iter()
        .filter(|event| event.what == what)
        .map(|event| event.spent)
        .collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied()
}

/// `8 s`, `2 min 5 s`, `3 h 20 min`.
pub(crate) fn seconds(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
