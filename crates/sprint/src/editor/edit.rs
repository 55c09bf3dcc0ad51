//! Changing one value of a text with comments, and nothing else.

use std::ops::Range;

use serde::Serialize;
use serde_json::Value;

use super::jsonc::{self, Fault, Kind, Node};

const INDENT: &str = "    ";

/// Sets `key` of the object that `text` is.
pub(super) fn set(text: &str, key: &str, value: &Value) -> Result<String, Fault> {
    let root = root(text)?;
    if let Some(node) = root.get(key) {
        return Ok(if node.value() == *value {
            text.to_owned()
        } else {
            replace(text, node.span.clone(), &pretty(value, 1))
        });
    }
    let entry = format!("{}: {}", pretty(&Value::from(key), 0), pretty(value, 1));
    Ok(append(text, &root, &entry, 1))
}

/// In the array `list` of the object that `text` is: the element whose `name` is that of `element` becomes it, or it
/// is added at the end.
pub(super) fn set_element(
    text: &str,
    list: &str,
    name: &str,
    element: &Value,
) -> Result<String, Fault> {
    let root = root(text)?;
    let Some(array) = root.get(list) else {
        return set(text, list, &Value::Array(vec![element.clone()]));
    };
    let Kind::Array(elements) = &array.kind else {
        return Err(wrong(text, array, &format!("\"{list}\" is not a list")));
    };
    let same = elements
        .iter()
        .find(|node| node.get(name).map(Node::value).as_ref() == element.get(name));
    Ok(match same {
        Some(node) if node.value() == *element => text.to_owned(),
        Some(node) => replace(text, node.span.clone(), &pretty(element, 2)),
        None => append(text, array, &pretty(element, 2), 2),
    })
}

/// Removes the elements of the array `list` whose `name` `unwanted` says so of.
pub(super) fn remove_elements(
    text: &str,
    list: &str,
    name: &str,
    unwanted: &dyn Fn(&str) -> bool,
) -> Result<String, Fault> {
    let root = root(text)?;
    let Some(Node {
        kind: Kind::Array(elements),
        ..
    }) = root.get(list)
    else {
        return Ok(text.to_owned());
    };
    let goes = |node: &Node| {
        let value = node.get(name).map(Node::value);
        value.as_ref().and_then(Value::as_str).is_some_and(unwanted)
    };
    let Some(index) = elements.iter().position(goes) else {
        return Ok(text.to_owned());
    };
    let span = match (elements.get(index + 1), index.checked_sub(1)) {
        (Some(next), _) => elements[index].span.start..next.span.start,
        (None, Some(before)) => elements[before].span.end..elements[index].span.end,
        (None, None) => elements[index].span.clone(),
    };
    remove_elements(&replace(text, span, ""), list, name, unwanted)
}

fn root(text: &str) -> Result<Node, Fault> {
    let node = jsonc::parse(text)?;
    match node.kind {
        Kind::Object(_) => Ok(node),
        _ => Err(wrong(text, &node, "it is not an object")),
    }
}

fn wrong(text: &str, node: &Node, what: &str) -> Fault {
    Fault {
        line: text[..node.span.start].matches('\n').count() + 1,
        what: what.to_owned(),
    }
}

/// Adds an entry at the end of an object or array: after the last comment in it, so that none changes its place.
fn append(text: &str, list: &Node, entry: &str, depth: usize) -> String {
    let close = list.span.end - 1;
    let last = match &list.kind {
        Kind::Object(members) => members.last().map(|member| member.value.span.end),
        Kind::Array(elements) => elements.last().map(|node| node.span.end),
        Kind::Scalar(_) => None,
    };
    let inner = &text[..close];
    let kept = inner.trim_end().len();
    let closing = format!("\n{}", INDENT.repeat(depth - 1));
    let added = format!("\n{}{entry}{closing}", INDENT.repeat(depth));
    let with_entry = replace(text, kept..close, &added);
    match last {
        Some(end) if !has_comma(&text[end..close]) => replace(&with_entry, end..end, ","),
        _ => with_entry,
    }
}

