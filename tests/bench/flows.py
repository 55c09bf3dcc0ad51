"""The two flows that are compared, and how each of their runs is timed."""

import contextlib
import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

#: In the order in which a round does them. `unpack` and `cold` begin from nothing.
CASES = ("unpack", "cold", "no-op", "edit", "snapshot", "caches", "room")
#: What the plain flow has no counterpart of (others.py): it would begin from nothing again, so that is what counts.
KIT_ONLY = {"snapshot": "cold", "caches": "cold", "room": "cold"}
#: A program without which there is nothing to measure.
NEEDED = {"snapshot": ("zstd",), "caches": ("sccache",), "room": ("zstd", "redis-server")}
#: What must have brought the build in them, by the report.
BROUGHT_BY = {"snapshot": {"snapshot": "hit"}, "caches": {"snapshot": "off", "compile": "hit"}, "room": {"snapshot": "hit"}}
MODULE = "base64"
#: Whose line is edited: the crate at the bottom, so that everything above it is built again too.
EDITED = Path("_base64/codec/src/lib.rs")
PLAIN = Path(__file__).with_name("plain.sh")

#: What would make one of the flows another than everybody's.
DROPPED = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "CFLAGS", "CPPFLAGS", "LDFLAGS", "RUSTFLAGS", "RUSTC_WRAPPER",
           "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET", "CARGO_INCREMENTAL", "PYTHONPATH", "PYTHONHOME",
           "SOURCE_DATE_EPOCH", "SPRINT_BINARY", "SPRINT_SOURCE", "SPRINT_SNAPSHOT", "SPRINT_SNAPSHOT_STORE", "SPRINT_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
           "XDG_DATA_HOME", "XDG_STATE_HOME")


class SetupError(Exception):
    """The bench cannot begin."""


class NotGreen(Exception):
    """A flow failed, or did other work than it was meant to. Its log goes with it."""

    def __init__(self, message, log):
        super().__init__(message)
        self.log = log


@dataclasses.dataclass
class Run:
    """One timed run."""

    seconds: float
    #: Seconds by step, as far as the flow says them.
    steps: dict
    #: Tests that ran; 0 where the case runs none.
    tests: int


def tail(path, lines=40):
    """The end of a log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def jobs():
    """Processors that this process may use: the kit counts the same."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def timed(command, cwd, env, log, on_line=None):
    """Runs a command in a process group of its own; its wall-clock seconds and its stdout.

    stderr goes to the log. If we are stopped, so is the group.
    """
    os.sync()  # what the run before left to write is not this one's to wait for
    with log.open("ab") as errors:
        errors.write(f"$ (cd {cwd} && {' '.join(map(str, command))})\n".encode())
        errors.flush()
        begin = time.monotonic()
        child = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=errors, text=True, errors="replace", start_new_session=True)
        out = []
        try:
            for line in child.stdout:
                out.append(line)
                if on_line:
                    on_line(line, time.monotonic() - begin)
            code = child.wait()
        except BaseException:
            end(child)
            raise
        seconds = time.monotonic() - begin
        errors.write("".join(out).encode())
    return code, seconds, "".join(out)


def end(child):
    """Ends a process group, politely at first."""
    for number, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        try:
            child.wait(patience)
            return
        except subprocess.TimeoutExpired:
            continue


def size(directory):
    """Bytes of all files below a directory, each counted once."""
    return sum(path.lstat().st_size for path in directory.rglob("*") if path.is_file() and not path.is_symlink())


def edit(modules, number):
    """Changes one line of Rust, to something that it was not before."""
    file = modules / EDITED
    text = file.read_text()
    line = f"/// A line of the bench.\npub const BENCH_ROUND: u64 = {time.time_ns()};\n"
    text = re.sub(r"/// A line of the bench\.\npub const BENCH_ROUND: .*\n", "", text)
    file.write_text(f"{text}{line}")


class Plain:
    """configure, make, cargo build, python -m test."""

    def __init__(self, bench, directory):
        self.bench, self.directory = bench, directory
        directory.mkdir()
        self.log = directory / "log"
        self.modules, self.build = directory / "modules", directory / "build"
        self.source = directory / bench.unpacked_name
        shutil.copytree(bench.kit / "modules", self.modules, ignore=shutil.ignore_patterns("target"))

    def run(self, case, number):
        if case == "unpack":
            code, seconds, _ = timed(["tar", "-xf", str(self.bench.tarball), "-C", str(self.directory)],
                                     self.directory, self.bench.env, self.log)
            if code:
                raise NotGreen("tar failed", tail(self.log))
            return Run(seconds, {}, 0)
        if not self.source.is_dir():
            self.run("unpack", number)
        if case == "edit":
            edit(self.modules, number)
        marks = []

        def on_line(line, at):
            if line.startswith("== ") and not line.rstrip().endswith("=="):
                marks.append((line[3:].strip(), at))

        code, seconds, out = timed(
            ["sh", str(PLAIN), str(self.source), str(self.build), str(self.modules), str(jobs())],
            self.directory, self.bench.env, self.log, on_line)
        if code:
            raise NotGreen(f"plain, {case}: exit code {code}", tail(self.log))
        steps = {name: round(after - at, 3) for (name, at), (_, after) in zip(marks, marks[1:])}
        tests = [int(found.replace(",", "")) for found in re.findall(r"Total tests: run=([\d,]+)", out)]
        if not tests or 0 in tests:
            raise NotGreen(f"plain, {case}: no tests ran", tail(self.log))
        self.check(case, steps)
        return Run(seconds, steps, sum(tests))

    def check(self, case, steps):
        """It did what the case says."""
        if ("configure" in steps) != (case == "cold"):
            raise NotGreen(f"plain, {case}: the steps were {list(steps)}", tail(self.log))
        log = self.log.read_text(errors="replace")
        built = "Compiling _base64 " in log.rpartition("\n$ ")[2]
        if self.bench.real and built != (case != "no-op"):
            raise NotGreen(f"plain, {case}: cargo built the module: {built}", tail(self.log))


