//! 200 damaged copies of the real list: never a panic, and every problem has a line of the text.

use super::{document, look};
use crate::tasks::render;

/// xorshift64*: the same copies in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }
}

/// Pieces that mean something in the document, or nothing, or more than a byte each.
const PIECES: [&str; 16] = [
    "|",
    "**",
    "## ",
    "```",
    "<details>",
    "</details>",
    "`",
    "·",
    " – ",
    "1. ",
    "\u{0}",
    "💥",
    "\t",
    "](",
    "T01",
    "\r",
];

fn damaged(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=random.below(4) {
        let at = random.below(lines.len());
        let other = random.below(lines.len());
        match random.below(7) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[other].clone()),
            2 => lines.swap(at, other),
            3 => lines.truncate(at + 1),
            4 => lines[at].insert_str(0, PIECES[random.below(PIECES.len())]),
            kind => {
                // In the middle of a line, at a character's edge.
                let edges: Vec<usize> = lines[at].char_indices().map(|(edge, _)| edge).collect();
                let edge = edges.get(random.below(edges.len())).copied().unwrap_or(0);
                if kind == 5 {
                    lines[at].insert_str(edge, PIECES[random.below(PIECES.len())]);
                } else {
                    lines[at].truncate(edge);
                }
            }
        }
    }
    lines.join("\n")
}

#[test]
fn every_problem_of_every_damaged_copy_has_a_line() {
    let text = document();
    let mut random = Random(0x5eed);
    let (mut caught, mut kinds) = (0, std::collections::BTreeSet::new());
    for copy in 0..200 {
        let text = damaged(&text, &mut random);
        let found = look(&text);
        let lines = text.lines().count().max(1);
        for problem in &found.problems {
            let span = problem.span;
            assert!((1..=lines).contains(&span.line), "copy {copy}: {problem:?}");
            let length = text
                .lines()
                .nth(span.line - 1)
                .unwrap_or("")
                .chars()
                .count();
            assert!(
                span.column >= 1 && span.column <= length + 1,
                "copy {copy}: {problem:?}"
            );
            kinds.insert(
                problem
                    .what
                    .chars()
                    .filter(|c| !c.is_ascii_digit())
                    .take(12)
                    .collect::<String>(),
            );
        }
        let shown = render("tasks.md", &text, &found.problems);
        assert_eq!(shown.matches("tasks.md:").count(), found.problems.len());
        caught += usize::from(!found.problems.is_empty());
    }
    // Damage in prose is no mistake; most of the rest must be noticed, as many different things.
    assert!(caught > 120, "{caught} of 200 noticed");
    assert!(kinds.len() > 15, "{kinds:?}");
}
