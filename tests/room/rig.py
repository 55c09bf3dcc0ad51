"""A room for tests: the lead's program with a Redis of its own, guests with homes of their own, and raw connections."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPRINT = ROOT / "target/debug/sprint"
SPRINT_ROOM = ROOT / "target/debug/sprint-room"


def kit(place):
    """As much of a clone as tasks and rooms look at."""
    place.mkdir(parents=True)
    for name in ("pins.toml", "Justfile"):
        shutil.copy(ROOT / name, place)
    shutil.copytree(ROOT / "sprint", place / "sprint")
    return place


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, seconds=10):
    """Waits until `what()` is true, and says whether it became so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False


class Room:
    """`sprint-room up`, as a context: on leaving it is ended with Ctrl-C and must leave nothing."""

    def __init__(self, scratch, *options, address="127.0.0.1", listen="127.0.0.1", claim="2h"):
        self.root = kit(scratch / "lead")
        self.store = scratch / "store"
        (self.store / "v1").mkdir(parents=True, exist_ok=True)
        self.address, self.listen = address, listen
        self.port, self.redis_port = free_port(), free_port()
        self.options = ["--listen", listen, "--address", address, "--port", str(self.port), "--redis-port",
                        str(self.redis_port), "--store", str(self.store), "--claim", claim, "--no-qr", *options]

    def __enter__(self):
        self.output = open(self.root / "output", "w+")
        self.process = subprocess.Popen([SPRINT_ROOM, "up", *self.options], cwd=self.root, stdout=self.output,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        assert until(lambda: "Ctrl-C closes" in self.said() or self.process.poll() is not None), self.said()
        assert self.process.poll() is None, self.said()
        self.line = next(part for part in self.said().split("'") if part.startswith("http"))
        self.password = self.line.split(",")[3]
        self.state = json.loads((self.root / "build/state/room.json").read_text())
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(10) == 0, self.said()
        left = [path for path in (self.root / "build").rglob("*") if path.is_file() and path.name != "lock"]
        assert left == [], left
        assert until(lambda: not listening(self.redis_port)), "Redis is still there"

    def said(self):
        return (self.root / "output").read_text()

    def admin(self):
        user, password = self.state["secrets"]["admin"]
        return Redis(self.redis_port, user, password)

    def guest(self):
        return Redis(self.redis_port, "guest", self.password)


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Network:
    """A switch with the lead's machine and a few others on it."""

    NAMES = ("sprint-a", "sprint-b", "sprint-c")

    def __enter__(self):
        ip("link", "add", "sprint-br", "type", "bridge")
        ip("addr", "add", "10.213.0.1/24", "dev", "sprint-br")
        ip("link", "set", "sprint-br", "up")
        for number, name in enumerate(self.NAMES):
            ip("netns", "add", name)
            ip("link", "add", f"{name}-0", "type", "veth", "peer", "name", f"{name}-1")
            ip("link", "set", f"{name}-0", "master", "sprint-br", "up")
            ip("link", "set", f"{name}-1", "netns", name)
            ip("-n", name, "addr", "add", f"10.213.0.{10 + number}/24", "dev", f"{name}-1")
            ip("-n", name, "link", "set", f"{name}-1", "up")
            ip("-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        for name in self.NAMES:
            subprocess.run(["ip", "netns", "del", name], check=False)
        subprocess.run(["ip", "link", "del", "sprint-br"], check=False)

    def guest(self, scratch, name, at):
        return Guest(scratch, name, prefix=["ip", "netns", "exec", self.NAMES[at]])

    def cut(self, at, up=False):
        ip("link", "set", f"{self.NAMES[at]}-0", "up" if up else "down")


class Guest:
    """A person: a clone, a home, a name."""

    def __init__(self, scratch, name, prefix=()):
        self.name, self.prefix = name, list(prefix)
        self.root = kit(scratch / f"guest-{name}")
        self.home = scratch / f"home-{name}"
        self.home.mkdir()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "USER": name, "LANG": "C.UTF-8"}

    def start(self, *words):
        return subprocess.Popen([*self.prefix, SPRINT, *words], cwd=self.root, env=self.env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *words, expect=0):
        process = self.start(*words)
        out, err = process.communicate(timeout=60)
        assert process.returncode == expect, (words, process.returncode, out, err)
        return out, err


class Refused(Exception):
    pass


class Redis:
    """A connection that says exactly what it is told to: what a hostile guest with redis-cli has."""

    def __init__(self, port, user=None, password=None, host="127.0.0.1", wait=3):
        self.socket = socket.create_connection((host, port), wait)
        self.file = self.socket.makefile("rb")
        if user:
            self("AUTH", user, password)

    def __call__(self, *words):
        raw = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(raw) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in raw))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("hung up")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise Refused(rest.decode("utf-8", "replace"))
        if kind == b"+":
            return rest
        if kind in b":,#(_":
            return rest
        count = int(rest)
        if kind in b"$=":
            return None if count < 0 else self.file.read(count + 2)[:-2]
        assert kind in b"*~%>", line
        return None if count < 0 else [self.reply() for _ in range(count * (2 if kind == b"%" else 1))]

    def room(self, *words):
        """The one function, its answer as data."""
        return json.loads(self("FCALL", "sprint_room", 0, *words))

    def close(self):
        self.file.close()
        self.socket.close()
