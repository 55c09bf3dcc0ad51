"""Does module-support keep what it promises to every Rust module?

    python -m test --testdir modules/_rust_selftest/tests test__rust_selftest
"""

import array
import contextlib
import gc
import importlib.machinery
import importlib.util
import os
import sys
import tempfile
import unittest

import _rust_selftest


def rust_panics_abort():
    # wasm has no unwinding: there a panic ends the process, and no guard can change that.
    return sys.platform in ("wasi", "emscripten")


class SilentStderr:
    """Catches what Rust prints about a panic, which goes past sys.stderr."""

    def __enter__(self):
        self.file = tempfile.TemporaryFile()
        self.saved = os.dup(2)
        os.dup2(self.file.fileno(), 2)
        return self

    def __exit__(self, *exception):
        os.dup2(self.saved, 2)
        os.close(self.saved)
        self.file.seek(0)
        self.text = self.file.read().decode()
        self.file.close()


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


@unittest.skipIf(rust_panics_abort(), "a panic aborts on this platform")
class PanicTests(unittest.TestCase):
    KINDS = {
        "literal": "a literal",
        "formatted": "formatted: str",
        "payload": "no message",
        "bomb": "no message",
        "index": "index out of bounds: the len is 3 but the index is 6",
        "nul": "before\0after",
        "long": "x" * 100_000,
        "raised": "with an exception set",
    }

    def test_a_panic_becomes_system_error(self):
        for kind, message in self.KINDS.items():
            with self.subTest(kind=kind):
                with SilentStderr() as stderr, self.assertRaises(SystemError) as caught:
                    _rust_selftest.panic(kind)
                self.assertIn(f"panic in a Rust extension module: {message}", str(caught.exception))
                # Where it happened is for the developer to see.
                self.assertIn("panics.rs:", stderr.text)

    def test_the_module_works_afterwards(self):
        with SilentStderr(), self.assertRaises(SystemError):
            _rust_selftest.panic("literal")
        self.assertEqual(_rust_selftest.panic("no such kind"), "no such kind")

    def test_nothing_is_lost(self):
        def panic_often():
            for _ in range(20):
                for kind in self.KINDS:
                    try:
                        _rust_selftest.panic(kind)
                    except SystemError:
                        pass

        with SilentStderr():
            lost = references_lost(panic_often, 15)
        # A leak in one kind would lose 20 each time.
        self.assertLess(lost, 15)

    def test_a_panic_during_import(self):
        name = "_rust_selftest_broken"
        origin = _rust_selftest.__spec__.origin
        if not os.path.isfile(origin):
            self.skipTest("the module is part of the interpreter")
        loader = importlib.machinery.ExtensionFileLoader(name, origin)
        spec = importlib.util.spec_from_file_location(name, origin, loader=loader)
        for _ in range(3):
            module = importlib.util.module_from_spec(spec)
            with SilentStderr(), self.assertRaisesRegex(SystemError, "while being imported"):
                loader.exec_module(module)
            # Imported by half: it has functions, but no state.
            with self.assertRaisesRegex(SystemError, "the module has no state"):
                module.nothing()
            del module
            gc.collect()


class MemoryTests(unittest.TestCase):
    def test_what_cannot_be_had(self):
        for size in (sys.maxsize, sys.maxsize - 1000, -sys.maxsize - 1):
            with self.subTest(size=size), self.assertRaises((MemoryError, OverflowError)):
                _rust_selftest.allocate(size)

    def test_memory_that_is_not_written_is_zero(self):
        for size in (0, 1, 2, 3, 100, 100_000):
            value = _rust_selftest.allocate(size)
            self.assertEqual(value, bytes(size // 2))
            self.assertIs(type(value), bytes)

    def test_no_memory_at_any_moment(self):
        try:
            from _testcapi import remove_mem_hooks, set_nomemory
        except ImportError:
            self.skipTest("needs _testcapi")
        calls = [
            (_rust_selftest.allocate, (1000,)),
            (_rust_selftest.contiguous, (bytearray(b"abc"),)),
            (_rust_selftest.gathered, (memoryview(b"abcdef")[::2],)),
            (_rust_selftest.contiguous, (5,)),
            (_rust_selftest.contiguous, ()),
        ]
        for function, args in calls:
            failed = 0
            for nth in range(30):
                error = None
                with unwatched():
                    set_nomemory(nth, nth + 1)
                    try:
                        function(*args)
                    except MemoryError:
                        error = MemoryError
                    except TypeError:
                        error = TypeError
                    finally:
                        remove_mem_hooks()
                failed += error is MemoryError
            with self.subTest(function=function, args=args):
                self.assertGreater(failed, 0)


class InputTests(unittest.TestCase):
    def test_contiguous(self):
        for value in (b"abc", bytearray(b"abc"), memoryview(b"abc"), array.array("B", b"abc"), b""):
            self.assertEqual(_rust_selftest.contiguous(value), bytes(value))
        self.assertEqual(_rust_selftest.contiguous(memoryview(b"abcd").cast("H")), b"abcd")
        self.assertRaises(BufferError, _rust_selftest.contiguous, memoryview(b"abcdef")[::2])

    def test_gathered(self):
        for view in (memoryview(b"abcdef")[::2], memoryview(b"abcdef")[::-1],
                     memoryview(b"abcd").cast("B", (2, 2)), memoryview(b"")[::-1]):
            self.assertEqual(_rust_selftest.gathered(view), view.tobytes())

    def test_gathered_from_every_layout(self):
        try:
            from _testbuffer import ND_FORTRAN, ND_PIL, ndarray
        except ImportError:
            self.skipTest("needs _testbuffer")
        items = list(range(12))
        for flags in (0, ND_FORTRAN, ND_PIL):
            layout = ndarray(items, shape=[3, 4], format="B", flags=flags)
            with self.subTest(flags=flags):
                self.assertEqual(_rust_selftest.gathered(layout), layout.tobytes())
                part = layout[::2, ::-1] if flags != ND_PIL else layout[::2]
                self.assertEqual(_rust_selftest.gathered(part), part.tobytes())


if __name__ == "__main__":
    unittest.main()
