"""Tests of driver.py: run with the Python that it is to drive, `python test_driver.py`.

Modules of CPython written in C stand in for Rust ones: counting does not care who wrote them.
"""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
DRIVER = os.path.join(HERE, "driver.py")

FILES = {
    "test_passing": """
        import binascii
        import unittest

        class Passing(unittest.TestCase):
            def test_one(self):
                for _ in range(3):
                    binascii.crc32(b"x")
            def test_two(self):
                list(map(binascii.crc32, [b"not seen"]))
                args = (b"seen",)
                binascii.crc32(*args)
    """,
    "test_failing": """
        import unittest

        class Failing(unittest.TestCase):
            def test_failure(self):
                self.fail("on purpose")
            def test_error(self):
                raise RuntimeError("on purpose")
            def test_subtests(self):
                for i in range(3):
                    with self.subTest("number", i=i):
                        self.assertEqual(i, 1)
            @unittest.skip("on purpose")
            def test_skipped(self):
                pass
            def test_passing(self):
                pass

        class NotSetUp(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise RuntimeError("on purpose")
            def test_never(self):
                pass
    """,
    "test_not_importable": "import a_module_that_does_not_exist",
    "test_unexpected": """
        import unittest

        class Unexpected(unittest.TestCase):
            @unittest.expectedFailure
            def test_success(self):
                pass
    """,
    "test_all_skipped": """
        import unittest
        raise unittest.SkipTest("on purpose")
    """,
    "test_empty": "",
    "test_crashing": """
        import os
        import unittest

        class Crashing(unittest.TestCase):
            def test_crash(self):
                os._exit(7)
    """,
    "test_places": """
        import binascii
        import unittest

        class Places(unittest.TestCase):
            def call(self, function, *args):
                return function(*args)

            def test_mixed(self):
                # One place that calls many things, one of ours early on.
                for i in range(1000):
                    self.call(binascii.crc32 if i % 10 == 5 else len, b"x")
    """,
    "test_objects": """
        import array
        import unittest

        class Hostile:
            # Whoever looks at this object too closely fails the test.
            def __call__(self):
                return 1
            def __getattribute__(self, name):
                raise AssertionError(name)
            def __hash__(self):
                raise AssertionError("hash")
            def __eq__(self, other):
                raise AssertionError("eq")

        class Objects(unittest.TestCase):
            def test_methods_and_types(self):
                numbers = array.array("i")      # one: the type
                numbers.append(1)               # two: a method
                append = numbers.append
                append(2)                       # three: a bound method
                array.array.append(numbers, 3)  # four: through the type
                self.assertEqual(Hostile()(), 1)
    """,
}


