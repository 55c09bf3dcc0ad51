"""Does a function of _base64 do what the function of base64.py of the same name does?

    just python sprint/checks/base64_bytes.py FUNCTION

Compares values, exceptions and their texts, on inputs of every short length and on odd ones.
"""

import array
import base64
import inspect
import random
import sys
import unittest

import _base64

NAME = sys.argv.pop(1) if len(sys.argv) > 1 else sys.exit(__doc__)
#: base64.py's own, even where somebody has put the Rust one in its place.
REFERENCE = getattr(base64, NAME)
PARAMETER = next(iter(inspect.signature(REFERENCE).parameters))
SEED = 64


def outcome(function, *args, **kwargs):
    try:
        value = function(*args, **kwargs)
    except Exception as error:
        return type(error), str(error)
    return type(value), value


class SameAsPython(unittest.TestCase):
    def setUp(self):
        self.assertTrue(hasattr(_base64, NAME), f"_base64 has no {NAME} yet")
        self.assertEqual(REFERENCE.__module__, "base64", "base64 itself has been changed")
        self.random = random.Random(SEED)

    def check(self, *args, **kwargs):
        expected = outcome(REFERENCE, *args, **kwargs)
        actual = outcome(getattr(_base64, NAME), *args, **kwargs)
        self.assertEqual(actual, expected, f"{NAME}(*{args!r}, **{kwargs!r})")

    def texts(self, length):
        data = self.random.randbytes(length)
        if "16" in NAME:
            yield data.hex().encode()
            yield data.hex().upper().encode()
        elif "85" in NAME:
            yield base64.b85encode(data)
        else:
            yield base64.encodebytes(data)
            yield base64.b64encode(data)
        yield data

    def test_every_short_length(self):
        for length in range(200):
            for data in self.texts(length):
                self.check(data)
                self.check(**{PARAMETER: data})
                self.check(bytearray(data))
                self.check(memoryview(data))

    def test_long_input(self):
        for length in (4095, 4096, 4097, 100_000):
            for data in self.texts(length):
                self.check(data)

    def test_broken_input(self):
        for _ in range(500):
            length = self.random.randrange(90)
            self.check(bytes(self.random.choices(b"AQIDab09+/-_=\n \xff", k=length)))

    def test_what_is_no_bytes(self):
        for value in ("text", "ärger", None, 1, 1.5, [1], array.array("I", [1, 2]),
                      array.array("B", b"AAAA"), memoryview(b"AAAAAAAA")[::2]):
            self.check(value)

    def test_wrong_arguments_are_refused(self):
        for args, kwargs in (((), {}), ((b"AA==", 1, 2, 3), {}), ((), {"wrong": b"AA=="})):
            for function in (REFERENCE, getattr(_base64, NAME)):
                self.assertRaises(TypeError, function, *args, **kwargs)


if __name__ == "__main__":
    unittest.main()
