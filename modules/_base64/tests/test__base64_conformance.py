"""Does _base64 do what CPython's own base64 and binascii do?

Most tests here are differential: the same call, to the Rust function and to the function of base64.py,
must have the same outcome, be it a value or an exception with its text. Random inputs come from a seed
that every failure names; set SPRINT_SEED to it to see the failure again.

    python -m test --testdir modules/_base64/tests test__base64_conformance
"""

import array
import base64
import binascii
import contextlib
import gc
import importlib
import importlib.util
import inspect
import itertools
import os
import random
import sys
import threading
import unittest
import warnings
import weakref

import _base64

SEED = int(os.environ.get("SPRINT_SEED") or random.getrandbits(32))
ENCODERS = ("b64encode", "standard_b64encode", "urlsafe_b64encode")
DECODERS = ("b64decode", "standard_b64decode", "urlsafe_b64decode")
FUNCTIONS = ENCODERS + DECODERS

#: base64.py got more parameters, and warnings, in 3.15.
REFERENCE_IS_NEWER = sys.version_info >= (3, 15)


def strict_texts_are_known():
    """Whether this binascii words its strict errors as 3.13.5 does; later releases changed some."""
    try:
        binascii.a2b_base64(b"Zg===", strict_mode=True)
    except binascii.Error as error:
        return str(error) == "Excess data after padding"
    return False