class Kit:
    """A clone of the kit, as a newcomer has it after bootstrap, in a home directory that holds the source's archive."""

    def __init__(self, bench, directory, home=None):
        self.bench, self.directory = bench, directory
        directory.mkdir(parents=True)
        self.log = directory / "log"
        self.root = bench.clone(directory / "kit")
        self.home = home or bench.home(directory / "home")
        self.env = {**bench.env, "HOME": str(self.home)}
        #: What a command is begun with: as whom it runs.
        self.prefix = ()
        #: Clones of others, whose cache servers are to be ended too.
        self.others = []
        #: Bytes that a room's guests fetched; 0 without one.
        self.wire = 0

    def run(self, case, number):
        if case == "unpack":
            return Run(self.do(case, ["source"])[0], {}, 0)
        if not (self.root / "build/sources").is_dir():
            self.run("unpack", number)
        if case == "edit":
            edit(self.root / "modules", number)
        run = self.green(case)
        if case == "cold":
            self.check_jobs()
            self.wait_for_snapshot()
        return run

    def green(self, case, more=None):
        """The module's test, green, by the work that the case says."""
        seconds, out = self.do(case, ["test-module", MODULE, "--json"], more)
        try:
            report = json.loads(out)
        except ValueError:
            raise NotGreen(f"kit, {case}: no report", tail(self.log)) from None
        steps = report["seconds"]
        if report["outcome"] != "green" or not report["proof"]:
            raise NotGreen(f"kit, {case}: {report['outcome']}", tail(self.log))
        wanted = {"cold": (True, True), "caches": (True, True), "edit": (False, True)}.get(case, (False, False))
        done = steps["make"] > 0, steps["cargo"] > 0
        if done != wanted:
            raise NotGreen(f"kit, {case}: make and cargo ran: {done}", tail(self.log))
        seen = {name: report["cache"].get(name) for name in BROUGHT_BY.get(case, {})}
        if seen != BROUGHT_BY.get(case, {}):
            raise NotGreen(f"kit, {case}: what brought the build was {report['cache']}", tail(self.log))
        return Run(seconds, steps, report["conformance"]["run"] + report["regrtest"]["run"])

    def do(self, case, arguments, more=None):
        """One recipe."""
        command = [*self.prefix, *self.bench.just(self.root), *arguments]
        code, seconds, out = timed(command, self.root, {**self.env, **(more or {})}, self.log)
        if code:
            raise NotGreen(f"kit, {case}: exit code {code}", tail(self.log))
        return seconds, out

    def close(self):
        """Ends the compile cache's servers, which would stay for ten minutes."""
        for other in self.others:
            other.close()
        sccache = self.bench.find("sccache")
        for socket in (self.home / ".cache/sprint-kit/servers").glob("*"):
            if sccache and socket.is_socket():
                subprocess.run([sccache, "--stop-server"], env={**self.env, "SCCACHE_SERVER_UDS": str(socket)},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    def wait_for_snapshot(self):
        """What the kit does in the background after a build must not slow down what is measured next."""
        if not all(map(self.bench.find, NEEDED["snapshot"])):
            return  # then none is made
        deadline = time.monotonic() + 120
        while not list(self.snapshots().glob("v1/*.minisig")):
            if time.monotonic() > deadline:
                raise NotGreen("kit, cold: no snapshot was saved within 120 s", tail(self.log))
            time.sleep(0.2)

    def snapshots(self):
        """The person's own store."""
        return self.home / ".cache/sprint-kit/snapshots"

    def bytes(self):
        """What lies on the disk after a round."""
        builds = [path for path in self.root.glob("build/*/*") if (path / ".sprint").is_dir()]
        return {
            "build": sum(size(path) for path in builds),
            "objects": size(self.home / ".cache/sprint-kit/objects"),
            "snapshot": sum(path.stat().st_size for path in self.snapshots().glob("v1/*.tar.zst")),
            "wire": self.wire,
        }

    def check_jobs(self):
        """The kit gave make as many jobs as the plain flow did."""
        for log in self.root.glob("build/*/*/.sprint/make.log"):
            line = log.read_text(errors="replace").partition("\n")[0]
            if f"make -j{jobs()}" not in line:
                raise NotGreen(f"the kit did not run make -j{jobs()}", line)


class Bench:
    """What all rounds share."""

    def __init__(self, kit, scratch):
        self.kit, self.scratch = kit.resolve(), scratch.resolve()
        self.pins = (self.kit / "pins.toml").read_text()
        version = self.pin("cpython.release", "version")
        self.unpacked_name = f"Python-{version}"
        self.tarball = self.scratch / f"Python-{version}.tar.xz"
        self.binary, self.room_binary = self.kit / "target/debug/sprint", self.kit / "target/debug/sprint-room"
        #: A stand-in kit has no compiler whose output could be looked at.
        self.real = not (self.kit / "stand-in").exists()
        home = Path(os.environ.get("HOME", "/root"))
        self.user_cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "sprint-kit"
        self.env = {name: value for name, value in os.environ.items() if name not in DROPPED}
        # The toolchain and its registry are the machine's, the same for both; everything else begins empty.
        self.env.setdefault("CARGO_HOME", str(home / ".cargo"))
        self.env.setdefault("RUSTUP_HOME", str(home / ".rustup"))
        self.env["SCCACHE_DIR"] = str(self.scratch / "sccache")
        own = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "sprint-kit/bin"
        self.env["PATH"] = f"{self.env.get('PATH', os.defpath)}{os.pathsep}{own}"
        self.env["HOME"] = str(self.scratch / "home")

    def pin(self, section, key):
        """A value of pins.toml."""
        body = self.pins.partition(f"\n[{section}]\n")[2].partition("\n[")[0]
        found = re.search(rf'^{key} = "(.*)"$', body, re.MULTILINE)
        if not found:
            raise SetupError(f"pins.toml has no {key} in [{section}]")
        return found[1]

    def find(self, program):
        """Where the kit would find it: on PATH, or where bootstrap puts what is for the kit alone."""
        return shutil.which(program, path=self.env["PATH"])

    def just(self, root):
        """How a recipe is typed."""
        just = self.find("just")
        if not just:
            raise SetupError("just is not installed: ./scripts/bootstrap.sh --only just")
        return [just, "--justfile", str(root / "Justfile")]

    def prepare(self, cases):
        """Compiles the kit, fetches the source and the crates; what it found, in words."""
        (self.scratch / "home").mkdir()
        ours = {name: value for name, value in os.environ.items() if name not in DROPPED or name.startswith("XDG_")}
        for words in (["--version"], ["--quiet", "source"]):
            command = [str(self.kit / "scripts/sprint"), *words]
            if subprocess.run(command, env=ours, cwd=self.kit, stdout=subprocess.DEVNULL, check=False).returncode:
                raise SetupError(f"scripts/sprint {' '.join(words)} failed")
        places = (self.user_cache / "downloads", self.kit / "build/downloads")
        found = next((place / self.tarball.name for place in places if (place / self.tarball.name).is_file()), None)
        if not found:
            raise SetupError(f"{self.tarball.name} is in none of: {', '.join(map(str, places))}; "
                             "try: just source release")
        shutil.copyfile(found, self.tarball)
        if "room" in cases and self.real:
            built = subprocess.run(["cargo", "build", "--quiet", "--locked", "-p", "sprint-room"], env=ours, cwd=self.kit, check=False)
            if built.returncode:
                raise SetupError("cargo build -p sprint-room failed")
        fetched = subprocess.run(["cargo", "fetch", "--quiet", "--locked", "--manifest-path",
                                  str(self.kit / "modules/Cargo.toml")], env=self.env, check=False)
        if fetched.returncode:
            raise SetupError("cargo fetch failed for the modules")
        edits = subprocess.run(["git", "-C", str(self.kit), "status", "--porcelain", "--untracked-files=no"],
                               capture_output=True, text=True, check=True).stdout
        if edits:
            return "clones of HEAD; edits that are not committed are not measured"
        return "clones of HEAD"

    def clone(self, to):
        """A clone with the compiled program in it, newer than its sources."""
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(self.kit), str(to)], check=True)
        if self.binary.is_file():
            target = to / "target/debug"
            target.mkdir(parents=True)
            shutil.copy(self.binary, target / "sprint")
            os.utime(target / "sprint")
        return to

    def home(self, at):
        """A home directory that holds the downloaded source and nothing else."""
        downloads = at / ".cache/sprint-kit/downloads"
        downloads.mkdir(parents=True)
        shutil.copyfile(self.tarball, downloads / self.tarball.name)
        return at

    @contextlib.contextmanager
    def round(self, number):
        """Both flows, with directories of their own that go when the round ends."""
        directory = self.scratch / f"round-{number}"
        directory.mkdir()
        kit = Kit(self, directory / "kit")
        try:
            yield {"plain": Plain(self, directory / "plain"), "kit": kit}
        finally:
            kit.close()
            shutil.rmtree(directory, ignore_errors=True)
