"""The fork's own `_base64`: the one function it has, against binascii."""

import binascii
import random
import sys
import unittest

import _base64


class StandardB64Encode(unittest.TestCase):
    def test_every_length_up_to_300(self):
        seed = random.randrange(sys.maxsize)
        numbers = random.Random(seed)
        for length in range(301):
            data = numbers.randbytes(length)
            with self.subTest(length=length, seed=seed):
                expected = binascii.b2a_base64(data, newline=False)
                self.assertEqual(_base64.standard_b64encode(data), expected)

    def test_the_whole_alphabet(self):
        data = binascii.a2b_base64(
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        )
        self.assertEqual(binascii.a2b_base64(_base64.standard_b64encode(data)), data)

    def test_what_is_no_buffer_is_refused(self):
        for wrong in (None, 1, "text", object()):
            with self.subTest(wrong=wrong), self.assertRaises(TypeError):
                _base64.standard_b64encode(wrong)


if __name__ == "__main__":
    unittest.main()