/// Is there a comma among these blanks and comments?
fn has_comma(rest: &str) -> bool {
    let mut rest = rest;
    loop {
        rest = rest.trim_start();
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else {
            return rest.starts_with(',');
        }
    }
}

fn replace(text: &str, span: Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &text[..span.start], &text[span.end..])
}

/// JSON with four blanks a level, its first line being at `depth` already.
pub(super) fn pretty(value: &Value, depth: usize) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(INDENT.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Writing to memory does not fail, and neither does a Value.
    if value.serialize(&mut serializer).is_err() {
        return value.to_string();
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.replace('\n', &format!("\n{}", INDENT.repeat(depth)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_entry_is_added_and_everything_else_stays() {
        for (before, after) in [
            ("{}", "{\n    \"k\": 1\n}"),
            ("{\n}\n", "{\n    \"k\": 1\n}\n"),
            ("{ // mine\n}\n", "{ // mine\n    \"k\": 1\n}\n"),
            (
                "{\n    \"a\": 2 // why, and\n    // how\n}\n",
                "{\n    \"a\": 2, // why, and\n    // how\n    \"k\": 1\n}\n",
            ),
            (
                "{\n    \"a\": 2,\n}\n",
                "{\n    \"a\": 2,\n    \"k\": 1\n}\n",
            ),
            (
                "{\"a\": 2 /* x */ , // y\n}",
                "{\"a\": 2 /* x */ , // y\n    \"k\": 1\n}",
            ),
        ] {
            assert_eq!(set(before, "k", &json!(1)).expect("edits"), after);
        }
    }

    #[test]
    fn a_value_is_replaced_in_its_place() {
        let text = "{\n  \"a\": [1], // a\n  \"k\": {\"x\": 1}, // k\n}\n";
        assert_eq!(
            set(text, "k", &json!(["y"])).expect("edits"),
            "{\n  \"a\": [1], // a\n  \"k\": [\n        \"y\"\n    ], // k\n}\n"
        );
        assert_eq!(set(text, "k", &json!({"x": 1})).expect("edits"), text);
    }

    #[test]
    fn elements_are_ours_by_name() {
        let text = "{\n    // mine\n    \"l\": [\n        {\"n\": \"own\"}, // own\n        {\"n\": \"s: a\"},\n        {\"n\": \"s: b\"}\n    ]\n}\n";
        let text = set_element(text, "l", "n", &json!({"n": "s: a", "v": 1})).expect("edits");
        let text = set_element(&text, "l", "n", &json!({"n": "s: c"})).expect("edits");
        let text = remove_elements(&text, "l", "n", &|name| name == "s: b" || name == "s: c")
            .expect("edits");
        let node = jsonc::parse(&text).expect("still reads");
        assert_eq!(
            node.value(),
            json!({"l": [{"n": "own"}, {"n": "s: a", "v": 1}]})
        );
        assert!(
            text.contains("// mine") && text.contains("// own"),
            "{text}"
        );
        let all = remove_elements(&text, "l", "n", &|_| true).expect("edits");
        assert_eq!(jsonc::parse(&all).expect("reads").value(), json!({"l": []}));
    }

    #[test]
    fn another_shape_is_refused() {
        assert!(set("[1]", "k", &json!(1)).is_err());
        let fault = set_element("{\n\"l\": 3}", "l", "n", &json!({"n": "x"})).expect_err("no list");
        assert_eq!(
            (fault.line, fault.what.as_str()),
            (2, "\"l\" is not a list")
        );
    }

    #[test]
    fn adding_twice_changes_nothing_more() {
        let once =
            set_element("{}", "l", "n", &json!({"n": "x", "deep": {"a": [1]}})).expect("edits");
        let twice =
            set_element(&once, "l", "n", &json!({"n": "x", "deep": {"a": [1]}})).expect("edits");
        assert_eq!(once, twice);
    }
}
