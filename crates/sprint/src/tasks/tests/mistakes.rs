//! Each mistake has its place.

use super::{document, look};
use crate::tasks::{Level, Place, parse, render};

/// The first problem of the document with one text replaced: what the line shows under the caret.
fn after(old: &str, new: &str) -> (String, String) {
    let text = document();
    assert!(text.contains(old), "{old}");
    let text = text.replacen(old, new, 1);
    let found = look(&text);
    let problem = found.problems.first().expect("a problem");
    let line = text.lines().nth(problem.span.line - 1).unwrap_or("");
    let marked: String = line
        .chars()
        .skip(problem.span.column - 1)
        .take(problem.span.width)
        .collect();
    let shown = render("tasks.md", &text, &found.problems);
    assert!(shown.contains('^'), "{shown}");
    (marked, problem.what.clone())
}

#[test]
fn the_real_list_is_fine() {
    let found = look(&document());
    assert_eq!(
        found.problems,
        [],
        "{}",
        render("tasks.md", &document(), &found.problems)
    );
    assert!(found.tasks.len() >= 18);
    let easy = |task: &&crate::tasks::Task| task.level == Level::First && task.minutes <= 60;
    assert!(found.tasks.iter().filter(easy).count() >= 3);
    // Nobody has to have the fork to begin.
    let at_hand = |task: &&crate::tasks::Task| easy(task) && task.place != Place::Fork;
    assert!(found.tasks.iter().filter(at_hand).count() >= 3);
}

#[test]
fn a_task_is_read_whole() {
    let (tasks, problems) = parse(&document());
    assert_eq!(problems, []);
    let task = tasks.iter().find(|task| task.id == "T04").expect("T04");
    assert_eq!(
        (task.level, task.place, task.minutes),
        (Level::Comfortable, Place::Kit, 120)
    );
    assert_eq!(task.needs[0].text, "T02");
    assert_eq!(task.upstream[0].text, "#30");
    assert!(task.why.starts_with("Decoding can fail") && task.why.ends_with("`base64.py`."));
    assert_eq!(
        (task.steps.len(), task.hints.len(), task.check.len()),
        (3, 3, 2)
    );
    assert!(task.steps[2].contains("casefold"));
}

#[test]
fn the_caret_is_under_the_word() {
    for (old, new, marked, what) in [
        ("| first PR |", "| frist PR |", "frist PR", "no level"),
        ("| 45 min |", "| soon |", "soon", "no estimate"),
        ("| kit |", "| cellar |", "cellar", "no place"),
        (
            "| level | area |",
            "| area | level |",
            "area",
            "other columns",
        ),
        ("**Files**", "**Flies**", "Flies", "no part called"),
        ("## T02 ·", "## T01 ·", "T01", "already the task"),
        ("| T02 |", "| T99 |", "T99", "no task `T99`"),
        ("## T02 ·", "## Second ·", "Second", "no task id"),
        (
            "- `sprint/checks/safety.py`",
            "- `sprint/checks/saftey.py`",
            "sprint/checks/saftey.py",
            "has no",
        ),
        (
            "just test-module base64\n",
            "just tset-module base64\n",
            "just tset-module base64",
            "part of a check",
        ),
        (
            "issues/30)",
            "issues/31)",
            "[#30](https://github.com/Rust-for-CPython/cpython/issues/31)",
            "where it says",
        ),
        ("2. Teach", "3. Teach", "3. Teach", "step 2"),
        (
            "</details>",
            "",
            "<details><summary>Hint 1</summary>",
            "not closed",
        ),
    ] {
        let (seen, problem) = after(old, new);
        assert!(seen.starts_with(marked), "{new}: {seen}");
        assert!(problem.contains(what), "{new}: {problem}");
    }
}

#[test]
fn a_circle_of_tasks_is_found() {
    // T04 needs T02; now T02 needs T15, which needs T04.
    let text = document();
    let heading = text.find("## T02 ·").expect("T02");
    let (before, rest) = text.split_at(heading);
    let text = format!(
        "{before}{}",
        rest.replacen(" – |\n\nThe fork", " T15 |\n\nThe fork", 1)
    );
    let found = look(&text);
    assert!(
        found
            .problems
            .iter()
            .all(|problem| problem.what.contains("waits for itself"))
    );
    assert_eq!(found.problems.len(), 3);
}

#[test]
fn a_solution_belongs_to_a_task() {
    let text = document().replacen("## T01 ·", "## T77 ·", 1);
    let found = look(&text);
    let what = &found.problems.first().expect("a problem").what;
    assert!(
        what.contains("T01.patch is the solution of no task"),
        "{what}"
    );
}
