"""Does _bisect do what CPython's bisect does?

The reference is the pure Python version in bisect.py: the same call must have the same outcome and make
the same comparisons in the same order. Where CPython's C module differs from it, so must this one, and
those differences have tests of their own. Random inputs come from a seed that every failure names; set
SPRINT_SEED to it to see the failure again.

    python -m test --testdir modules/_bisect/tests test__bisect_conformance
"""

import array
import collections
import contextlib
import gc
import importlib.util
import inspect
import os
import random
import sys
import threading
import unittest
import weakref
from test.support import import_helper

import _bisect

py_bisect = import_helper.import_fresh_module("bisect", blocked=["_bisect"])

SEED = int(os.environ.get("SPRINT_SEED") or random.getrandbits(32))
SEARCHES = ("bisect_left", "bisect_right")
INSERTIONS = ("insort_left", "insort_right")
FUNCTIONS = SEARCHES + INSERTIONS


def outcome(function, *args, **kwargs):
    """What a call does, in a form that can be compared."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error)


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

    def check(self, name, make, *args, **kwargs):
        """Compare one call, each time on a new sequence; return its outcome."""
        theirs = getattr(py_bisect, name)
        self.assertTrue(inspect.isfunction(theirs), "the reference is not the pure Python version")
        expected_sequence, actual_sequence = make(), make()
        expected = outcome(theirs, expected_sequence, *args, **kwargs)
        actual = outcome(getattr(_bisect, name), actual_sequence, *args, **kwargs)
        context = f"{name}({make()!r}, *{args!r}, **{kwargs!r}); SPRINT_SEED={SEED}"
        self.assertEqual(actual, expected, context)
        self.assertIs(type(actual), type(expected), context)
        if name in INSERTIONS:
            self.assertEqual(list(actual_sequence), list(expected_sequence), context)
        return actual

    def numbers(self):
        return [self.random.randrange(20) for _ in range(self.random.randrange(25))]


class SearchTests(Differential):
    def test_sorted_lists(self):
        for _ in range(500):
            numbers = sorted(self.numbers())
            for name in FUNCTIONS:
                self.check(name, numbers.copy, self.random.randrange(-1, 21))

    def test_lists_that_are_not_sorted(self):
        for _ in range(500):
            numbers = self.numbers()
            for name in FUNCTIONS:
                self.check(name, numbers.copy, self.random.randrange(-1, 21))

    def test_ranges_of_indices(self):
        kinds = collections.Counter()
        for _ in range(1500):
            numbers = sorted(self.numbers())
            low = self.random.randrange(-2, len(numbers) + 3)
            # -1 is a case of its own, see HighTests.
            high = self.random.choice([None, -3, -2, *range(len(numbers) + 4)])
            for name in FUNCTIONS:
                result = self.check(name, numbers.copy, self.random.randrange(20), low, high)
                kinds[result if isinstance(result, type) else "found"] += 1
                self.check(name, numbers.copy, self.random.randrange(20), hi=high, lo=low)
        # All that can happen has happened.
        self.assertEqual(set(kinds), {"found", ValueError, IndexError})

    def test_kinds_of_sequences(self):
        letters = sorted(self.random.choices("abcdefgh", k=20))
        for make, item in (
            (lambda: tuple(letters), "d"),
            (lambda: "".join(letters), "d"),
            (lambda: "".join(letters).encode(), ord("d")),
            (lambda: bytearray("".join(letters).encode()), ord("d")),
            (lambda: memoryview("".join(letters).encode()), ord("d")),
            (lambda: array.array("i", range(20)), 7),
            (lambda: range(0, 100, 7), 50),
            (lambda: collections.deque(letters), "d"),
            (lambda: collections.UserList(letters), "d"),
        ):
            for name in SEARCHES:
                with self.subTest(name=name, sequence=make()):
                    self.check(name, make, item)

    def test_numbers_of_different_types(self):
        mixed = [False, 0.5, 1, True, 1.5, 2, float("inf")]
        for item in (0, 1, 1.0, True, 1.25, 10 ** 30, float("nan"), float("-inf")):
            for name in FUNCTIONS:
                self.check(name, mixed.copy, item)

    def test_items_that_cannot_be_compared(self):
        for sequence, item in (([1, "a", 2], 1), ([1j], 1), ([None, None], None), ([[]], 1)):
            for name in FUNCTIONS:
                self.assertIs(self.check(name, sequence.copy, item), TypeError)

    def test_keys(self):
        for _ in range(300):
            numbers = sorted(self.numbers(), key=lambda number: -number)
            for name in FUNCTIONS:
                self.check(name, numbers.copy, self.random.randrange(20), key=lambda x: -x)
                self.check(name, numbers.copy, self.random.randrange(20), 0, None, key=lambda x: -x)
                self.check(name, numbers.copy, 3, key=None)
                self.check(name, numbers.copy, 3, key=str)

    def test_keys_that_fail(self):
        def fail(number):
            if number == 3:
                raise ZeroDivisionError
            return number
        for numbers in ([1, 2, 3, 4], [3], [], [1]):
            for item in (1, 3):
                for name in FUNCTIONS:
                    self.check(name, numbers.copy, item, key=fail)
                    self.check(name, numbers.copy, item, key="no function")

    def test_the_same_comparisons_in_the_same_order(self):
        class Watched:
            log = []
            def __init__(self, number):
                self.number = number
            def __lt__(self, other):
                self.log.append((self.number, other.number))
                return self.number < other.number

        for _ in range(300):
            numbers = self.numbers()
            items = [Watched(number) for number in numbers]
            wanted = Watched(self.random.randrange(20))
            for name in SEARCHES:
                logs = []
                for module in (py_bisect, _bisect):
                    Watched.log.clear()
                    position = getattr(module, name)(items, wanted)
                    logs.append((position, Watched.log.copy()))
                self.assertEqual(*logs, f"SPRINT_SEED={SEED}")

    def test_answers_of_comparisons(self):
        class Answering:
            def __init__(self, answer):
                self.answer = answer
            def __lt__(self, other):
                return self.answer

        class Undecided:
            def __bool__(self):
                raise ZeroDivisionError

        class Reflected:
            def __gt__(self, other):
                return True

        for answer in (0, 1, "", "text", [], None, 2.5, NotImplemented, Undecided()):
            for other in (Answering(answer), Reflected(), 5):
                for name in SEARCHES:
                    self.check(name, lambda: [other] * 3, Answering(answer))
                    self.check(name, lambda: [Answering(answer)] * 3, other)

    def test_a_sequence_that_shrinks_meanwhile(self):
        class Shrinking:
            def __init__(self, numbers):
                self.numbers = numbers
            def __lt__(self, other):
                self.numbers.clear()
                return True
            def __gt__(self, other):
                self.numbers.clear()
                return False

        for name in SEARCHES:
            for function in (getattr(py_bisect, name), getattr(_bisect, name)):
                numbers = list(range(10))
                result = outcome(function, numbers, Shrinking(numbers))
                # The first comparison empties the list. Only a search that must look on fails.
                self.assertEqual(numbers, [])
                self.assertIs(result, IndexError)

    def test_sequences_made_by_python_code(self):
        class Odd:
            def __init__(self, length, item):
                self.length, self.item = length, item
            def __len__(self):
                if isinstance(self.length, Exception):
                    raise self.length
                return self.length
            def __getitem__(self, index):
                if isinstance(self.item, Exception):
                    raise self.item
                return self.item

        for length, item in ((5, 1), (0, 1), (5, ZeroDivisionError()), (ZeroDivisionError(), 1),
                             (-5, 1), ("text", 1), (5, None)):
            for name in SEARCHES:
                self.check(name, lambda: Odd(length, item), 1)

    def test_things_that_are_no_sequences(self):
        class LengthOnly:
            def __len__(self):
                return 3
            def insert(self, index, item):
                raise AssertionError("there is nothing to search in")

        for make in (lambda: 5, lambda: None, object, lambda: {1, 2}, lambda: iter([]), LengthOnly):
            for name in FUNCTIONS:
                for module in (py_bisect, _bisect):
                    with self.assertRaises(TypeError):
                        getattr(module, name)(make(), 1)


class HighTests(unittest.TestCase):
    """Where the C module differs from bisect.py."""

    def test_minus_one_means_the_length(self):
        for name in SEARCHES:
            self.assertEqual(getattr(_bisect, name)([1, 2, 3], 9, 0, -1), 3)
            self.assertEqual(getattr(_bisect, name)([1, 2, 3], 9, 0, -2), 0)

    def test_indices_must_fit(self):
        for name in FUNCTIONS:
            function = getattr(_bisect, name)
            for kwargs in ({"lo": 1 << 70}, {"hi": 1 << 70}, {"hi": -1 << 70}, {"lo": -1 << 70}):
                with self.subTest(name=name, **kwargs):
                    self.assertRaises(OverflowError, function, [], 1, **kwargs)
            for value in ("1", 1.0, [], object()):
                with self.subTest(name=name, value=value):
                    self.assertRaises(TypeError, function, [], 1, value)
                    self.assertRaises(TypeError, function, [], 1, 0, value)
            # None is for `hi` only.
            self.assertRaises(TypeError, function, [], 1, None)

    def test_what_acts_as_an_index(self):
        class Index:
            def __init__(self, value):
                self.value = value
            def __index__(self):
                if isinstance(self.value, Exception):
                    raise self.value
                return self.value
        for name in SEARCHES:
            function = getattr(_bisect, name)
            self.assertEqual(function(range(100), 1000, Index(3), Index(7)), 7)
            self.assertEqual(function([5], 1, True), 1)
            for error in (ZeroDivisionError(), ValueError("on purpose")):
                self.assertRaises(type(error), function, [], 1, Index(error))
                self.assertRaises(type(error), function, [], 1, 0, Index(error))

    def test_as_far_as_indices_go(self):
        most = sys.maxsize
        for name, expected in (("bisect_left", most - 3), ("bisect_right", most - 2)):
            self.assertEqual(getattr(_bisect, name)(range(most), most - 3), expected)
            self.assertEqual(getattr(_bisect, name)(range(most), most - 3, most - 5, most), expected)
            self.assertEqual(getattr(_bisect, name)(range(most), 0, most), most)

    def test_mappings_are_refused_even_when_empty(self):
        for name in FUNCTIONS:
            with self.assertRaisesRegex(TypeError, "dict is not a sequence"):
                getattr(_bisect, name)({}, 1)
        for name in FUNCTIONS:
            with self.assertRaisesRegex(TypeError, "'set' object does not support indexing"):
                getattr(_bisect, name)(set(), 1)

    def test_negative_start(self):
        for name in FUNCTIONS:
            with self.assertRaisesRegex(ValueError, "^lo must be non-negative$"):
                getattr(_bisect, name)([1], 1, -1)


class InsertTests(Differential):
    def test_a_list_stays_sorted(self):
        for name in INSERTIONS:
            numbers = []
            for number in self.numbers() * 5:
                self.assertIsNone(getattr(_bisect, name)(numbers, number))
            self.assertEqual(numbers, sorted(numbers))

    def test_on_which_side(self):
        for name, expected in (("insort_left", [1.0, 1]), ("insort_right", [1, 1.0])):
            numbers = [1]
            getattr(_bisect, name)(numbers, 1.0)
            self.assertEqual([type(number) for number in numbers], [type(one) for one in expected])

    def test_other_sequences_are_asked_to_insert(self):
        class Recording(list):
            calls = []
            def insert(self, *args):
                self.calls.append(args)
                return "of no interest"
        for name in INSERTIONS:
            Recording.calls.clear()
            self.assertIsNone(getattr(_bisect, name)(Recording([1, 3]), 2))
            self.assertEqual(Recording.calls, [(1, 2)])
        for make in (lambda: collections.deque([1, 3]), lambda: array.array("i", [1, 3]),
                     lambda: collections.UserList([1, 3]), lambda: bytearray(b"ac")):
            for name in INSERTIONS:
                self.check(name, make, 98)

    def test_inserting_may_fail(self):
        class Refusing(list):
            def insert(self, index, item):
                raise ZeroDivisionError
        for name in INSERTIONS:
            self.assertIs(self.check(name, lambda: Refusing([1]), 1), ZeroDivisionError)
            self.assertIs(self.check(name, lambda: (1, 2), 1), AttributeError)
            self.assertIs(self.check(name, lambda: array.array("b", [1]), 1000), OverflowError)

    def test_the_key_is_asked_once_for_the_new_item(self):
        for name in INSERTIONS:
            seen = []
            getattr(_bisect, name)([1, 2, 3], 10, key=lambda item: seen.append(item) or item)
            self.assertEqual((seen[0], seen.count(10)), (10, 1))


class CallTests(unittest.TestCase):
    def test_wrong_calls(self):
        for name in FUNCTIONS:
            function = getattr(_bisect, name)
            for args, kwargs in (((), {}), (([],), {}), (([], 1, 0, 0, None), {}),
                                 (([], 1), {"a": []}), (([], 1), {"unknown": 1}),
                                 (([],), {"key": None}), ((), {"x": 1})):
                with self.subTest(name=name, args=args, kwargs=kwargs):
                    with self.assertRaises(TypeError) as caught:
                        function(*args, **kwargs)
                    self.assertIn(name, str(caught.exception))

    def test_keywords(self):
        for name in SEARCHES:
            self.assertEqual(getattr(_bisect, name)(x=9, hi=2, a=[1, 2, 3], lo=1, key=abs), 2)

    def test_signatures_are_those_of_bisect(self):
        for name in FUNCTIONS:
            self.assertEqual(inspect.signature(getattr(_bisect, name)),
                             inspect.signature(getattr(py_bisect, name)))

    def test_everything_is_described(self):
        self.assertIn("search", _bisect.__doc__)
        for name in FUNCTIONS:
            function = getattr(_bisect, name)
            self.assertEqual((function.__name__, function.__module__), (name, "_bisect"))
            self.assertGreater(len(function.__doc__), 30)

    def test_bisect_uses_it(self):
        import bisect
        for name in FUNCTIONS:
            self.assertIs(getattr(bisect, name), getattr(_bisect, name))


class ModuleTests(unittest.TestCase):
    def test_a_second_copy_goes_away(self):
        for in_a_cycle in (False, True):
            copy = importlib.util.module_from_spec(_bisect.__spec__)
            _bisect.__spec__.loader.exec_module(copy)
            copy.insort_left(collections.deque([1, 3]), 2)
            if in_a_cycle:
                copy.myself = copy
            gone = weakref.ref(copy)
            del copy
            gc.collect()
            self.assertIsNone(gone())

    def test_no_reference_is_lost(self):
        def fail(item):
            raise ZeroDivisionError

        def call_all(times):
            for _ in range(times):
                for name in FUNCTIONS:
                    function = getattr(_bisect, name)
                    outcome(function, [1.5, 2.5], 2)
                    outcome(function, collections.deque([1, 2]), 2, key=str)
                    outcome(function, [1, 2], 2, key=fail)
                    outcome(function, [1, "a"], "b")
                    outcome(function, {}, 1)
                    outcome(function, (), 1)
                    outcome(function, [], 1, 1 << 70)
                    outcome(function, [], 1, 0, "text")
                    outcome(function, [])

        # A leak in one of the calls would lose 100 each time.
        self.assertLess(references_lost(lambda: call_all(100), 50), 50)

    def test_many_threads_at_once(self):
        errors = []
        shared = list(range(0, 1000, 3))

        def work():
            try:
                own = []
                for number in random.Random(SEED).choices(range(1000), k=300):
                    _bisect.insort_left(own, number)
                    assert shared[_bisect.bisect_right(shared, number) - 1] <= number
                assert own == sorted(own)
            except BaseException as error:
                errors.append(error)

        try:
            threads = [threading.Thread(target=work) for _ in range(6)]
            for thread in threads:
                thread.start()
        except RuntimeError as error:
            self.skipTest(f"no threads here: {error}")
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])

    def test_in_an_isolated_interpreter(self):
        try:
            import _interpreters
        except ImportError:
            self.skipTest("needs _interpreters, which came with 3.13")
        for _ in range(3):
            interpreter = _interpreters.create()
            try:
                failure = _interpreters.exec(interpreter, """if True:
                    import _bisect, collections
                    assert _bisect.bisect_left(range(100), 42) == 42
                    queue = collections.deque([1, 3])
                    _bisect.insort_right(queue, 2)
                    assert list(queue) == [1, 2, 3]
                    """)
            finally:
                _interpreters.destroy(interpreter)
            self.assertIsNone(failure, getattr(failure, "formatted", failure))


if __name__ == "__main__":
    unittest.main()
