//! The parts of a task, as headings in bold.

/// A part that starts with its name in bold at the beginning of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Files,
    Steps,
    Check,
    Hints,
    DoneWhen,
    News,
}

impl Section {
    pub(super) const ALL: [Self; 6] = [
        Self::Files,
        Self::Steps,
        Self::Check,
        Self::Hints,
        Self::DoneWhen,
        Self::News,
    ];
    pub(super) const REQUIRED: [Self; 5] = [
        Self::Files,
        Self::Steps,
        Self::Check,
        Self::Hints,
        Self::DoneWhen,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Files => "Files",
            Self::Steps => "Steps",
            Self::Check => "Check",
            Self::Hints => "Hints",
            Self::DoneWhen => "Done when",
            Self::News => "News",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}