def outcome(function, *args, **kwargs):
    """What a call does, in a form that can be compared."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = function(*args, **kwargs)
        except Exception as error:
            return type(error), str(error)
    return type(value), value


@contextlib.contextmanager
def unwatched():
    """No events of sys.monitoring in here: to handle one takes memory of its own."""
    events = {tool: sys.monitoring.get_events(tool) for tool in range(6) if sys.monitoring.get_tool(tool)}
    for tool in events:
        sys.monitoring.set_events(tool, 0)
    try:
        yield
    finally:
        for tool, kept in events.items():
            sys.monitoring.set_events(tool, kept)


def references_lost(work, allowed):
    """How many references `work()` loses, at least; fewer than `allowed` end the search.

    Caches of the interpreter fill up over some rounds, under AddressSanitizer and on wasm over many. What is
    really lost, is lost in every round.
    """
    if not hasattr(sys, "gettotalrefcount"):
        raise unittest.SkipTest("only a debug build counts all references")
    least = None
    for _ in range(40):
        # The counting of calls keeps a note of every place that it has seen.
        with unwatched():
            gc.collect()
            before = sys.gettotalrefcount()
            work()
            gc.collect()
            lost = sys.gettotalrefcount() - before
        least = lost if least is None else min(least, lost)
        if least < allowed:
            break
    return least


class Differential(unittest.TestCase):
    """Compares functions of the same name."""

    def setUp(self):
        self.random = random.Random(SEED)

    def check(self, name, *args, **kwargs):
        """Compare one call; return its outcome."""
        theirs = getattr(base64, name)
        self.assertEqual(theirs.__module__, "base64", "base64 itself has been rebound")
        expected = outcome(theirs, *args, **kwargs)
        actual = outcome(getattr(_base64, name), *args, **kwargs)
        if actual != expected:
            self.fail(f"{name}(*{args!r}, **{kwargs!r}): {actual!r}, but Python has {expected!r}; "
                      f"SPRINT_SEED={SEED}")
        return actual

    def characters(self, letters, length):
        return bytes(self.random.choices(letters, k=length))


class EncodingTests(Differential):
    def test_every_short_length(self):
        for length in range(70):
            data = self.random.randbytes(length)
            for name in ENCODERS:
                with self.subTest(name=name, length=length):
                    self.check(name, data)

    def test_every_byte(self):
        for byte in range(256):
            for data in (bytes([byte]), bytes([byte, 255 - byte]), bytes([0, byte, 1])):
                for name in ENCODERS:
                    self.check(name, data)

    def test_long_input(self):
        for length in (4095, 4096, 4097, 100_001):
            data = self.random.randbytes(length)
            for name in ENCODERS:
                self.check(name, data)

    def test_alternative_characters(self):
        for _ in range(300):
            data = self.random.randbytes(self.random.randrange(30))
            self.check("b64encode", data, self.random.randbytes(2))
        for altchars in (b"-_", b"==", b"AA", b"/+", bytearray(b"-_"), memoryview(b"-_"),
                         array.array("B", b"-_"), memoryview(b"-x_x")[::2], None):
            self.check("b64encode", b"\xfb\xff\xbf" * 3, altchars)
            self.check("b64encode", b"\xfb\xff\xbf" * 3, altchars=altchars)


class DecodingTests(Differential):
    def test_every_short_input(self):
        tried = 0
        for length in range(6):
            for data in map(bytes, itertools.product(b"AQ9=\n", repeat=length)):
                for name in DECODERS:
                    self.check(name, data)
                tried += 1
        self.assertEqual(tried, sum(5 ** length for length in range(6)))

    def test_well_formed_input(self):
        for length in range(70):
            data = self.random.randbytes(length)
            self.assertEqual(self.check("b64decode", base64.b64encode(data))[1], data)
            self.assertEqual(self.check("standard_b64decode", base64.b64encode(data))[1], data)
            text = base64.urlsafe_b64encode(data)
            self.assertEqual(self.check("urlsafe_b64decode", text)[1], data)
            # base64.decodebytes() and e-mail break lines.
            self.assertEqual(self.check("b64decode", base64.encodebytes(data))[1], data)

    def test_malformed_input(self):
        for _ in range(2000):
            data = self.characters(b"AbYz09+/-_==\n \x00\xff", self.random.randrange(40))
            for name in DECODERS:
                self.check(name, data)

    def test_text(self):
        for _ in range(300):
            text = self.characters(b"AbYz09+/-_=\n ", self.random.randrange(40)).decode("ascii")
            for name in DECODERS:
                self.check(name, text)
        for text in ("", "YWJj", "YWJ\xe9", "\u20ac", "YWJj\ud800", "\U0001f600", "a" * 5000 + "\xff"):
            for name in DECODERS:
                with self.subTest(name=name, text=text):
                    self.check(name, text)

    def test_a_subclass_of_str(self):
        class Text(str):
            pass
        self.check("b64decode", Text("YWJj"))

    def test_alternative_characters(self):
        for _ in range(1000):
            data = self.characters(b"AbYz09+/-_==\n*$", self.random.randrange(40))
            self.check("b64decode", data, self.characters(b"+/-_=A*$\n\xff", 2))
        for altchars in (b"-_", "-_", bytearray(b"-_"), memoryview(b"-_"), memoryview(b"-x_x")[::2],
                         array.array("B", b"-_"), None):
            for data in (b"--__++//", "--__++//", bytearray(b"--__"), memoryview(b"-x_x+x/x")[::2]):
                self.check("b64decode", data, altchars)
                self.check("b64decode", data, altchars=altchars)


class StrictDecodingTests(Differential):
    def setUp(self):
        super().setUp()
        if not strict_texts_are_known():
            self.skipTest("this binascii words its strict errors differently than CPython 3.13.5")

    def test_every_short_input(self):
        for length in range(6):
            for data in map(bytes, itertools.product(b"AQ9=\n", repeat=length)):
                self.check("b64decode", data, validate=True)

    def test_malformed_input(self):
        for _ in range(2000):
            data = self.characters(b"AbYz09+/====-", self.random.randrange(24))
            self.check("b64decode", data, validate=True)
            self.check("b64decode", data, b"-=", validate=True)

    def test_what_counts_as_true(self):
        for validate in (0, 1, [], [0], "", "no", None, 2.5):
            self.check("b64decode", b"YW Jj", validate=validate)
            self.check("b64decode", b"YW Jj", None, validate)

    def test_a_truth_value_that_raises(self):
        class Undecided:
            def __bool__(self):
                raise ZeroDivisionError("on purpose")
        self.check("b64decode", b"YWJj", validate=Undecided())


class ErrorTests(Differential):
    def test_arguments_that_are_no_data(self):
        for name in FUNCTIONS:
            for make in (list, dict, object, lambda: None, lambda: 1, lambda: 1.5, lambda: "text",
                         lambda: range(3), lambda: iter(b"abc"), lambda: type):
                value = make()
                with self.subTest(name=name, value=value):
                    kind, _ = self.check(name, value)
                    if not isinstance(value, str):
                        self.assertIs(kind, TypeError)

    @unittest.skipIf(REFERENCE_IS_NEWER, "base64.py checks altchars differently since 3.15")
    def test_altchars_of_a_wrong_kind(self):
        for altchars in (b"", b"-", b"-_.", "", "-", "-_.", "\xe9\xe9", "-\ud800", 5, object, [1, 2],
                         [1, 2, 3], {1: 2, 3: 4}, 0, False, bytearray(b"-"), memoryview(b"-_."),
                         memoryview(b"abcd").cast("H"), array.array("H", [1, 2])):
            for name in ("b64encode", "b64decode"):
                with self.subTest(name=name, altchars=altchars):
                    self.check(name, b"YWJj", altchars)

    def test_which_of_two_mistakes_is_reported(self):
        for args in (([], []), ("\xe9", "\xe9"), (b"YWJj", 5), ("", 5), (b"Y", "\xe9")):
            for name in ("b64encode", "b64decode"):
                with self.subTest(name=name, args=args):
                    self.check(name, *args)

    def test_wrong_calls_are_type_errors(self):
        for name in FUNCTIONS:
            function = getattr(_base64, name)
            for args, kwargs in (((), {}), ((b"",) * 4, {}), ((b"",), {"unknown": 1}),
                                 ((b"",), {"s": b""}), ((), {"altchars": b"-_"})):
                with self.subTest(name=name, args=args, kwargs=kwargs):
                    with self.assertRaises(TypeError) as caught:
                        function(*args, **kwargs)
                    self.assertIn(name, str(caught.exception))
                    self.assertIs(outcome(getattr(base64, name), *args, **kwargs)[0], TypeError)

    def test_keywords(self):
        for name in FUNCTIONS:
            self.check(name, s=b"YWJj")
        self.check("b64encode", s=b"\xff\xff\xff", altchars=b"-_")
        self.check("b64decode", altchars=b"-_", s=b"____")
        self.check("b64decode", validate=False, altchars=None, s="YW\nJj")


class BufferTests(Differential):
    def test_kinds_of_buffers(self):
        text = base64.b64encode(self.random.randbytes(48))
        for name in FUNCTIONS:
            for make in (bytes, bytearray, memoryview, lambda data: array.array("B", data),
                         lambda data: memoryview(bytearray(data)),
                         lambda data: memoryview(data).cast("I"),
                         lambda data: memoryview(data).cast("B", (8, 8)),
                         lambda data: array.array("d", data),
                         lambda data: memoryview(data)[8:24],
                         # Not contiguous: decoding gathers, encoding refuses, both as base64.py does.
                         lambda data: memoryview(data)[::2],
                         lambda data: memoryview(data)[::-1]):
                with self.subTest(name=name, buffer=make(text)):
                    self.check(name, make(text))

    def test_a_mapped_file(self):
        try:
            import mmap
            mapped = mmap.mmap(-1, 64)
        except (ImportError, OSError) as error:
            self.skipTest(f"no anonymous mmap here: {error}")
        with mapped:
            mapped.write(base64.b64encode(bytes(48)))
            for name in FUNCTIONS:
                self.check(name, mapped)
            # Still exported, this would be refused.
            mapped.resize(4096) if sys.platform == "linux" else None

    def test_buffers_are_released_on_every_path(self):
        for name in FUNCTIONS:
            for data in (b"YWJj", b"Y", b"", b"\xff" * 5):
                with self.subTest(name=name, data=data):
                    buffer = bytearray(data)
                    outcome(getattr(_base64, name), buffer)
                    # BufferError if somebody still holds it.
                    buffer.append(0)
        for args in ((b"YWJj", 3), (b"YWJj", b"abc"), (b"YWJj", "\xe9")):
            for name in ("b64encode", "b64decode"):
                buffer = bytearray(args[0])
                outcome(getattr(_base64, name), buffer, args[1])
                buffer.append(0)
        altchars = bytearray(b"-_.")
        outcome(_base64.b64encode, b"", altchars)
        outcome(_base64.b64decode, b"", altchars)
        altchars.append(0)

    def test_a_released_memoryview(self):
        view = memoryview(b"YWJj")
        view.release()
        for name in FUNCTIONS:
            self.check(name, view)

    @unittest.skipIf(sys.version_info < (3, 12), "__buffer__ came with 3.12")
    def test_buffers_made_by_python_code(self):
        class Exporter:
            def __init__(self, buffer):
                self.buffer = buffer
                self.released = 0
            def __buffer__(self, flags):
                if isinstance(self.buffer, Exception):
                    raise self.buffer
                return memoryview(self.buffer)
            def __release_buffer__(self, view):
                self.released += 1
                view.release()

        for name in FUNCTIONS:
            for buffer in (b"YWJj", b"Y", TypeError("on purpose"), ZeroDivisionError("on purpose"),
                           BufferError("on purpose")):
                with self.subTest(name=name, buffer=buffer):
                    self.check(name, Exporter(buffer))
                    if isinstance(buffer, bytes):
                        exporter = Exporter(buffer)
                        outcome(getattr(_base64, name), exporter)
                        self.assertEqual(exporter.released, 1)

    @unittest.skipIf(sys.version_info < (3, 12), "__buffer__ came with 3.12")
    def test_a_subclass_of_bytes_may_have_another_buffer(self):
        class Other(bytes):
            def __buffer__(self, flags):
                return memoryview(b"eHl6")
        for name in FUNCTIONS:
            with self.subTest(name=name):
                if name == "urlsafe_b64decode":
                    # The one known difference: bytes.translate(), which base64.py calls here, looks
                    # at the bytes themselves and not at the buffer.
                    self.assertEqual(outcome(_base64.urlsafe_b64decode, Other(b"YWJj"))[1], b"xyz")
                else:
                    self.check(name, Other(b"YWJj"))

    def test_the_input_is_not_changed(self):
        for name in FUNCTIONS:
            buffer = bytearray(b"YWJj+/-_")
            outcome(getattr(_base64, name), buffer)
            self.assertEqual(buffer, b"YWJj+/-_")


class ModuleTests(unittest.TestCase):
    def test_signatures_are_those_of_base64(self):
        if REFERENCE_IS_NEWER:
            self.skipTest("base64.py has more parameters since 3.15")
        for name in FUNCTIONS:
            self.assertEqual(inspect.signature(getattr(_base64, name)),
                             inspect.signature(getattr(base64, name)))

    def test_everything_is_described(self):
        self.assertIn("Base64", _base64.__doc__)
        for name in FUNCTIONS:
            function = getattr(_base64, name)
            self.assertEqual((function.__name__, function.__module__), (name, "_base64"))
            self.assertNotIn("--", function.__doc__.splitlines()[:2])
            self.assertGreater(len(function.__doc__), 30)

    def test_nothing_else_is_exported(self):
        names = {name for name in dir(_base64) if not name.startswith("__")}
        self.assertEqual(names, set(FUNCTIONS))

    def test_errors_are_those_of_binascii(self):
        with self.assertRaises(binascii.Error):
            _base64.b64decode(b"Y")

    def test_the_gil_stays_off(self):
        if not hasattr(sys, "_is_gil_enabled") or not gil_can_be_off():
            self.skipTest("this build always has a GIL")
        if os.environ.get("PYTHON_GIL") == "1" or sys._xoptions.get("gil") == "1":
            self.skipTest("the GIL was asked for")
        self.assertFalse(sys._is_gil_enabled())

    def test_a_second_copy_is_independent_and_goes_away(self):
        spec = _base64.__spec__
        copy = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(copy)
        self.assertIsNot(copy, _base64)
        self.assertEqual(copy.b64decode(b"YWJj"), b"abc")
        function, gone = copy.b64decode, weakref.ref(copy)
        del copy
        gc.collect()
        # The function keeps its module, and the module what it raises.
        with self.assertRaises(binascii.Error):
            function(b"Y")
        del function
        gc.collect()
        self.assertIsNone(gone())

    def test_a_copy_in_a_cycle_is_collected(self):
        spec = _base64.__spec__
        copy = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(copy)
        copy.myself = copy
        gone = weakref.ref(copy)
        del copy
        gc.collect()
        self.assertIsNone(gone())

    def test_a_cycle_through_the_state_is_collected(self):
        # The state keeps what binascii.Error was at import. A tuple cannot break a cycle by itself,
        # so the module has to: it must show the collector its state, and clear it.
        original = binascii.Error
        copy = importlib.util.module_from_spec(_base64.__spec__)
        binascii.Error = (copy,)
        try:
            _base64.__spec__.loader.exec_module(copy)
        finally:
            binascii.Error = original
        gone = weakref.ref(copy)
        del copy
        gc.collect()
        self.assertIsNone(gone())

    def test_copies_leave_nothing_behind(self):
        def make():
            for _ in range(20):
                self.test_a_second_copy_is_independent_and_goes_away()
                self.test_a_copy_in_a_cycle_is_collected()
                self.test_a_cycle_through_the_state_is_collected()

        # A leak would lose 20 each time.
        self.assertLess(references_lost(make, 15), 15)


def gil_can_be_off():
    import sysconfig
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


class LeakTests(unittest.TestCase):
    CALLS = [
        ("b64encode", (b"abc", b"-_")),
        ("b64encode", (bytearray(b"abc"),)),
        ("b64encode", (5,)),
        ("b64encode", (b"abc", b"-_.")),
        ("b64encode", ("text",)),
        ("b64decode", (b"YWJj", "-_")),
        ("b64decode", (bytearray(b"YW\nJj"), bytearray(b"-_"), False)),
        ("b64decode", (memoryview(b"YxWxJxjx")[::2],)),
        ("b64decode", (b"Y",)),
        ("b64decode", (b"=", None, True)),
        ("b64decode", ("\xe9",)),
        ("b64decode", (5,)),
        ("b64decode", (b"", memoryview(b"-_."))),
        ("b64decode", (b"", b"", b"", b"")),
    ]

    def call_all(self, times):
        for _ in range(times):
            for name, args in self.CALLS:
                outcome(getattr(_base64, name), *args)

    def test_no_reference_is_lost(self):
        # A leak in one of the calls would lose 100 each time.
        self.assertLess(references_lost(lambda: self.call_all(100), 50), 50)

    def test_no_memory_block_is_lost(self):
        self.call_all(20)
        gc.collect()
        before = sys.getallocatedblocks()
        if before == 0:
            self.skipTest("this build does not count memory blocks")
        self.call_all(200)
        gc.collect()
        lost = sys.getallocatedblocks() - before
        self.assertLess(abs(lost), 100)

    def test_running_out_of_memory_raises_memory_error(self):
        try:
            from _testcapi import remove_mem_hooks, set_nomemory
        except ImportError:
            self.skipTest("needs _testcapi")
        failed = 0
        for name, args in self.CALLS:
            function = getattr(_base64, name)
            for nth in range(40):
                # Nothing between these two lines may need memory, except the call.
                kind = None
                with unwatched():
                    set_nomemory(nth, nth + 1)
                    try:
                        function(*args)
                    except MemoryError:
                        kind = MemoryError
                    except (TypeError, ValueError, AssertionError):
                        kind = ValueError
                    finally:
                        remove_mem_hooks()
                failed += kind is MemoryError
        self.assertGreater(failed, len(self.CALLS))


class ThreadTests(unittest.TestCase):
    def run_threads(self, *targets):
        errors = []

        def run(target):
            try:
                target()
            except Exception as error:
                errors.append(error)

        try:
            threads = [threading.Thread(target=run, args=(target,)) for target in targets]
            for thread in threads:
                thread.start()
        except RuntimeError as error:
            self.skipTest(f"no threads here: {error}")
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])

    def test_many_threads_at_once(self):
        data = random.Random(SEED).randbytes(10_000)
        text = base64.b64encode(data)

        def work():
            for _ in range(20):
                self.assertEqual(_base64.b64encode(data), text)
                self.assertEqual(_base64.b64decode(text, validate=True), data)
                with self.assertRaises(binascii.Error):
                    _base64.b64decode(b"YWJ")

        self.run_threads(*[work] * 6)

    def test_a_buffer_that_changes_meanwhile(self):
        buffer = bytearray(b"A" * 40_000)
        done = threading.Event()

        def change():
            letters = itertools.cycle(b"Bz9+")
            while not done.is_set():
                buffer[:] = bytes([next(letters)]) * 40_000

        def work():
            try:
                for _ in range(30):
                    # Whatever is read, it is one well-formed reading of so many characters.
                    decoded = _base64.b64decode(buffer, validate=True)
                    self.assertEqual(len(decoded), 30_000)
                    encoded = _base64.b64encode(buffer)
                    self.assertEqual(len(base64.b64decode(encoded, validate=True)), 40_000)
            finally:
                done.set()

        self.run_threads(change, work)


class SubinterpreterTests(unittest.TestCase):
    CODE = """if True:
        import _base64, binascii
        assert _base64.b64encode(bytes(range(48))) == {expected!r}
        assert _base64.b64decode({expected!r}) == bytes(range(48))
        for _ in range(200):
            try:
                _base64.b64decode(b"Y")
            except binascii.Error:
                pass
            else:
                raise AssertionError("no error")
        """

    def setUp(self):
        try:
            import _interpreters
        except ImportError:
            self.skipTest("needs _interpreters, which came with 3.13")
        self.interpreters = _interpreters
        self.code = self.CODE.format(expected=base64.b64encode(bytes(range(48))))

    def run_one(self):
        # An isolated interpreter, with a GIL of its own.
        interpreter = self.interpreters.create()
        try:
            failure = self.interpreters.exec(interpreter, self.code)
        finally:
            self.interpreters.destroy(interpreter)
        self.assertIsNone(failure, getattr(failure, "formatted", failure))

    def test_one_after_the_other(self):
        for _ in range(3):
            self.run_one()
        self.assertEqual(_base64.b64decode(b"YWJj"), b"abc")

    def test_side_by_side(self):
        errors = []

        def run():
            try:
                self.run_one()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])


if __name__ == "__main__":
    unittest.main()