def setUpModule():
    global directory
    directory = tempfile.TemporaryDirectory(prefix="sprint-driver-")
    unittest.addModuleCleanup(directory.cleanup)
    for name, text in FILES.items():
        with open(os.path.join(directory.name, name + ".py"), "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))


class DriverTestCase(unittest.TestCase):
    def setUp(self):
        handle, self.result = tempfile.mkstemp(prefix="result-", dir=directory.name)
        os.close(handle)
        os.unlink(self.result)

    def file(self, text):
        handle, path = tempfile.mkstemp(prefix="bind_", suffix=".py", dir=directory.name, text=True)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return path

    def drive(self, *arguments, flags=()):
        """Run the driver; return the finished process."""
        command = [sys.executable, *flags, DRIVER, *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=directory.name,
                              timeout=300)

    def run_tests(self, *tests, options=(), module="binascii"):
        """Run these test files; return the process and the result, if there is one."""
        done = self.drive("--result", self.result, "--module", module, *options, "--",
                          "--testdir", directory.name, *tests)
        result = None
        if os.path.exists(self.result):
            with open(self.result, encoding="utf-8") as file:
                result = json.load(file)
        return done, result


class RunTests(DriverTestCase):
    def test_passing(self):
        done, result = self.run_tests("test_passing")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Result: SUCCESS", done.stdout)
        seconds = result.pop("seconds")
        self.assertGreater(seconds, 0)
        origin = result.pop("loaded")["binascii"]
        self.assertIn(origin["loader"], ("ExtensionFileLoader", "BuiltinImporter"))
        self.assertEqual(result, {
            "format": 1, "exit_code": 0, "run": 2, "failed": 0, "skipped": 0, "failures": [],
            "files": {"test_passing": "PASSED"}, "rust_calls": {"binascii": 4},
            "rust_calls_note": None, "bound": [],
        })

    def test_every_kind_of_failure(self):
        done, result = self.run_tests(
            "test_failing", "test_not_importable", "test_unexpected", "test_all_skipped",
            "test_passing")
        self.assertEqual((done.returncode, result["exit_code"]), (2, 2))
        self.assertEqual(sorted(result["failures"]), [
            "test_failing.Failing.test_error",
            "test_failing.Failing.test_failure",
            "test_failing.Failing.test_subtests",
            "test_failing.NotSetUp.setUpClass",
            "test_not_importable",
            "test_unexpected",
        ])
        # Two of the three subtests fail.
        self.assertEqual(result["failed"], 7)
        self.assertEqual(result["skipped"], 2)
        self.assertEqual(result["files"], {
            "test_failing": "FAILED", "test_not_importable": "UNCAUGHT_EXC",
            "test_unexpected": "FAILED", "test_all_skipped": "SKIPPED", "test_passing": "PASSED",
        })
        # What regrtest itself counts, in the last lines it prints.
        self.assertIn(f"Total tests: run={result['run']} ", done.stdout)

    def test_a_failure_that_goes_away_when_run_again(self):
        # setUpModule ran once for all: a file of its own marks the first run.
        path = os.path.join(directory.name, "test_flaky.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(f"""
                import os, unittest
                class Flaky(unittest.TestCase):
                    def test_it(self):
                        if not os.path.exists({self.result!r} + ".mark"):
                            open({self.result!r} + ".mark", "w").close()
                            self.fail("the first time")
            """))
        done, result = self.run_tests("--rerun", "--single-process", "test_flaky")
        self.assertEqual((done.returncode, result["exit_code"]), (0, 0), done.stdout)
        self.assertEqual((result["run"], result["failed"], result["failures"]), (1, 0, []))

    def test_no_tests_ran(self):
        done, result = self.run_tests("test_empty")
        self.assertEqual((done.returncode, result["exit_code"], result["run"]), (4, 4, 0))
        self.assertEqual(result["files"], {"test_empty": "DID_NOT_RUN"})

    def test_a_file_that_does_not_exist(self):
        done, result = self.run_tests("test_nowhere")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual((result["failed"], result["failures"]), (1, ["test_nowhere"]))

    def test_a_crash_leaves_no_result_not_even_an_old_one(self):
        with open(self.result, "w", encoding="utf-8") as file:
            file.write('{"exit_code": 0}')
        done, result = self.run_tests("test_crashing")
        self.assertEqual(done.returncode, 7)
        self.assertIsNone(result)

    def test_arguments_of_regrtest_that_make_no_sense(self):
        done, result = self.run_tests("--no-such-option")
        self.assertEqual((done.returncode, result["exit_code"], result["run"]), (2, 2, 0))

    def test_workers(self):
        done, result = self.run_tests("-j2", "test_passing", "test_failing")
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertEqual(result["failed"], 5)
        self.assertIn("test_failing.Failing.test_error", result["failures"])
        self.assertIsNone(result["rust_calls"])
        self.assertIn("-j", result["rust_calls_note"])

    def test_fast_ci_does_not_start_python_anew(self):
        done, result = self.run_tests("--fast-ci", "--single-process", "test_passing")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(result["run"], 2)


class CountTests(DriverTestCase):
    def test_no_count(self):
        _, result = self.run_tests("test_passing", options=["--no-count"])
        self.assertIsNone(result["rust_calls"])
        self.assertIn("--no-count", result["rust_calls_note"])

    def test_methods_types_and_objects_that_do_not_want_to_be_looked_at(self):
        done, result = self.run_tests("test_objects", module="array")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(result["rust_calls"], {"array": 4})

    def test_a_place_that_calls_ours_early_is_watched_to_the_end(self):
        done, result = self.run_tests("test_places")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(result["rust_calls"], {"binascii": 100})

    def test_a_module_that_nobody_imports(self):
        _, result = self.run_tests("test_passing", module="_xxtestfuzz")
        self.assertEqual(result["loaded"], {"_xxtestfuzz": None})
        self.assertEqual(result["rust_calls"], {"_xxtestfuzz": 0})

    def test_tests_of_monitoring_are_not_watched(self):
        done = self.drive("--result", self.result, "--module", "binascii", "--",
                          "test_monitoring", "-m", "test_tool")
        with open(self.result, encoding="utf-8") as file:
            result = json.load(file)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIsNone(result["rust_calls"])
        self.assertIn("test_monitoring", result["rust_calls_note"])


class BindTests(DriverTestCase):
    def test_bound(self):
        bind = self.file("""
            import base64, binascii
            def bind():
                base64.standard_b64encode = binascii.b2a_base64
                return ["base64.standard_b64encode"]
        """)
        path = os.path.join(directory.name, "test_bound.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent("""
                import base64, unittest
                class Bound(unittest.TestCase):
                    def test_it(self):
                        self.assertEqual(base64.standard_b64encode(b"abc"), b"YWJj\\n")
            """))
        done, result = self.run_tests("test_bound", options=["--bind", bind])
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(result["bound"], ["base64.standard_b64encode"])
        self.assertEqual(result["rust_calls"], {"binascii": 1})

    def test_bad_binders(self):
        for text, message in (
            ("def bind(): return []", "bound nothing"),
            ("def bind(): return None", "must return a list of names"),
            ("def bind(): raise ZeroDivisionError", "ZeroDivisionError"),
            ("x = 1", "bind"),
        ):
            with self.subTest(text=text):
                done, result = self.run_tests("test_passing", options=["--bind", self.file(text)])
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(message, done.stderr)
                self.assertIsNone(result)

    def test_a_binder_that_is_not_there(self):
        done, result = self.run_tests("test_passing", options=["--bind", "nowhere.py"])
        self.assertEqual(done.returncode, 70)
        self.assertIn("not a Python file", done.stderr)
        self.assertIsNone(result)

    def test_workers_would_not_be_bound(self):
        bind = self.file("def bind(): return ['a']")
        done, result = self.run_tests("-j2", "test_passing", options=["--bind", bind])
        self.assertEqual(done.returncode, 70)
        self.assertIn("leave out -j", done.stderr)
        self.assertIsNone(result)


class ProbeTests(DriverTestCase):
    def probe(self, *modules, flags=()):
        options = [option for name in modules for option in ("--module", name)]
        done = self.drive("--probe", self.result, *options, flags=flags)
        with open(self.result, encoding="utf-8") as file:
            return done, json.load(file)

    def test_where_modules_come_from(self):
        done, result = self.probe("binascii", "sys", "json", flags=["-I", "-S"])
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual((result["format"], result["errors"]), (1, {}))
        self.assertEqual(result["loaded"]["sys"], {"origin": "built-in", "loader": "BuiltinImporter"})
        self.assertTrue(result["loaded"]["json"]["origin"].endswith("__init__.py"))
        self.assertIn("binascii", result["loaded"])

    def test_a_module_that_is_not_there(self):
        done, result = self.probe("binascii", "nowhere_at_all")
        self.assertEqual(done.returncode, 1)
        self.assertIsNone(result["loaded"]["nowhere_at_all"])
        self.assertIn("ModuleNotFoundError", result["errors"]["nowhere_at_all"])
        self.assertNotIn("binascii", result["errors"])


class UsageTests(DriverTestCase):
    def test_wrong_arguments(self):
        for arguments, message in (
            ([], "either --result FILE or --probe FILE"),
            (["--result", "a", "--probe", "b", "--module", "m"], "either --result FILE or"),
            (["--result", "a", "--", "test_x"], "at least one --module"),
            (["--result", "a", "--module", "m"], "after --"),
            (["--result"], "needs a value"),
            (["--what"], "unknown argument '--what'"),
        ):
            with self.subTest(arguments=arguments):
                done = self.drive(*arguments)
                self.assertEqual(done.returncode, 64)
                self.assertIn(message, done.stderr)
                self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
