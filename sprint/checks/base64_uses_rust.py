"""Does `import base64` use _base64 when it is there, and do without it when it is not?"""

import importlib
import sys
import unittest

import _base64

NAMES = ("b64encode", "b64decode", "standard_b64encode", "standard_b64decode",
         "urlsafe_b64encode", "urlsafe_b64decode")
DATA = b"\xfb\xff\xbf\x00"


def fresh_base64(without_rust=False):
    """Import base64 again, as if for the first time."""
    kept = {name: sys.modules.pop(name, None) for name in ("base64", "_base64")}
    if without_rust:
        sys.modules["_base64"] = None  # The documented way to make an import fail.
    else:
        sys.modules["_base64"] = kept["_base64"] or _base64
    try:
        return importlib.import_module("base64")
    finally:
        sys.modules.pop("_base64", None)
        sys.modules.update({name: module for name, module in kept.items() if module})


class Base64UsesRust(unittest.TestCase):
    def test_the_functions_are_the_rust_ones(self):
        module = fresh_base64()
        for name in NAMES:
            with self.subTest(name=name):
                self.assertIs(getattr(module, name), getattr(_base64, name))

    def test_without_rust_all_works_as_before(self):
        module = fresh_base64(without_rust=True)
        for name in NAMES:
            with self.subTest(name=name):
                self.assertEqual(getattr(module, name).__module__, "base64")
        text = module.urlsafe_b64encode(DATA)
        self.assertEqual(text, b"-_-_AA==")
        self.assertEqual(module.urlsafe_b64decode(text), DATA)
        self.assertEqual(module.b64decode(module.b64encode(DATA, b"[]"), b"[]", validate=True), DATA)

    def test_the_rest_of_base64_is_there(self):
        for module in (fresh_base64(), fresh_base64(without_rust=True)):
            for name in module.__all__:
                self.assertTrue(hasattr(module, name), name)
            self.assertEqual(module.b85decode(module.b85encode(DATA)), DATA)


if __name__ == "__main__":
    unittest.main()
