"""Run CPython's test runner, and say in a file what came of it.

    python driver.py --result FILE --module NAME [--module NAME ...]
                     [--bind FILE] [--no-count] -- ARGUMENTS OF python -m test
    python driver.py --probe FILE --module NAME [--module NAME ...]

The first form runs test.libregrtest.main.main() in this process, as `python -m test` does, only
without starting Python anew for --fast-ci and its like. What regrtest prints passes through. Then it
writes one JSON object to the result file, in one step, and exits as regrtest would have:

    format         1
    exit_code      regrtest's
    run            tests run, as unittest counts them
    failed         errors and failures; a file that fails as a whole counts as one
    skipped        tests skipped; a file that is skipped as a whole counts as one
    failures       the names of what failed, such as "test.test_base64.BaseXYTestCase.test_b64encode"
    files          for each test file, regrtest's word for its outcome, such as "PASSED"
    loaded         for each module, where it was loaded from, or null when nothing imported it
    rust_calls     for each module, how many calls into it were seen; or null, and then:
    rust_calls_note  why they were not counted
    bound          what --bind put in the place of Python functions
    seconds        how long regrtest ran

No file means that the run did not end by itself: a crash, a timeout, a fault of this driver or of its
arguments (exit code 64 or 70, and a message).

The second form imports the modules, runs no test, and writes {"format", "loaded", "errors"}. It exits
with 1 when one of them could not be imported.

What is counted: CALL events of sys.monitoring, that is, calls made by Python code of this interpreter,
in any thread, to a function of the module, a method of one of its types, one of these types itself, or
an object of one. What is not seen: calls made by C code (map(), sorted(key=...), a C subclass),
operators (a + b, a[i], len(a)), other processes, subinterpreters, and a place in the code that has
called 100 other things before its first call into a module: it is not watched any longer, or the tests
would take twice as long. So the count is a lower bound; on a free-threaded build also because two
threads may count at once.
"""

import json
import os
import sys
import time
import types

FORMAT = 1
EXIT_USAGE = 64
EXIT_DRIVER = 70

#: Tests that look at the very mechanism that counting uses.
NOT_TO_BE_WATCHED = frozenset({
    "test_bdb", "test_capi", "test_cprofile", "test_dis", "test_monitoring", "test_opcache",
    "test_pdb", "test_profile", "test_sys_setprofile", "test_sys_settrace", "test_trace",
})

#: regrtest's words for a file that failed, whether or not one of its tests did.
FAILED_STATES = frozenset({
    "FAILED", "UNCAUGHT_EXC", "REFLEAK", "WORKER_FAILED", "WORKER_BUG", "TIMEOUT",
})
SKIPPED_STATES = frozenset({"SKIPPED", "RESOURCE_DENIED"})


class DriverError(Exception):
    """The driver cannot do what it was asked to; the arguments are the message and the exit code."""


class Options:
    """The driver's own command line, up to `--`."""

    def __init__(self, arguments):
        own, self.regrtest = split_at_dashes(arguments)
        self.result = self.probe = self.bind = None
        self.modules = []
        self.count = True
        waiting = iter(own)
        for option in waiting:
            if option == "--no-count":
                self.count = False
                continue
            if option not in ("--result", "--probe", "--bind", "--module"):
                raise DriverError(f"unknown argument {option!r}; see the top of driver.py", EXIT_USAGE)
            try:
                value = next(waiting)
            except StopIteration:
                raise DriverError(f"{option} needs a value", EXIT_USAGE) from None
            if option == "--module":
                self.modules.append(value)
            else:
                # Absolute, since regrtest changes the working directory.
                setattr(self, option[2:], os.path.abspath(value))
        if (self.result is None) == (self.probe is None):
            raise DriverError("give either --result FILE or --probe FILE", EXIT_USAGE)
        if not self.modules:
            raise DriverError("give at least one --module NAME", EXIT_USAGE)
        if self.result is not None and self.regrtest is None:
            raise DriverError("give regrtest's arguments after --", EXIT_USAGE)


def split_at_dashes(arguments):
    """What comes before the first `--`, and what comes after it or None."""
    if "--" not in arguments:
        return arguments, None
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1:]


def write_json(path, value):
    """Write in one step: whoever reads the file sees all of it or none."""
    temporary = path + ".tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.write("\n")
    os.replace(temporary, path)


