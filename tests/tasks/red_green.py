"""Each task with a reference solution, in a scratch clone: red, green with the patch, red without its work.

    tests/tasks/red_green.py KIT SCRATCH [ID...]

KIT is a checkout with a finished build; SCRATCH a directory that does not exist yet. The clone gets a copy
of the build, as somebody would hand it on by USB stick.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

SOLUTIONS = "sprint/solutions"


class Kit:
    def __init__(self, kit, scratch):
        self.kit = pathlib.Path(kit).resolve()
        self.root = pathlib.Path(scratch).resolve()
        self.run(["git", "clone", "--quiet", str(self.kit), str(self.root)], cwd="/")
        self.run(["cp", "-a", str(self.kit / "build"), str(self.root / "build")], cwd="/")
        shutil.rmtree(self.root / "build/state/tasks", ignore_errors=True)
        (self.root / "build/state/tasks.json").unlink(missing_ok=True)
        self.environment = os.environ | {"SPRINT_BINARY": str(self.kit / "target/debug/sprint")}

    def run(self, command, cwd=None, expected=(0,)):
        done = subprocess.run(command, cwd=cwd or self.root, env=getattr(self, "environment", None),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", check=False)
        if done.returncode not in expected:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
        return done

    def tasks(self):
        done = subprocess.run(["scripts/sprint", "tasks", "--json"], cwd=self.root, env=self.environment,
                              stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout)

    def needs(self, id):
        text = (self.root / "sprint/tasks.md").read_text()
        row = text.split(f"\n## {id} ·")[1].split("\n| --- ")[1].splitlines()[1]
        cell = row.strip("| ").split("|")[-1].strip()
        return [] if cell == "–" else [need.strip() for need in cell.split(",")]

    def check(self, id):
        """Run the task's check; return its outcome and the reason."""
        done = subprocess.run(["scripts/sprint", "--quiet", "task", "check", id, "--json"], cwd=self.root,
                              env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"the check of {id} could not be run ({done.returncode}):\n{done.stdout}{done.stderr}")
        report = json.loads(done.stdout)
        if (report["outcome"] == "green") != (done.returncode == 0):
            sys.exit(f"{id}: exit code {done.returncode}, and JSON says {report['outcome']}")
        failed = [command["command"] for command in report["commands"]
                  if command["ran"] and command["exit"] != 0]
        log = pathlib.Path(report["log"]).read_text(errors="replace")
        return report["outcome"], failed, log


class Patch:
    """A reference solution."""

    def __init__(self, kit, id, places):
        self.path = kit.kit / SOLUTIONS / f"{id}.patch"
        tree = {"kit": kit.root, "release": next((kit.root / "build/sources").glob("cpython-*/configure")).parent}
        self.tree = tree[places[id]]
        self.kit = kit
        second = self.path.read_text().splitlines()[1]
        if not second.startswith("Functional: "):
            sys.exit(f"{self.path}: the second line must name the file that does the work")
        self.functional = self.tree / second.removeprefix("Functional: ")

    def apply(self, *options):
        self.kit.run(["patch", "--quiet", "--no-backup-if-mismatch", "-p1", *options, "-d", str(self.tree),
                      "-i", str(self.path)])


def red_green(kit, id, places):
    """The three runs of one task. Leaves the trees as they were."""
    before = [Patch(kit, need, places) for need in kit.needs(id)]
    own = Patch(kit, id, places)
    for patch in before:
        patch.apply()
    text = own.functional.read_bytes() if own.functional.exists() else None

    def expect(wanted, when):
        began = time.monotonic()
        outcome, failed, log = kit.check(id)
        seconds = time.monotonic() - began
        print(f"  {id} {outcome:<6} {seconds:5.1f} s   {when}"
              + (f": {failed[0]}" if failed else ""), flush=True)
        if outcome != wanted:
            sys.exit(f"{id} must be {wanted} {when}; the end of its output:\n{log[-3000:]}")

    expect("red", "before")
    own.apply()
    expect("green", "with the reference solution")
    solved = own.functional.read_bytes()
    if text is None:
        own.functional.unlink()
    else:
        own.functional.write_bytes(text)
    expect("red", f"without {own.functional.relative_to(own.tree)}")
    own.functional.write_bytes(solved)
    for patch in (own, *reversed(before)):
        patch.apply("-R")


def main(kit, scratch, *ids):
    kit = Kit(kit, scratch)
    places = {task["id"]: task["place"] for task in kit.tasks()}
    solved = sorted(path.stem for path in (kit.kit / SOLUTIONS).glob("*.patch"))
    for id in ids or solved:
        red_green(kit, id, places)
    left = kit.run(["git", "status", "--porcelain"]).stdout
    if left:
        sys.exit(f"the scratch clone is not as it was:\n{left}")
    print(f"{len(ids or solved)} tasks went from red to green and back")


if __name__ == "__main__":
    main(*sys.argv[1:])
