"""The bench on a stand-in: the small configure/make tree of tests/fixtures/tiny, and a kit of a few lines."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import bench  # noqa: E402
import flows  # noqa: E402
import table  # noqa: E402

TINY = HERE.parent / "fixtures/tiny/tree"

#: Builds the tree of its clone as plain.sh does, and reports as `sprint test --json` does.
SPRINT = r"""#!/usr/bin/env python3
import json, os, pathlib, subprocess, sys
root = pathlib.Path(__file__).resolve().parents[1]
words = [word for word in sys.argv[1:] if word != "--quiet"]
if words == ["--version"]:
    sys.exit()
sources, build = root / "build/sources", root / "build/tiny/native/.sprint"
tarball = pathlib.Path(os.environ["HOME"], ".cache/sprint-kit/downloads/Python-0.0.1.tar.xz")
if tarball.exists() and not sources.exists():
    sources.mkdir(parents=True)
    subprocess.run(["tar", "-xf", tarball, "-C", sources], check=True)
if words[0] == "source":
    sys.exit()
lead = pathlib.Path(os.environ["HOME"], ".cache/sprint-kit/snapshots")
if words[:2] == ["room", "up"]:
    import http.server
    counter = lead / "served"
    class Board(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            sent = counter.read_text().splitlines() if counter.exists() else []
            body = json.dumps({"savings": {"served": [len(sent), sum(map(int, sent))]}}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *_):
            pass
    port = int(words[words.index("--port") + 1])
    server = http.server.HTTPServer(("127.0.0.1", port), Board)
    print(f"  just room join 'http://127.0.0.1:{port}/#{lead}'", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit()
room = pathlib.Path(os.environ["HOME"], ".room")
if words[:2] == ["room", "join"]:
    room.write_text(words[2].partition("#")[2])
    sys.exit()
store = pathlib.Path(room.read_text() if room.exists() else lead, "v1")
off = os.environ.get("SPRINT_SNAPSHOT") == "off"
restored = not build.exists() and store.exists() and not off
if restored:
    build.mkdir(parents=True)
    (build / "edited").write_text((store / "a.tar.zst").read_text())
    if room.exists():
        with (store.parent / "served").open("a") as served:
            served.write("100\n")
first = not build.exists()
if first:
    build.mkdir(parents=True)
    jobs = len(os.sched_getaffinity(0))
    (build / "make.log").write_text(f"$ (cd somewhere && make -j{jobs})\n")
    subprocess.run(["sh", sources / "Python-0.0.1/configure"], cwd=build, check=True, stdout=sys.stderr)
    subprocess.run(["make"], cwd=build, check=True, stdout=sys.stderr)
seen = build / "edited"
text = (root / "modules/_base64/codec/src/lib.rs").read_text()
edited = not seen.exists() or seen.read_text() != text
seen.write_text(text)
if first:
    store.mkdir(parents=True, exist_ok=True)
    for name in ("a.tar.zst", "a.json.minisig"):
        (store / name).write_text(text)
seconds = {"configure": 2.0 * first, "make": 3.0 * first, "cargo": 1.0 * edited, "build": 5.1 * first}
print(json.dumps({"outcome": OUTCOME, "proof": {}, "seconds": seconds,
                  "conformance": {"run": 3}, "regrtest": {"run": 6},
                  "cache": {"snapshot": "off" if off else "hit" if restored else "unneeded", "compile": "hit"}}).replace('"proof": {}', '"proof": {"a": 1}'))
"""

CARGO = """#!/bin/sh
case $1 in build) mkdir -p target/debug && echo module >target/debug/lib_base64.so ;; esac
"""

JUSTFILE = """set positional-arguments
source *args:
    ./scripts/sprint source "$@"
test-module *args:
    ./scripts/sprint test "$@"
room *args:
    ./scripts/sprint room "$@"
"""


def put(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


class StandIn(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="bench-test-")
        self.addCleanup(temporary.cleanup)
        self.top = Path(temporary.name).resolve()
        self.kit, self.scratch = self.top / "kit", self.top / "scratch"
        self.scratch.mkdir()
        tree = self.top / "Python-0.0.1"
        subprocess.run(["cp", "-R", str(TINY), str(tree)], check=True)
        for number in range(4):
            put(tree / f"Objects/o{number}.c", "text\n")
        configure = (tree / "configure").read_text()
        shebang = r"printf '#!/bin/sh\n' >$@"
        self.assertIn(shebang, configure)
        says = r"""printf '#!/bin/sh\necho "Total tests: run=3"\n' >$@"""
        put(tree / "configure", configure.replace(shebang, says), 0o755)
        downloads = self.top / "cache/sprint-kit/downloads"
        downloads.mkdir(parents=True)
        subprocess.run(["tar", "-cJf", str(downloads / "Python-0.0.1.tar.xz"), "-C", str(self.top), tree.name],
                       check=True)
        put(self.top / "bin/cargo", CARGO, 0o755)
        self.make_kit("green")

    def make_kit(self, outcome):
        put(self.kit / "pins.toml", 'format = 1\n\n[cpython.release]\nversion = "0.0.1"\n\n[rust]\n')
        put(self.kit / "Justfile", JUSTFILE)
        put(self.kit / "stand-in", "")
        put(self.kit / "scripts/sprint", SPRINT.replace("OUTCOME", repr(outcome)), 0o755)
        put(self.kit / "modules/_base64/codec/src/lib.rs", "// code\n")
        put(self.kit / "modules/_base64/tests/bind.py", "")
        put(self.kit / "docs/performance.md", f"before\n{table.BEGIN}\nstale figures\n{table.END}\nafter\n")
        git = ["git", "-C", str(self.kit), "-c", "user.name=a", "-c", "user.email=a@b"]
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "."]):
            subprocess.run([*git, *words], check=True)

    def start(self, *arguments):
        env = {**os.environ, "PATH": f"{self.top / 'bin'}{os.pathsep}{os.environ['PATH']}",
               "XDG_CACHE_HOME": str(self.top / "cache")}
        return subprocess.Popen(
            [sys.executable, str(HERE / "bench.py"), "--kit", str(self.kit), "--scratch", str(self.scratch),
             *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def bench(self, code, *arguments):
        child = self.start(*arguments)
        out, err = child.communicate(timeout=120)
        self.assertEqual(child.returncode, code, f"{out}\n{err}")
        self.assertEqual(list(self.scratch.iterdir()), [], "the scratch directory is not clean")
        return out, err

    def test_every_row_is_run_in_every_round_and_the_table_is_written(self):
        out, err = self.bench(0, "--rounds", "2", "--guests", "3", "--json", "--write")
        answer = json.loads(out)
        self.assertEqual([row["case"] for row in answer["rows"]], list(flows.CASES))
        for row in answer["rows"]:
            for flow in ("plain", "kit"):
                self.assertEqual(len(row[flow]["seconds"]), 2)
                self.assertGreater(row[flow]["median"], 0)
            self.assertGreater(row["ratio"], 0)
            self.assertEqual(row["tests"], 0 if row["case"] == "unpack" else 9)
            self.assertIn(f"| {row['title']} |", (self.kit / "docs/performance.md").read_text())
        # 5.1 s of wall clock, 5 of them configure and make: a tenth of cargo's second was to be seen.
        self.assertAlmostEqual(answer["cargo_hidden"]["part"], 0.9)
        document = (self.kit / "docs/performance.md").read_text()
        self.assertTrue(document.startswith(f"before\n{table.BEGIN}\n") and document.endswith(f"{table.END}\nafter\n"))
        self.assertNotIn("stale", document)
        self.assertIn("again, one line of Rust edited", document)
        # Its plain side is what the plain flow would have to do instead.
        at = {row["case"]: row for row in answer["rows"]}
        for case in ("snapshot", "caches", "room"):
            self.assertEqual(at[case]["plain"], at["cold"]["plain"])
        self.assertIn("a room of 3 guests", at["room"]["title"])
        self.assertGreater(answer["bytes"]["snapshot"], 0)
        self.assertEqual(answer["bytes"]["wire"], 300)
        self.assertIn("Median of 2 rounds", document)
        # The second round begins with the other flow.
        order = [line.split()[4] for line in err.splitlines() if " cold " in line]
        self.assertEqual(order, ["plain", "kit", "kit", "plain"])

    def test_a_run_that_is_not_green_is_an_error(self):
        self.make_kit("tests-failed")
        _, err = self.bench(4, "--rounds", "1")
        self.assertIn("error[not-green]: kit, cold: tests-failed", err)

    def test_ctrl_c_ends_what_runs_and_leaves_nothing(self):
        put(self.top / "bin/make", "#!/bin/sh\necho $$ >'" + str(self.top / "pid") + "'\nexec sleep 60\n", 0o755)
        child = self.start("--rounds", "1")
        deadline = time.monotonic() + 30
        while not (self.top / "pid").exists():
            self.assertLess(time.monotonic(), deadline, "make was never started")
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=30)
        self.assertEqual(child.returncode, 130, err)
        self.assertEqual(list(self.scratch.iterdir()), [])
        # A process that nobody has waited for yet has ended, too.
        pid = (self.top / "pid").read_text().strip()
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
        except (FileNotFoundError, ProcessLookupError):
            state = "gone"
        self.assertIn(state, ("gone", "Z"))

    def test_a_path_that_the_plain_flow_cannot_take_is_refused(self):
        blank = self.top / "a blank"
        blank.mkdir()
        self.assertEqual(bench.main(["--kit", str(self.kit), "--scratch", str(blank)]), 3)

    def test_a_small_disk_is_said_before_anything_is_done(self):
        with mock.patch.object(bench.shutil, "disk_usage") as usage:
            usage.return_value.free = 1 << 20
            self.assertEqual(bench.main(["--kit", str(self.kit), "--scratch", str(self.scratch)]), 3)
        self.assertEqual(list(self.scratch.iterdir()), [])


class Figures(unittest.TestCase):
    def test_what_is_hidden(self):
        run = flows.Run(0, {"configure": 20, "make": 50, "cargo": 10, "build": 70}, 1)
        self.assertEqual(table.hidden([run]), 1)
        run.steps["build"] = 80
        self.assertEqual(table.hidden([run]), 0)
        run.steps["build"] = 95
        self.assertEqual(table.hidden([run]), 0)

    def test_aims(self):
        self.assertEqual(table.met(1.02, 1.02, True), "≤ 1.02: met")
        self.assertEqual(table.met(1.03, 1.02, True), "≤ 1.02: missed")
        self.assertEqual(table.met(0.79, 0.8, False), "≥ 0.80: missed")

    def test_cases_come_in_their_order_and_from_nothing(self):
        options = bench.arguments(["--case", "edit", "--case", "no-op"])
        self.assertEqual(options.cases, ["cold", "no-op", "edit"])
        self.assertEqual(bench.arguments(["--case", "room"]).cases, ["cold", "room"])

    def test_what_one_round_is_worth_is_said(self):
        run = flows.Run(2.0, {"configure": 1, "make": 1, "cargo": 0}, 9)
        seen = {"system": "", "processor": "", "cores": 2, "memory_gb": 1, "file_system": "", "cc": "", "rustc": "",
                "commit": "", "load_before": 3.0, "guests": 4, "other": "another user"}
        sizes = {"build": 1e6, "objects": 0, "snapshot": 0, "wire": 0}
        one = table.render(table.summary({"cold": {"plain": [run], "kit": [run]}}, sizes, seen))
        self.assertIn("Seconds of one round.", one)
        self.assertIn("Other work was running", one)
        self.assertNotIn("Median", one)
        two = table.render(table.summary({"cold": {"plain": [run] * 2, "kit": [run] * 2}}, sizes, seen | {"load_before": 0.1}))
        self.assertIn("Median of 2 rounds", two)
        self.assertNotIn("Other work", two)


if __name__ == "__main__":
    unittest.main()
