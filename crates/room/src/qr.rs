//! A QR code for a terminal: two modules a character, dark on light whatever the terminal's colours are.

use qrcode::{Color, EcLevel, QrCode};

/// The code with its quiet zone; `None` where the text is too long for one.
pub(crate) fn code(text: &str, colour: bool) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let (width, dark) = (code.width(), code.to_colors());
    let is_dark = |x: isize, y: isize| {
        let inside = |at: isize| usize::try_from(at).ok().filter(|at| *at < width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => dark[y * width + x] == Color::Dark,
            _ => false,
        }
    };
    let (quiet, width) = (4, width as isize);
    let mut text = String::new();
    for y in (-quiet..width + quiet).step_by(2) {
        // Black on white by escape codes; without them, on the usual light-on-dark terminal, the blocks are the light part.
        text.push_str(if colour { "\u{1b}[30;107m" } else { "" });
        for x in -quiet..width + quiet {
            text.push(
                match (is_dark(x, y) == colour, is_dark(x, y + 1) == colour) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                },
            );
        }
        text.push_str(if colour { "\u{1b}[0m\n" } else { "\n" });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_square_and_fits_a_terminal() {
        let line = format!(
            "http://192.168.100.100:8470/#1,8471,guest,{},RWQ{}",
            "a".repeat(32),
            "b".repeat(53)
        );
        let code = code(&line, false).expect("it fits");
        let rows: Vec<&str> = code.lines().collect();
        let width = rows[0].chars().count();
        assert!(rows.iter().all(|row| row.chars().count() == width));
        assert!(width <= 80 && rows.len() <= 40, "{width} x {}", rows.len());
        assert_eq!(rows.len(), width.div_ceil(2));
        // A corner below the quiet zone: a dark bar above a ring. Without colour, blocks are the light part.
        assert!(rows[2].starts_with("████ ▄▄▄▄▄ "), "{}", rows[2]);
    }

    #[test]
    fn what_is_too_long_is_left_out() {
        assert_eq!(code(&"x".repeat(5000), false), None);
    }
}
