//! What the terminal can show, decided once per stream and passed along as plain values.

use std::io::IsTerminal;

/// Role names instead of colours: a call site says what a text *is*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    colour: bool,
}

impl Palette {
    /// No escape codes at all.
    pub const fn plain() -> Self {
        Self { colour: false }
    }

    /// With escape codes if `colour`.
    pub const fn new(colour: bool) -> Self {
        Self { colour }
    }

    /// Something went right.
    pub fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Something went wrong.
    pub fn problem(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    /// Worth a look.
    pub fn warning(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// The name of a thing.
    pub fn name(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Of less weight than what stands beside it.
    pub fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColourChoice {
    /// Colour on a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What stdout and stderr can show.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// For the answer.
    pub out: Palette,
    /// For progress and errors.
    pub err: Palette,
    /// stderr is a terminal, so a line may be redrawn.
    pub live: bool,
    /// Columns of stderr; 80 where that is not known.
    pub width: usize,
}

impl Term {
    /// Looks at the two streams; `no_color` is whether NO_COLOR is set and not empty (no-color.org).
    pub fn detect(choice: ColourChoice, no_color: bool) -> Self {
        let colour = |terminal: bool| match choice {
            ColourChoice::Auto => terminal && !no_color,
            ColourChoice::Always => true,
            ColourChoice::Never => false,
        };
        let stderr = std::io::stderr();
        let live = stderr.is_terminal();
        let columns =
            rustix::termios::tcgetwinsize(&stderr).map_or(0, |size| usize::from(size.ws_col));
        Self {
            out: Palette::new(colour(std::io::stdout().is_terminal())),
            err: Palette::new(colour(live)),
            live,
            width: if columns == 0 { 80 } else { columns },
        }
    }
}
