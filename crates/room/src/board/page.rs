//! The page as HTML. Every text that is not this file's own goes through `escape`.

use std::fmt::Write as _;

use super::model::{Board, Card, Line, Person, RoomState, Stand, seconds};

/// The whole page.
pub(crate) fn render(board: &Board) -> String {
    let mut page = String::with_capacity(32 << 10);
    page.push_str(HEAD);
    header(&mut page, board);
    page.push_str("<main id=\"board\" tabindex=\"-1\" data-show=\"all\">\n");
    for (stand, title, none) in [
        (
            Stand::Free,
            "Free",
            "Nothing is free. Help at a neighbour’s table?",
        ),
        (
            Stand::Taken,
            "Somebody is at it",
            "Nobody has taken a task yet.",
        ),
        (
            Stand::Done,
            "Done",
            "Nothing yet. The first one rings a bell.",
        ),
    ] {
        column(&mut page, board, stand, title, none);
    }
    room(&mut page, board);
    page.push_str("</main>\n");
    page.push_str(TAIL);
    page
}

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>Sprint board: Rust for CPython</title>
<link rel=\"stylesheet\" href=\"/board.css\">
<script src=\"/board.js\" defer></script>
</head>
<body>
<a class=\"skip\" href=\"#board\">Skip to the board</a>
";

const TAIL: &str = "<p id=\"said\" class=\"unseen\" role=\"status\" aria-live=\"polite\"></p>
<footer><p>Served by this room. No account, nothing is sent anywhere else.</p></footer>
</body>
</html>
";

fn header(page: &mut String, board: &Board) {
    let (word, class) = match board.room {
        RoomState::Up => ("the room is open", "up"),
        RoomState::Away => ("the room does not answer; this is how it was", "away"),
        RoomState::None => ("no room; these are this clone’s own tasks", "none"),
    };
    let _ = write!(
        page,
        "<header id=\"top\">\n<h1>Rust for CPython <span>sprint board</span></h1>\n\
         <p id=\"room\" class=\"{class}\">{word}</p>\n<dl id=\"figures\">\n"
    );
    let savings = &board.savings;
    figure(page, "free", &board.count(Stand::Free).to_string());
    figure(page, "taken", &board.count(Stand::Taken).to_string());
    figure(page, "done", &board.count(Stand::Done).to_string());
    if board.room != RoomState::None {
        figure(page, "saved by the room", &seconds(savings.seconds));
    }
    page.push_str("</dl>\n");
    page.push_str(
        "<div id=\"tools\" hidden>\n\
         <fieldset><legend>Show</legend>\n\
         <label><input type=\"radio\" name=\"show\" value=\"all\" checked> everything</label>\n\
         <label><input type=\"radio\" name=\"show\" value=\"free\"> free</label>\n\
         <label><input type=\"radio\" name=\"show\" value=\"hour\"> free, within an hour</label>\n\
         </fieldset>\n\
         <button type=\"button\" id=\"theme\">Light or dark</button>\n</div>\n\
         <section id=\"join\" hidden aria-labelledby=\"join-title\">\n<h2 id=\"join-title\">Join from your clone</h2>\n\
         <p><code id=\"join-line\"></code></p>\n<button type=\"button\" id=\"copy\">Copy</button>\n</section>\n</header>\n",
    );
}

fn figure(page: &mut String, name: &str, value: &str) {
    let _ = writeln!(page, "<div><dt>{name}</dt><dd>{}</dd></div>", escape(value));
}

fn column(page: &mut String, board: &Board, stand: Stand, title: &str, none: &str) {
    let name = match stand {
        Stand::Free => "free",
        Stand::Taken => "taken",
        Stand::Done => "done",
    };
    let _ = write!(
        page,
        "<section id=\"{name}\" class=\"column\" aria-labelledby=\"{name}-title\">\n<h2 id=\"{name}-title\">{title} \
         <span class=\"count\">{}</span></h2>\n",
        board.count(stand)
    );
    if board.count(stand) == 0 {
        let _ = writeln!(page, "<p class=\"empty\">{none}</p>");
    }
    page.push_str("<ul>\n");
    for card in board.tasks.iter().filter(|card| card.stand == stand) {
        task(page, card);
    }
    page.push_str("</ul>\n</section>\n");
}

fn task(page: &mut String, card: &Card) {
    let id = escape(&card.id);
    let _ = write!(
        page,
        "<li id=\"task-{id}\" class=\"card{}\">\n<p class=\"title\"><b>{id}</b> {}</p>\n",
        if card.after.is_empty() { "" } else { " waits" },
        marked(&card.title)
    );
    let mut facts = vec![
        card.level.to_owned(),
        card.estimate.clone(),
        card.area.clone(),
    ];
    if card.stand != Stand::Done && !card.after.is_empty() {
        facts.push(format!("after {}", card.after.join(", ")));
    }
    let _ = writeln!(
        page,
        "<p class=\"facts\">{}</p>",
        escape(&facts.join(" · "))
    );
    if let Some(by) = &card.by {
        let since = match card.minutes {
            None => String::new(),
            Some(0) => " <small>just now</small>".to_owned(),
            Some(minutes) => format!(" <small>for {minutes} min</small>"),
        };
        let _ = writeln!(page, "<p class=\"by\"><bdi>{}</bdi>{since}</p>", escape(by));
    }
    page.push_str("</li>\n");
}

