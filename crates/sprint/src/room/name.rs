//! Names that people choose, and what others' names may do to a terminal.

use crate::error::{Error, Result};

/// The longest name, in characters.
pub const LONGEST: usize = 24;

/// A name as its owner may choose it: letters and digits of any script, and ` -_.'` between them.
pub fn parse(text: &str) -> Result<String> {
    let name = text.trim();
    let fits = |c: char| c.is_alphanumeric() || " -_.'".contains(c);
    let problem = if name.is_empty() {
        "is empty"
    } else if name.chars().count() > LONGEST {
        "is longer than 24 characters"
    } else if !name.chars().all(fits) {
        "has characters other than letters, digits, spaces and -_.'"
    } else if !name.chars().any(char::is_alphanumeric) {
        "has no letter or digit"
    } else {
        return Ok(name.to_owned());
    };
    Err(
        Error::usage("room-name", format!("`{}` {problem}", shown(name)))
            .next("choose another: --name NAME"),
    )
}

/// Somebody else's text for a terminal or a page: no control codes, nothing invisible, nothing that turns the
/// direction of what follows, and not endless. A page escapes it as well.
pub fn shown(text: &str) -> String {
    let harmless = |c: char| if is_hidden(c) { '\u{fffd}' } else { c };
    let mut short: String = text.chars().take(LONGEST).map(harmless).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

/// Control characters, and format characters that hide or reorder text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_choose_their_names() {
        for name in ["ana", "Zoë 2", "李雷", "d'Artagnan", "x.y-z_1"] {
            assert_eq!(parse(name).expect(name), name);
        }
        for name in ["", "  ", "...", "<b>", "a\u{1b}[31m", "a\u{202e}b", "a/b"] {
            assert_eq!(
                parse(name).expect_err(name).exit(),
                crate::exit::Exit::Usage
            );
        }
        assert!(parse(&"x".repeat(25)).is_err());
    }

    #[test]
    fn what_others_wrote_is_harmless_on_a_terminal() {
        assert_eq!(
            shown("a\u{1b}[2Jb\u{202e}c\n"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}"
        );
        assert_eq!(shown(&"y".repeat(500)).chars().count(), LONGEST + 1);
        assert_eq!(shown("李雷 <b>"), "李雷 <b>");
    }
}
