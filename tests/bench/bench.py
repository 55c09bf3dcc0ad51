"""Measures the kit against the plain flow (plain.sh), on this machine, in one run.

    just bench [--rounds N] [--json] [--write] [--dry-run]

Each round makes a new clone of the kit and a new copy of its modules, gives both the same unpacked source,
the same number of jobs, the same cargo registry and no cache, and then does the same things with both: from
nothing to green, again with nothing changed, again after an edit of one line of Rust. Then others get the kit's build: a
second clone, another user, a room. Who goes first changes from round to round. Medians are compared. Nothing is
judged: a run that is not green is an error, a ratio that misses its aim is only said to.

Exit codes: 0 measured, 2 usage, 3 setup, 4 one of the flows was not green, 130 interrupted.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import flows
import machine
import others
import table

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = Path("docs/performance.md")
#: A round holds two trees, two builds and two cargo directories; and more clones of others.
NEEDED_BYTES = 6 << 30


def arguments(argv):
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="just bench",
        description="Measure the kit against configure, make, cargo build, python -m test.",
        epilog="A round takes about five minutes on two cores. Close what else is running.",
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="take the median of N (default 3)")
    parser.add_argument("--case", action="append", choices=flows.CASES, metavar="NAME", dest="cases",
                        help=f"only these, in their order, for example a quick look: {', '.join(flows.CASES)}")
    parser.add_argument("--guests", type=int, default=4, metavar="N", help="in the room, all at once (default 4)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT}")
    parser.add_argument("--dry-run", action="store_true", help="print what would be run, run nothing")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="work below DIR (default: TMPDIR)")
    parser.add_argument("--kit", type=Path, default=ROOT, metavar="DIR", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if not 1 <= options.guests <= 50:
        parser.error("--guests must be 1 to 50")
    options.cases = [case for case in flows.CASES if case in (options.cases or flows.CASES)]
    # What the others begin with, or are compared with.
    needed = {"cold", *(flows.KIT_ONLY[case] for case in options.cases if case in flows.KIT_ONLY)}
    options.cases = [case for case in flows.CASES if case in needed.union(options.cases)]
    return options


def say(text):
    """Progress goes to stderr, the answer to stdout."""
    print(text, file=sys.stderr, flush=True)


class Interrupted(Exception):
    """Ctrl-C, or a polite kill."""


def on_signal(number, _frame):
    raise Interrupted(signal.Signals(number).name)


def measure(options, scratch):
    """All rounds: {case: {flow: [Run, …]}}, and what lies on the disk at the end."""
    bench = flows.Bench(options.kit, scratch)
    for case, programs in flows.NEEDED.items():
        missing = [program for program in programs if not bench.find(program)]
        if case in options.cases and missing:
            say(f"warning: no row `{case}`: there is no {', no '.join(missing)}")
            options.cases.remove(case)
    say(f"  setup      {bench.prepare(options.cases)}")
    results = {case: {"plain": [], "kit": []} for case in options.cases}
    for number in range(1, options.rounds + 1):
        order = ("plain", "kit") if number % 2 else ("kit", "plain")
        with bench.round(number) as both:
            for case in options.cases:
                for flow in [flow for flow in order if flow == "kit" or case not in flows.KIT_ONLY]:
                    by = others.BY.get(case)
                    run = by(both[flow], options.guests) if by else both[flow].run(case, number)
                    results[case][flow].append(run)
                    say(f"  {f'{number} of {options.rounds}':<10} {case:<8} {flow:<6} {run.seconds:7.2f} s   "
                        f"{run.tests} tests green")
                tests = {runs[-1].tests for runs in results[case].values() if runs}
                if len(tests) > 1:
                    raise flows.NotGreen(f"{case}: the flows ran different tests: {sorted(tests)}", "")
            sizes = both["kit"].bytes()
    return results, sizes


def describe(options):
    """What would be run."""
    plain = f"tests/bench/plain.sh SOURCE BUILD MODULES {flows.jobs()}"
    kit = f"just test-module {flows.MODULE} --json"
    lines = {
        "unpack": ["tar -xf TARBALL    # unpack, plain", "just source    # unpack, kit"],
        "snapshot": ["# snapshot: another clone, with what the first left in the person's home directory", kit],
        "caches": [f"# caches: a clone of {others.who()}, with copies of the compile cache and of configure's answers",
                   f"SPRINT_SNAPSHOT=off {kit}"],
        "room": ["just room up", f"# room: clones of {options.guests} guests with empty home directories, all at once",
                 f"just room join LINE; {kit}"],
    }
    text = [f"# {options.rounds} rounds of, each in a new clone and a new copy of modules/:"]
    for case in options.cases:
        if case == "edit":
            text.append(f"# a new line at the end of modules/{flows.EDITED}, in both")
        text += lines.get(case) or [f"{plain}    # {case}, plain", f"{kit}    # {case}, kit"]
    return "\n".join(text) + "\n"


def main(argv):
    """Does what was asked; the exit code."""
    options = arguments(argv)
    if options.dry_run:
        print(describe(options), end="")
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    base = (options.scratch or Path(tempfile.gettempdir())).resolve()
    if " " in str(base):
        say(f"error[setup]: make cannot take a blank in `{base}`, where the plain flow would build\n"
            "  try:     just bench --scratch DIR\n  (exit 3)")
        return 3
    free = shutil.disk_usage(base).free
    if free < NEEDED_BYTES:
        say(f"error[disk-space]: {base} has {free >> 20} MB free; a round needs {NEEDED_BYTES >> 20}\n"
            f"  try:     just bench --scratch DIR, with DIR on a larger file system\n  (exit 3)")
        return 3
    scratch = Path(tempfile.mkdtemp(prefix="sprint-bench-", dir=base))
    try:
        seen = machine.describe(options.kit, scratch)
        if seen["load_before"] > table.BUSY:
            say(f"warning: the machine is busy (load {seen['load_before']:.1f}): the figures will be, too")
        seen |= {"guests": options.guests, "other": others.who()}
        results, sizes = measure(options, scratch)
        answer = table.summary(results, sizes, seen)
        text = table.render(answer)
        if options.write:
            table.write(options.kit / DOCUMENT, text)
            say(f"  written    {DOCUMENT}")
        print(json.dumps(answer, indent=2) if options.json else text, end="\n" if options.json else "")
        return 0
    except Interrupted as error:
        say(f"error[interrupted]: {error}; the scratch directory is removed\n  (exit 130)")
        return 130
    except flows.SetupError as error:
        say(f"error[setup]: {error}\n  (exit 3)")
        return 3
    except flows.NotGreen as error:
        say(f"{error.log}\nerror[not-green]: {error}\n  (exit 4)")
        return 4
    finally:
        # A second Ctrl-C must not leave gigabytes behind.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
