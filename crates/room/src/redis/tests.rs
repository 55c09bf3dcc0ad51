use super::*;

#[test]
fn an_address_is_read() {
    let who = |user: &str, password: &str| (user.to_owned(), password.to_owned());
    assert_eq!(
        url("redis://a:b@h:1").expect("url"),
        ("h:1".to_owned(), who("a", "b"))
    );
    assert_eq!(
        url("redis://:b@h").expect("url"),
        ("h:6379".to_owned(), who("default", "b"))
    );
    assert_eq!(
        url("redis://h/").expect("url"),
        ("h:6379".to_owned(), who("default", ""))
    );
    for text in ["h:1", "redis://", "redis://h:x", "rediss://h"] {
        assert!(url(text).is_err(), "{text}");
    }
}

#[test]
fn a_guest_may_write_nothing_by_name() {
    let secrets = Secrets::new().expect("random");
    let rules = secrets.rules(GUEST).join(" ");
    let (root, selectors) = rules.split_once('(').expect("selectors");
    assert!(
        !root.contains("%RW~") && !root.contains("%W~") && !root.contains(" ~"),
        "{root}"
    );
    assert!(!root.contains("+set") && !root.contains("+@"), "{root}");
    assert!(selectors.contains(&secrets.prefix) && !root.contains(&secrets.prefix));
    assert!(!secrets.library(WAIT).contains("@PREFIX@"));
}
