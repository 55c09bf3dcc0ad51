//! As much of JSON Schema as docs/doctor.schema.json uses: enough to fail when output and schema part.

use serde_json::Value;

/// What is wrong with `value`, each with where it is.
pub(crate) fn check(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(kinds) = schema.get("type") {
        let kinds: Vec<&str> = match kinds {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => vec![],
        };
        if !kinds.iter().any(|kind| is(value, kind)) {
            wrong.push(format!("{at}: {value} is no {}", kinds.join(" or ")));
        }
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        wrong.push(format!("{at}: {value} is not one of {allowed:?}"));
    }
    if let (Some(least), Some(number)) = (
        schema.get("minimum").and_then(Value::as_f64),
        value.as_f64(),
    ) && number < least
    {
        wrong.push(format!("{at}: {number} is less than {least}"));
    }
    if let (Some(least), Some(text)) = (
        schema.get("minLength").and_then(Value::as_u64),
        value.as_str(),
    ) && (text.chars().count() as u64) < least
    {
        wrong.push(format!("{at}: {text:?} is too short"));
    }
    if let Some(object) = value.as_object() {
        wrong.extend(check_object(schema, object, at));
    }
    if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
        for (index, item) in list.iter().enumerate() {
            wrong.extend(check(items, item, &format!("{at}[{index}]")));
        }
    }
    wrong
}

fn check_object(schema: &Value, object: &serde_json::Map<String, Value>, at: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let properties = schema.get("properties").and_then(Value::as_object);
    for name in schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if !object.contains_key(name) {
            wrong.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, value) in object {
        match properties.and_then(|properties| properties.get(name)) {
            Some(schema) => wrong.extend(check(schema, value, &format!("{at}.{name}"))),
            None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                wrong.push(format!("{at}: {name} is not in the schema"));
            }
            None => {}
        }
    }
    wrong
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        _ => false,
    }
}
