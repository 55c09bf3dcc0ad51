"""Does safety.py find what it must, and nothing else? `python3 sprint/checks/safety_rules.py [RULE]`"""

import sys
import unittest

import safety


def lines(text):
    return [line for line, _ in safety.findings(text)]


class Blocks(unittest.TestCase):
    def test_a_block_needs_a_reason(self):
        self.assertEqual(lines("fn f() {\n    unsafe { g() }\n}\n"), [2])

    def test_a_reason_above_in_between_or_beside_counts(self):
        for text in (
            "fn f() {\n    // SAFETY: sound.\n    unsafe { g() }\n}\n",
            "fn f() {\n    // SAFETY: sound,\n    // really.\n    let x =\n        unsafe { g() };\n}\n",
            "fn f() {\n    // SAFETY: sound.\n    #[allow(unused)]\n    let x = unsafe { g() };\n}\n",
            "fn f() {\n    let x = // SAFETY: sound.\n        unsafe { g() };\n}\n",
        ):
            self.assertEqual(lines(text), [], text)

    def test_a_reason_of_another_statement_does_not(self):
        text = "fn f() {\n    // SAFETY: sound.\n    unsafe { g() };\n    unsafe { h() };\n}\n"
        self.assertEqual(lines(text), [4])

    def test_words_in_strings_and_comments_are_no_code(self):
        text = 'fn f() {\n    let x = "unsafe { }"; // unsafe {\n    /* unsafe { } */\n    let y = \'"\';\n}\n'
        self.assertEqual(lines(text), [])

    def test_lifetimes_are_no_characters(self):
        text = "fn f<'a>(x: &'a str) {\n    unsafe { g(x) }\n}\n"
        self.assertEqual(lines(text), [2])


class Impls(unittest.TestCase):
    def test_an_impl_needs_a_reason(self):
        self.assertEqual(lines("unsafe impl Sync for A {}\n"), [1])
        self.assertEqual(lines("// SAFETY: constants.\nunsafe impl<M> Sync for A<M> {}\n"), [])


class Functions(unittest.TestCase):
    """An unsafe function says what its caller has to see to: a `# Safety` section in its documentation."""

    def test_a_function_without_the_section_is_found(self):
        for text in (
            "unsafe fn f() {}\n",
            "/// Does it.\nunsafe fn f() {}\n",
            "/// Does it.\npub(crate) unsafe fn f() {}\n",
            'unsafe extern "C" fn f() {}\n',
            "// # Safety\nunsafe fn f() {}\n",
        ):
            self.assertEqual(len(safety.findings(text)), 1, text)

    def test_a_function_with_the_section_is_not(self):
        for text in (
            "/// Does it.\n///\n/// # Safety\n/// Attached.\nunsafe fn f() {}\n",
            "/// # Safety\n/// Attached.\n#[inline]\npub const unsafe fn f() {}\n",
            '/// # Safety\n/// Attached.\npub unsafe extern "C" fn f() {}\n',
        ):
            self.assertEqual(safety.findings(text), [], text)

    def test_the_line_is_that_of_the_function(self):
        self.assertEqual(lines("\n\nunsafe fn f() {}\n"), [3])

    def test_a_type_is_no_function(self):
        self.assertEqual(lines('type F = unsafe extern "C" fn(i32) -> i32;\n'), [])
        self.assertEqual(lines("fn f(g: unsafe fn()) {}\n"), [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