def remove_old(path):
    """A result of an earlier run must not pass for one of this run."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


# --- where modules come from

def describe_loaded(name):
    """Where the module `name` was loaded from, or None when it is not loaded."""
    module = sys.modules.get(name)
    if module is None:
        return None
    spec = getattr(module, "__spec__", None)
    origin = getattr(spec, "origin", None)
    loader = getattr(spec, "loader", None)
    if loader is not None and not isinstance(loader, type):
        loader = type(loader)
    return {"origin": origin, "loader": loader.__name__ if loader else None}


def probe(options):
    """Import the modules and report where they came from; run nothing."""
    import importlib

    remove_old(options.probe)
    errors = {}
    for name in options.modules:
        try:
            importlib.import_module(name)
        except Exception as error:
            errors[name] = f"{type(error).__name__}: {error}"
    loaded = {name: describe_loaded(name) for name in options.modules}
    write_json(options.probe, {"format": FORMAT, "loaded": loaded, "errors": errors})
    return 1 if errors else 0


# --- binding

def bind(path):
    """Run the bind() of the file `path`; return the names it bound."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("sprint_bind", path)
    if spec is None or not os.path.isfile(path):
        raise DriverError(f"--bind {path}: not a Python file", EXIT_DRIVER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    bound = module.bind()
    if not isinstance(bound, list) or not all(isinstance(name, str) for name in bound):
        raise DriverError(f"--bind {path}: bind() must return a list of names, not {bound!r}",
                          EXIT_DRIVER)
    if not bound:
        raise DriverError(f"--bind {path}: bind() bound nothing, so its tests would prove nothing",
                          EXIT_DRIVER)
    return bound


# --- counting

class CallCounter:
    """Counts the calls that Python code makes into some modules."""

    NAME = "sprint"
    #: 0, 1, 2 and 5 are set aside for debuggers, coverage, profilers and optimizers.
    TOOL_IDS = (4, 3)
    #: A place in the code is watched until it has called so many other things.
    PATIENCE = 100

    def __init__(self, modules):
        self.counts = dict.fromkeys(modules, 0)
        self.note = "counting was never started"
        self.tool = None

    def start(self):
        """Start counting, unless that is impossible; the note then says why."""
        monitoring = getattr(sys, "monitoring", None)
        if monitoring is None:
            self.note = "this Python has no sys.monitoring (it came with 3.12)"
            return
        for tool in self.TOOL_IDS:
            if monitoring.get_tool(tool) is None:
                break
        else:
            self.note = "the free tool ids of sys.monitoring are taken"
            return
        monitoring.use_tool_id(tool, self.NAME)
        monitoring.register_callback(tool, monitoring.events.CALL, self.callback())
        monitoring.set_events(tool, monitoring.events.CALL)
        self.tool = tool
        self.note = None

    def callback(self):
        """The function that sys.monitoring calls for each call.

        It runs for every call in every test, so all it uses is local, and it runs no code of the
        tests: no comparison, no hash, no attribute that a class could define.
        """
        counts = self.counts
        # For each place, how many other things it has called; negative once it has called a module.
        others = {}
        patience = self.PATIENCE
        disable = sys.monitoring.DISABLE
        builtin = types.BuiltinFunctionType
        descriptors = (types.MethodDescriptorType, types.WrapperDescriptorType,
                       types.ClassMethodDescriptorType)
        method_wrapper = types.MethodWrapperType
        function = types.FunctionType
        class_module = type.__dict__["__module__"].__get__
        class_flags = type.__dict__["__flags__"].__get__
        class_of_classes = 1 << 31  # Py_TPFLAGS_TYPE_SUBCLASS; isinstance() may ask the object.

        def module_of(called):
            kind = type(called)
            if kind is function:
                return None
            try:
                if kind is builtin:
                    module = called.__module__
                    if module is None:
                        # A method of an object, or of a class.
                        owner = called.__self__
                        is_class = class_flags(type(owner)) & class_of_classes
                        return class_module(owner if is_class else type(owner))
                    return module
                if kind in descriptors:
                    return class_module(called.__objclass__)
                if kind is method_wrapper:
                    return class_module(type(called.__self__))
                return class_module(called if class_flags(kind) & class_of_classes else kind)
            except AttributeError:
                return None

        def count(code, offset, called):
            place = (id(code), offset)
            module = module_of(called)
            if type(module) is str and module in counts:
                counts[module] += 1
                others[place] = -1
                return None
            seen = others.get(place, 0)
            if seen < 0:
                return None
            if seen >= patience:
                # Another code object may get the same id later, and starts anew.
                # Without a GIL another thread may have done the same just now.
                others.pop(place, None)
                return disable
            others[place] = seen + 1
            return None

        def on_call(code, offset, called, first):
            try:
                return count(code, offset, called)
            except MemoryError:
                # A test that makes memory run out means its own calls; this one is not counted.
                return None

        return on_call

    def stop(self):
        """Stop counting; return the counts, or None."""
        if self.tool is None:
            return None
        monitoring = sys.monitoring
        if monitoring.get_tool(self.tool) != self.NAME:
            self.note = "a test took the tool id of sys.monitoring away"
            return None
        monitoring.set_events(self.tool, 0)
        monitoring.register_callback(self.tool, monitoring.events.CALL, None)
        monitoring.free_tool_id(self.tool)
        return self.counts


def why_not_count(regrtest):
    """A reason not to watch this run, or None."""
    if getattr(regrtest, "num_workers", 0):
        return "the tests ran in worker processes (-j)"
    if getattr(regrtest, "hunt_refleak", None):
        return "counting would disturb the search for leaks (-R)"
    selected = {name.rpartition(".")[2] for name in getattr(regrtest, "cmdline_args", None) or ()}
    watched = sorted(selected & NOT_TO_BE_WATCHED)
    if watched:
        return f"counting would disturb {', '.join(watched)}"
    return None


# --- results

def test_name(described):
    """From unittest's str(test) to a dotted name.

    >>> test_name("test_y (test.test_x.X.test_y) [message] (i=1)")
    'test.test_x.X.test_y'
    >>> test_name("setUpClass (test.test_x.X)")
    'test.test_x.X.setUpClass'
    """
    method, _, rest = described.partition(" (")
    where, closing, _ = rest.partition(")")
    if not closing:
        return described
    if where.rpartition(".")[2] == method:
        return where
    return f"{where}.{method}"


class Results:
    """What regrtest found, file by file."""

    def __init__(self):
        self.run = 0
        self.skipped = 0
        #: For each file its last outcome: a file may be run again because it failed.
        self.last = {}

    def add(self, result, rerun):
        """Take in regrtest's result of one file."""
        name, state = result.test_name, result.state
        self.last[name] = result
        if rerun:
            return
        if result.stats is not None:
            self.run += result.stats.tests_run
            self.skipped += result.stats.skipped
        elif state in SKIPPED_STATES:
            self.skipped += 1

    def failures(self):
        """How many failures there are, and the names of what failed."""
        count, names = 0, []
        for name, result in self.last.items():
            details = [*(result.errors or ()), *(result.failures or ())]
            if details:
                count += len(details)
                names.extend(test_name(described) for described, *_ in details)
            elif result.state in FAILED_STATES:
                # Not imported, leaking, unexpectedly successful: no test of its own to blame.
                count += 1
                names.append(name)
        return count, list(dict.fromkeys(names))

    def files(self):
        """The last outcome of each file."""
        return {name: str(result.state) for name, result in self.last.items()}


def run_regrtest(arguments, results, before):
    """Run regrtest as `python -m test` does; return its exit code.

    `before` is called with the Regrtest object when the command line has been understood.
    """
    import test
    from test.libregrtest import main as regrtest_main

    sys.argv = [os.path.join(os.path.dirname(test.__file__), "__main__.py"), *arguments]

    class WatchedRegrtest(regrtest_main.Regrtest):
        def __init__(self, *positional, **named):
            super().__init__(*positional, **named)
            before(self)

    class WatchedResults(regrtest_main.TestResults):
        def accumulate_result(self, result, runtests):
            results.add(result, runtests.rerun)
            super().accumulate_result(result, runtests)

    # main() finds both classes by these names.
    regrtest_main.Regrtest = WatchedRegrtest
    regrtest_main.TestResults = WatchedResults
    try:
        regrtest_main.main()
    except SystemExit as end:
        if end.code is None:
            return 0
        return end.code if isinstance(end.code, int) else 1
    return 0


def run(options):
    """Run the tests and write the result file; return the exit code."""
    remove_old(options.result)
    process = os.getpid()
    bound = bind(options.bind) if options.bind else []
    counter = CallCounter(options.modules)
    results = Results()

    def before(regrtest):
        if options.bind and getattr(regrtest, "num_workers", 0):
            raise DriverError("--bind does not reach worker processes: leave out -j", EXIT_DRIVER)
        if not options.count:
            counter.note = "not asked for (--no-count)"
        elif reason := why_not_count(regrtest):
            counter.note = reason
        else:
            counter.start()

    started = time.perf_counter()
    try:
        exit_code = run_regrtest(options.regrtest, results, before)
    finally:
        rust_calls = counter.stop()
    seconds = time.perf_counter() - started
    if os.getpid() != process:
        # A child that a test forked came out here. The result is its parent's to write.
        return exit_code
    failed, failures = results.failures()
    write_json(options.result, {
        "format": FORMAT,
        "exit_code": exit_code,
        "run": results.run,
        "failed": failed,
        "skipped": results.skipped,
        "failures": failures,
        "files": results.files(),
        "loaded": {name: describe_loaded(name) for name in options.modules},
        "rust_calls": rust_calls,
        "rust_calls_note": counter.note,
        "bound": bound,
        "seconds": round(seconds, 3),
    })
    return exit_code


def main():
    """Run the driver; return the exit code."""
    if not sys.flags.safe_path and sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
        # Tests must not be able to import what happens to lie beside this file.
        del sys.path[0]
    try:
        options = Options(sys.argv[1:])
        return probe(options) if options.probe else run(options)
    except DriverError as error:
        message, exit_code = error.args
        print(f"driver.py: {message}", file=sys.stderr)
        return exit_code


if __name__ == "__main__":
    sys.exit(main())
