"""What others get of a build that somebody has made: a second clone, another user, a room. Each is a fresh clone with its source
unpacked; the clock runs from `just test-module` (in a room: from `just room join`) to green."""

import concurrent.futures
import contextlib
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

import flows

#: Another user, by a number that no machine has. In a user namespace, since the toolchain of this one, mostly in a home
#: directory that others cannot enter, is to be the same. (tests/caches has another user without any such help.)
AS_USER = ("unshare", "--user", "--map-user=23457", "--map-group=23457")


@functools.cache
def can_be_another():
    """Not every system has or allows user namespaces."""
    try:
        return subprocess.run([*AS_USER, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def who():
    """Whose clone the row of caches is."""
    return "another user" if can_be_another() else "the same user, with another home directory,"


def unpacked(bench, directory, home=None):
    """A fresh clone with its source."""
    kit = flows.Kit(bench, directory, home)
    kit.run("unpack", 0)
    return kit


def by_snapshot(kit, _guests):
    """The same person's next clone."""
    clone = unpacked(kit.bench, kit.directory / "by-snapshot", home=kit.home)
    return clone.green("snapshot")


def by_caches(kit, _guests):
    """Another user's clone in another directory, with copies of the compile cache and of configure's answers, as they come
    on a stick. No snapshot."""
    other = unpacked(kit.bench, kit.directory / "by/another/user")
    for name in ("objects", "configure"):
        from_there = kit.home / ".cache/sprint-kit" / name
        if kit.bench.real or from_there.is_dir():
            shutil.copytree(from_there, other.home / ".cache/sprint-kit" / name)
    if can_be_another():
        other.prefix = AS_USER
    kit.others.append(other)
    run = other.green("caches", {"SPRINT_SNAPSHOT": "off"})
    logs = list(other.root.glob("build/*/*/.sprint/configure.log"))
    if kit.bench.real and not any("loading cache" in log.read_text(errors="replace") for log in logs):
        raise flows.NotGreen("kit, caches: configure's answers were not used", flows.tail(other.log))
    return run


def by_room(kit, guests):
    """All of them at once, each with a home directory that holds nothing but the source's archive: until the last is green."""
    clones = [unpacked(kit.bench, kit.directory / f"guest-{number}") for number in range(guests)]
    kit.others += clones
    with room(kit) as (line, port):
        begin = time.monotonic()

        def guest(number):
            clones[number].do("room", ["room", "join", line, "--name", f"guest-{number}"])
            run = clones[number].green("room")
            return run, time.monotonic() - begin

        with concurrent.futures.ThreadPoolExecutor(guests) as pool:
            runs = list(pool.map(guest, range(guests)))
        kit.wire = served(port, guests)
    tests = {run.tests for run, _ in runs}
    if len(tests) > 1:
        raise flows.NotGreen(f"kit, room: the guests ran different tests: {sorted(tests)}", "")
    steps = {f"guest {number}": round(seconds, 3) for number, (_, seconds) in enumerate(runs)}
    return flows.Run(max(seconds for _, seconds in runs), steps, tests.pop())


#: How a case is run.
BY = {"snapshot": by_snapshot, "caches": by_caches, "room": by_room}


def free_port():
    """One that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def room(kit):
    """The lead's room; the join line and the port of HTTP."""
    port = free_port()
    log = kit.directory / "room.log"
    command = [*kit.bench.just(kit.root), "room", "up", "--listen", "127.0.0.1", "--address", "127.0.0.1", "--port", str(port),
               "--redis-port", str(free_port()), "--no-qr"]
    env = {**kit.env, "SPRINT_ROOM_BINARY": str(kit.bench.room_binary)}
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=kit.root, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                                   start_new_session=True)
    try:
        deadline = time.monotonic() + 30
        while not (found := re.search(r"just room join '(.*)'", log.read_text())):
            if process.poll() is not None or time.monotonic() > deadline:
                raise flows.NotGreen("kit, room: it was not opened", flows.tail(log))
            time.sleep(0.05)
        yield found[1], port
    finally:
        # As Ctrl-C does, which goes to all of them.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        flows.end(process)


def served(port, guests):
    """Bytes of archives that went over the wire, as the room's server counts them; it looks twice a second."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 5
    while True:
        with direct.open(f"http://127.0.0.1:{port}/board.json", timeout=5) as answer:
            archives, sent = json.load(answer)["savings"]["served"] or (0, 0)
        if archives == guests:
            return sent
        if time.monotonic() > deadline:
            raise flows.NotGreen(f"kit, room: {archives} archives were fetched by {guests} guests", "")
        time.sleep(0.2)
