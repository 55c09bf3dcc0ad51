//! Where a step is, as one line of its output tells.

/// What a line of a step's output says about where it is.
pub(super) fn landmark(line: &str) -> Option<String> {
    if let Some(rest) = line.strip_prefix("checking ") {
        return Some(rest.split("...").next().unwrap_or(rest).to_owned());
    }
    if let Some(rest) = line.trim_start().strip_prefix("Compiling ") {
        return Some(rest.split(" (").next().unwrap_or(rest).to_owned());
    }
    let last = line.split_whitespace().next_back()?;
    let name = last.rsplit_once("/../").map_or(last, |(_, name)| name);
    (name.ends_with(".c") && line.contains(" -c "))
        .then(|| name.trim_start_matches("../").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn landmarks_are_short() {
        assert_eq!(
            landmark("checking for gcc... gcc").as_deref(),
            Some("for gcc")
        );
        assert_eq!(
            landmark("gcc -c -O2 -o Objects/a.o ../../src/Objects/a.c").as_deref(),
            Some("src/Objects/a.c")
        );
        assert_eq!(
            landmark("   Compiling libc v0.2.1 (/x)").as_deref(),
            Some("libc v0.2.1")
        );
        assert_eq!(landmark("ar rcs lib.a a.o"), None);
    }
}
