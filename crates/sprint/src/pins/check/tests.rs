use super::*;

#[test]
fn a_line_is_found_and_its_value_cut_out() {
    let text = "a = 1\nrust-version = \"1.90\" # why\n";
    assert_eq!(find(text, "rust-version = \"", "\""), Some((2, "1.90")));
    assert_eq!(find(text, "edition = \"", "\""), None);
}

#[test]
fn the_first_difference_has_its_line() {
    assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
    assert_eq!(
        first_difference("a\nb\n", "a\nc\n"),
        Some((2, "b".into(), "c".into()))
    );
    assert_eq!(
        first_difference("a\n", "a\nc\n"),
        Some((2, "(end)".into(), "c".into()))
    );
}
