//! JSON as editors write it: with comments and trailing commas, and with places, so that one value can be changed and
//! everything else stays as a person wrote it, to the byte.

use std::ops::Range;

use serde_json::Value;

/// A value, and where its text is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

/// What it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Object(Vec<Member>),
    Array(Vec<Node>),
    /// A string, a number, `true`, `false`, `null`.
    Scalar(Value),
}

/// One entry of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) start: usize,
    pub(super) value: Node,
}

/// Why a text cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) what: String,
}

/// Reads a whole text.
pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let mut reader = Reader {
        text,
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
    };
    reader.blank()?;
    let node = reader.value()?;
    reader.blank()?;
    match reader.peek() {
        None => Ok(node),
        Some(other) => reader.fault(format!("{other:?} after the end")),
    }
}

impl Node {
    /// The value without places and comments.
    pub(super) fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::Array(elements) => elements.iter().map(Self::value).collect(),
            Kind::Object(members) => members
                .iter()
                .map(|member| (member.key.clone(), member.value.value()))
                .collect(),
        }
    }

    /// An object's entry.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Object(members) => members
                .iter()
                .find(|member| member.key == key)
                .map(|member| &member.value),
            _ => None,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn fault<T>(&self, what: impl Into<String>) -> Result<T, Fault> {
        Err(Fault {
            line: self.text[..self.at].matches('\n').count() + 1,
            what: what.into(),
        })
    }

    /// Blanks and comments.
    fn blank(&mut self) -> Result<(), Fault> {
        loop {
            let rest = &self.text[self.at..];
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            self.at += blanks;
            let rest = &self.text[self.at..];
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return self.fault("a comment that does not end"),
                }
            } else {
                return Ok(());
            }
        }
    }

    fn value(&mut self) -> Result<Node, Fault> {
        let start = self.at;
        let kind = match self.peek() {
            Some('{') => Kind::Object(self.object()?),
            Some('[') => Kind::Array(self.array()?),
            Some('"') => Kind::Scalar(self.string()?.into()),
            Some(_) => self.word()?,
            None => return self.fault("the text ends where a value should be"),
        };
        Ok(Node {
            span: start..self.at,
            kind,
        })
    }

    fn object(&mut self) -> Result<Vec<Member>, Fault> {
        let mut members: Vec<Member> = Vec::new();
        self.list('}', |reader| {
            let start = reader.at;
            if reader.peek() != Some('"') {
                return reader.fault("a name in quotes is wanted");
            }
            let key = reader.string()?;
            reader.blank()?;
            if reader.peek() != Some(':') {
                return reader.fault(format!("`:` is wanted after \"{key}\""));
            }
            reader.at += 1;
            reader.blank()?;
            let value = reader.value()?;
            if members.iter().any(|member| member.key == key) {
                return reader.fault(format!("\"{key}\" is there twice"));
            }
            members.push(Member { key, start, value });
            Ok(())
        })?;
        Ok(members)
    }

    fn array(&mut self) -> Result<Vec<Node>, Fault> {
        let mut elements = Vec::new();
        self.list(']', |reader| {
            elements.push(reader.value()?);
            Ok(())
        })?;
        Ok(elements)
    }

    /// From the opening to the closing bracket, with `one` for what is between commas.
    fn list(
        &mut self,
        close: char,
        mut one: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.at += 1;
        loop {
            self.blank()?;
            if self.peek() == Some(close) {
                break;
            }
            one(self)?;
            self.blank()?;
            match self.peek() {
                Some(',') => self.at += 1,
                Some(other) if other == close => {}
                Some(other) => {
                    return self.fault(format!("`,` or `{close}` is wanted, not {other:?}"));
                }
                None => return self.fault(format!("the text ends before `{close}`")),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<String, Fault> {
        let mut escaped = false;
        let rest = &self.text[self.at..];
        let end = rest.char_indices().skip(1).find(|(_, letter)| {
            let ends = *letter == '"' && !escaped;
            escaped = *letter == '\\' && !escaped;
            ends
        });
        let Some((end, _)) = end else {
            return self.fault("a string that does not end");
        };
        match serde_json::from_str(&rest[..=end]) {
            Ok(text) => {
                self.at += end + 1;
                Ok(text)
            }
            Err(error) => self.fault(error.to_string()),
        }
    }

    fn word(&mut self) -> Result<Kind, Fault> {
        let rest = &self.text[self.at..];
        let length = rest
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || "+-.".contains(letter)))
            .unwrap_or(rest.len());
        match serde_json::from_str(&rest[..length]) {
            Ok(value) => {
                self.at += length;
                Ok(Kind::Scalar(value))
            }
            Err(_) => self.fault("a value is wanted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn comments_and_trailing_commas_are_no_obstacle() {
        let text = "// head\n{ \"a\": [1, 2,], /* x */ \"b\\n\": {\"c\": null,}, // tail\n \"url\": \"http://x/*y*/\" }\n";
        let node = parse(text).expect("reads");
        assert_eq!(
            node.value(),
            json!({"a": [1, 2], "b\n": {"c": null}, "url": "http://x/*y*/"})
        );
        let span = node.get("a").expect("a").span.clone();
        assert_eq!(&text[span], "[1, 2,]");
    }

    #[test]
    fn a_mistake_has_its_line() {
        for (text, line, word) in [
            ("{\n \"a\" 1}", 2, "`:`"),
            ("{\n\n \"a\": 1 \"b\": 2}", 3, "`,`"),
            ("{\"a\": 1, \"a\": 2}", 1, "twice"),
            ("{\"a\": nil}", 1, "value"),
            ("{\"a\": \"x", 1, "does not end"),
            ("{}\n{}", 2, "after the end"),
            ("/* ", 1, "comment"),
            ("", 1, "ends"),
        ] {
            let fault = parse(text).expect_err(text);
            assert_eq!(fault.line, line, "{text}: {fault:?}");
            assert!(fault.what.contains(word), "{text}: {fault:?}");
        }
    }

    #[test]
    fn what_is_plain_json_is_read_alike() {
        let text = r#"{"a":[true,false,-1.5e3,"\"\\ \u00e9é"],"b":{}}"#;
        let plain: Value = serde_json::from_str(text).expect("plain");
        assert_eq!(parse(text).expect("reads").value(), plain);
    }
}
