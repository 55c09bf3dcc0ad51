"""The rules of a checker that is still to be written: sprint/checks/thread_context.py.

RUST_API.md asks for a mechanical check that each safe wrapper which touches Python takes a ThreadContext
(or something that carries one). The checker has a function `findings(text) -> [(line, message)]`, like
safety.py, whose tokens() it can use:

  * it looks at `pub fn` that are not `unsafe`, `pub(crate)` ones included;
  * such a function touches Python when its body names something that begins with `ffi::Py` or `ffi::_Py`;
  * it carries a context when its parameters name ThreadContext, or a type that is made through one:
    Borrowed, Owned, ModuleRef, Arguments; or when it is a method of one of those (`self` inside
    `impl ... Borrowed<...>` and so on).
"""

import unittest

try:
    import thread_context
except ImportError:
    raise SystemExit("red: there is no sprint/checks/thread_context.py yet") from None


def lines(text):
    return [line for line, _ in thread_context.findings(text)]


class Rules(unittest.TestCase):
    def test_touching_python_without_a_context_is_found(self):
        text = "pub fn none() -> *mut PyObject {\n    ffi::Py_None()\n}\n"
        self.assertEqual(lines(text), [1])
        text = "\npub(crate) fn f(x: usize) {\n    let y = { ffi::PyLong_FromSize_t(x) };\n}\n"
        self.assertEqual(lines(text), [2])
        self.assertEqual(lines("pub fn f() { unsafe { ffi::_PyBytes_Resize() } }\n"), [1])

    def test_a_parameter_can_carry_it(self):
        for parameter in ("cx: ThreadContext<'py>", "x: Borrowed<'_>", "x: &Owned<'py>",
                          "module: ModuleRef<'py, M>", "given: &Arguments<'py>"):
            text = f"pub fn f<'py>({parameter}) {{\n    ffi::Py_None()\n}}\n"
            self.assertEqual(lines(text), [], text)

    def test_the_object_itself_can_carry_it(self):
        text = "impl<'py> Borrowed<'py> {\n    pub fn f(self) {\n        ffi::Py_None()\n    }\n}\n"
        self.assertEqual(lines(text), [])
        text = "impl<'py> ThreadContext<'py> {\n    pub fn f(&self) { ffi::Py_None() }\n}\n"
        self.assertEqual(lines(text), [])

    def test_an_object_without_one_does_not(self):
        text = "impl Stored {\n    pub fn f(&self) {\n        ffi::Py_None()\n    }\n}\n"
        self.assertEqual(lines(text), [2])
        # A function that is no method gains nothing from standing there.
        text = "impl<'py> Borrowed<'py> {\n    pub fn f() { ffi::Py_None() }\n}\n"
        self.assertEqual(lines(text), [2])

    def test_an_impl_ends(self):
        text = "impl Borrowed<'_> {\n    fn g(self) {}\n}\n\npub fn f() { ffi::Py_None() }\n"
        self.assertEqual(lines(text), [5])

    def test_what_does_not_touch_python_or_is_unsafe_is_left_alone(self):
        for text in ("pub fn f() { let x = 1; }\n",
                     "fn f() { ffi::Py_None() }\n",
                     "pub unsafe fn f() { ffi::Py_None() }\n",
                     "pub fn f() { let s = \"ffi::Py_None()\"; } // ffi::Py_None()\n",
                     "pub fn f() { offi::Py_None() }\n"):
            self.assertEqual(lines(text), [], text)

    def test_a_function_may_stand_among_others(self):
        text = ("pub fn a() { ffi::Py_None() }\npub fn b(cx: ThreadContext<'_>) { ffi::Py_None() }\n"
                "pub fn c() {}\npub fn d() { ffi::Py_None() }\n")
        self.assertEqual(lines(text), [1, 4])


if __name__ == "__main__":
    unittest.main()
