//! The checkout's path in the text files of a build (Makefile, config.status, sysconfig's data), replaced by a
//! placeholder in the archive and by the new checkout's path when it is restored. So a snapshot works anywhere, and does
//! not tell where its maker's home is. Binary files are left alone: what stands in their debug information is covered
//! by how they were compiled, and nothing reads it to find a file of the build.

/// Stands for the checkout.
const PLACEHOLDER: &[u8] = b"@SPRINT-KIT-ROOT@";

/// Text files beyond this size are not looked at: none of a build's is a tenth of it.
pub(super) const MOST: u64 = 16 << 20;

/// The content with every one of `roots` (the longest first) replaced; `None` if there is none of them in it, or if it
/// is no text.
pub(super) fn hide(content: &[u8], roots: &[String]) -> Option<Vec<u8>> {
    if content.contains(&0) {
        return None;
    }
    let mut changed = None::<Vec<u8>>;
    for root in roots.iter().filter(|root| root.len() > 1) {
        let now = changed.as_deref().unwrap_or(content);
        if let Some(replaced) = replace(now, root.as_bytes(), PLACEHOLDER, true) {
            changed = Some(replaced);
        }
    }
    changed
}

/// The content with the placeholder replaced by `root`.
pub(super) fn show(content: &[u8], root: &str) -> Vec<u8> {
    replace(content, PLACEHOLDER, root.as_bytes(), false).unwrap_or_else(|| content.to_vec())
}

/// `whole`: only where the path does not go on as another name (`/a/kit` is not in `/a/kit-2`).
fn replace(content: &[u8], what: &[u8], with: &[u8], whole: bool) -> Option<Vec<u8>> {
    let mut result = Vec::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(found) = find(&content[at..], what).map(|found| at + found) {
        let end = found + what.len();
        at = end;
        let goes_on = content
            .get(end)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte));
        if whole && goes_on {
            continue;
        }
        result.extend_from_slice(&content[done..found]);
        result.extend_from_slice(with);
        done = end;
    }
    (done > 0).then(|| {
        result.extend_from_slice(&content[done..]);
        result
    })
}

fn find(content: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut at = 0;
    // Whole windows compared byte by byte are slow without optimisation; a search for one byte is not.
    while let Some(next) = content.get(at..)?.iter().position(|byte| *byte == first) {
        if content[at + next..].starts_with(what) {
            return Some(at + next);
        }
        at += next + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_hidden_and_shown_as_another() {
        let roots = ["/w/kit".to_owned()];
        let text = b"a=/w/kit/build b=/w/kit c=/w/kit-2 d=/w/kit";
        let hidden = hide(text, &roots).expect("it is in there");
        let shown = show(&hidden, "/home/ana/the kit");
        assert_eq!(
            String::from_utf8(shown).expect("text"),
            "a=/home/ana/the kit/build b=/home/ana/the kit c=/w/kit-2 d=/home/ana/the kit"
        );
    }

    #[test]
    fn what_is_no_text_or_holds_no_root_stays() {
        assert_eq!(hide(b"/w/kit\0", &["/w/kit".into()]), None);
        assert_eq!(hide(b"/w/kits", &["/w/kit".into()]), None);
        assert_eq!(hide(b"plain", &["/w/kit".into()]), None);
    }
}