fn room(page: &mut String, board: &Board) {
    if board.room == RoomState::None {
        return;
    }
    page.push_str("<section id=\"people\" class=\"column\" aria-labelledby=\"people-title\">\n<h2 id=\"people-title\">In the room");
    let _ = writeln!(
        page,
        " <span class=\"count\">{}</span></h2>",
        board.people.len()
    );
    if !board.people.is_empty() {
        page.push_str(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of guests\"><table>\n<thead><tr><th scope=\"col\">who</th><th scope=\"col\">at</th>\
             <th scope=\"col\">builds</th><th scope=\"col\">saved</th></tr></thead>\n<tbody>\n",
        );
        board
            .people
            .iter()
            .take(60)
            .for_each(|one| person(page, one));
        page.push_str("</tbody>\n</table></div>\n");
    }
    page.push_str("<h3>Builds</h3>\n<ul class=\"plain\">\n");
    let savings = &board.savings;
    let usual = |seconds: Option<u64>| {
        seconds.map_or_else(String::new, |number| {
            format!(", usually in {}", self::seconds(number))
        })
    };
    let _ = writeln!(
        page,
        "<li>{} restored{}</li>",
        savings.restored,
        usual(savings.usual_restore)
    );
    let _ = writeln!(
        page,
        "<li>{} built{}</li>",
        savings.built,
        usual(savings.usual_build)
    );
    if let Some((archives, bytes)) = savings.served {
        let _ = writeln!(
            page,
            "<li>{archives} snapshots handed out, {} MB</li>",
            bytes.div_ceil(1_000_000)
        );
    }
    page.push_str("</ul>\n<h3>Just now</h3>\n<ul id=\"log\" class=\"plain\">\n");
    if board.log.is_empty() {
        page.push_str("<li class=\"empty\">Quiet so far.</li>\n");
    }
    board.log.iter().for_each(|one| log(page, one));
    page.push_str("</ul>\n</section>\n");
}

fn person(page: &mut String, person: &Person) {
    let _ = writeln!(
        page,
        "<tr><th scope=\"row\"><bdi>{}</bdi></th><td>{}</td><td>{}</td><td>{}</td></tr>",
        escape(&person.name),
        escape(&person.tasks.join(" ")),
        person.restored.saturating_add(person.built),
        match person.saved {
            0 => "–".to_owned(),
            saved => seconds(saved),
        }
    );
}

fn log(page: &mut String, line: &Line) {
    let when = match line.minutes {
        0 => "now".to_owned(),
        minutes @ 1..60 => format!("{minutes} min ago"),
        minutes => format!("{} h ago", minutes / 60),
    };
    let _ = writeln!(
        page,
        "<li><bdi>{}</bdi> {} <small>{when}</small></li>",
        escape(&line.by),
        escape(&line.what)
    );
}

/// A title: escaped, and what stands between backticks as code.
fn marked(title: &str) -> String {
    let parts: Vec<String> = title.split('`').map(escape).collect();
    // An odd one is a backtick that nothing closes.
    if parts.len().is_multiple_of(2) {
        return escape(title);
    }
    let wrap = |(at, part): (usize, &String)| match at % 2 {
        0 => part.clone(),
        _ => format!("<code>{part}</code>"),
    };
    parts.iter().enumerate().map(wrap).collect()
}

/// Text between tags, or in a quoted attribute.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use sprint::room::{Claim, Done, Event, Guest, Table};
    use sprint::tasks::{State, parse};

    /// The one string that must never come through as it is.
    const HOSTILE: &str = "<img src=x onerror='1'>\"&\u{202e}\n";

    fn hostile() -> Board {
        let text = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../sprint/tasks.md"
        ))
        .expect("tasks");
        let (mut tasks, _) = parse(&text);
        tasks[0].title = HOSTILE.to_owned();
        tasks[0].area = HOSTILE.to_owned();
        let by = || HOSTILE.to_owned();
        let mut table = Table {
            now: 100,
            ..Table::default()
        };
        table.claims.insert(
            tasks[0].id.clone(),
            Claim {
                by: by(),
                since: 0,
                until: 200,
            },
        );
        table.claims.insert(
            HOSTILE.to_owned(),
            Claim {
                by: by(),
                since: 0,
                until: 200,
            },
        );
        table
            .done
            .insert(tasks[1].id.clone(), Done { by: by(), at: 0 });
        table.guests.insert(by(), Guest::default());
        for what in ["took", "built", HOSTILE] {
            table.events.push(Event {
                at: 0,
                by: by(),
                what: what.to_owned(),
                task: Some(by()),
                spent: 1,
                saved: 1,
            });
        }
        Board::new(
            &tasks,
            &table,
            &State::default(),
            RoomState::Up,
            Some((1, 2)),
        )
    }

    #[test]
    fn nothing_that_people_type_becomes_markup() {
        let page = render(&hostile());
        assert!(
            !page.contains("<img") && !page.contains("onerror='"),
            "{page}"
        );
        assert!(page.contains("&lt;img src=x onerr"), "{page}");
        let open = page.matches('<').count();
        assert_eq!(open, page.matches('>').count());
    }

    #[test]
    fn code_in_titles_is_code() {
        assert_eq!(
            marked("`a<b` gains `c`"),
            "<code>a&lt;b</code> gains <code>c</code>"
        );
        assert_eq!(marked("a ` b"), "a ` b");
    }

    #[test]
    fn nothing_is_inline_and_nothing_is_elsewhere() {
        let page = render(&hostile());
        for trace in [
            "style=",
            "onclick",
            "javascript:",
            "http://",
            "https://",
            "//",
        ] {
            assert!(!page.contains(trace), "{trace}");
        }
        for file in [include_str!("board.css"), include_str!("board.js")] {
            assert!(
                !file.contains("http") && !file.contains("@import") && !file.contains("url("),
                "{file}"
            );
        }
        assert!(!include_str!("board.js").contains("innerHTML"));
    }
}
