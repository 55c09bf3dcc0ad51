"""`--trust-lan` under a whole CPython: a guest with an empty cache builds from the room's objects. Then it builds parts of
it again, and in the middle of make the cable is pulled, or Redis is killed; or the password is wrong from the start. That
costs speed and a word, never the build nor a byte. Wants root, and this checkout's build to be finished."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from rig import ROOT, SPRINT, Network, Room, until

#: What is compiled again for each way in which a room goes away.
PART = "Objects"
#: So many compilations into a make, the room goes away.
MIDDLE = 15
#: Where bootstrap puts what is for the kit alone.
OWN = pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share") / "sprint-kit/bin"
HITS = re.compile(r"([0-9,]+) of ([0-9,]+) files? compiled before")


class Person:
    """A whole clone, a home and an empty cache; toolchain and crates are the machine's."""

    def __init__(self, scratch, name, prefix=()):
        self.prefix, self.home, self.root = list(prefix), scratch / name / "home", scratch / name / "kit"
        self.home.mkdir(parents=True)
        subprocess.run(["git", "clone", "-q", f"file://{ROOT}", self.root], check=True)
        self.env = os.environ | {f"XDG_{kind}_HOME": str(self.home / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE")}
        self.env |= {"PATH": f"{os.environ['PATH']}:{OWN}", "USER": name, "SPRINT_SNAPSHOT": "off", "SPRINT_CACHE": "on"}
        self.cache = self.home / "cache/sprint-kit"
        self.sccache = shutil.which("sccache", path=self.env["PATH"])
        assert self.sccache, "sccache is not installed: ./scripts/bootstrap.sh --only sccache"

    def start(self, *words, **env):
        return subprocess.Popen([*self.prefix, SPRINT, *words], cwd=self.root, env=self.env | env, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, *words, expect=0, **env):
        process = self.start(*words, **env)
        said = process.communicate(timeout=300)[0]
        assert process.returncode == expect, (words, process.returncode, said)
        return said

    def join(self, *words):
        """Joins, and has the checkout's build from the room."""
        downloads = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sprint-kit/downloads"
        self.cache.mkdir(parents=True)
        (self.cache / "downloads").symlink_to(downloads)
        said = self.run("room", "join", *words, "--trust-lan")
        assert "NOT signed" in said, said
        said = self.run("build", SPRINT_SNAPSHOT="read")
        assert "/snapshots, signed by room" in said and "make  " not in said, said
        self.build = next((self.root / "build").glob("release-*/*-debug"))

    def forget(self, *directories):
        """Has make compile again: all, or what is in these directories. And the cache of this machine is empty."""
        self.stop()
        shutil.rmtree(self.cache / "objects", ignore_errors=True)
        (self.build / "python").unlink()
        objects = [path for directory in directories or (".",) for path in (self.build / directory).rglob("*.o")
                   if ".sprint" not in path.parts]
        for path in objects:
            path.unlink()
        return len(objects)

    def calls(self):
        """How many compilations make has seen to the end."""
        log = self.build / ".sprint/calls"
        return log.read_text().count("\n") if log.exists() else 0

    def stop(self):
        """Ends the compile cache's servers, which would stay for ten minutes."""
        for socket in (self.cache / "servers").glob("*"):
            if socket.is_socket():
                subprocess.run([*self.prefix, self.sccache, "--stop-server"], env=self.env | {"SCCACHE_SERVER_UDS": str(socket)},
                               capture_output=True, timeout=60)


def hits(said):
    """What was found, of how many."""
    found = HITS.search(said)
    return tuple(int(number.replace(",", "")) for number in found.groups()) if found else (0, 0)


def built(person, in_the_middle=None):
    """Builds; when make is in the middle, does that. What was said, and the seconds."""
    log = person.build / ".sprint/calls"
    log.unlink(missing_ok=True)
    begin = time.monotonic()
    process = person.start("build")
    said = []
    reader = threading.Thread(target=lambda: said.append(process.stdout.read()))
    reader.start()
    try:
        if in_the_middle:
            assert until(lambda: person.calls() >= MIDDLE or process.poll() is not None, 120), "make does not get on"
            assert process.poll() is None, "make was over before its middle"
            in_the_middle()
        assert process.wait(300) == 0, (reader.join(), said)
    finally:
        process.kill()
        reader.join()
    return said[0], time.monotonic() - begin


def same(one, other):
    """Every byte of one is the other's; how many files there are."""
    said = one.run("reproduce", "--with", str(other.root))
    assert said.endswith("reproduced: equal keys, equal bytes\n"), said
    return int(re.search(r"([0-9,]+) files equal", said).group(1).replace(",", ""))


def goes_on(said, warning):
    """One warning, and this is in it."""
    assert said.count("warning:") == 1 and warning in said, said


def whole(room, lead, guest):
    """The lead fills the room, the guest builds from it."""
    lead.forget()
    said, cold = built(lead)
    assert "with the room's objects" in said and "warning" not in said, said
    # The server writes behind the lead's back.
    kept = hits(said)[1] - hits(said)[0]
    assert until(lambda: int(room.admin()("DBSIZE")) > kept), (kept, room.admin()("DBSIZE"))
    guest.forget()
    said, warm = built(guest)
    found, files = hits(said)
    assert "not signed" in said and "warning" not in said, said
    # Its own cache was empty: what was found came from the room.
    assert files > 300 and found >= 0.95 * files, said
    print(f"ok    --trust-lan: {found} of {files} compilations of CPython come from the room: built in {warm:.0f} s, by the lead's own "
          f"compiler in {cold:.0f} s; {same(guest, lead)} files equal")


def cable(network, lead, guest):
    """Packets go nowhere, nothing is refused."""
    files = guest.forget(PART)
    said, spent = built(guest, lambda: network.cut(0))
    network.cut(0, up=True)
    goes_on(said, "the compile cache failed, compiled without it: the room does not answer any more")
    print(f"ok    the cable is pulled in the middle of make: {files} files in {spent:.0f} s, one warning, {same(guest, lead)} files equal")


def wrong_password(lead, guest):
    """The room was opened anew, and this guest has an old line."""
    files = guest.forget(PART)
    file = guest.home / "config/sprint-kit/room.toml"
    right = file.read_text()
    file.write_text(re.sub(r'password = ".*"', 'password = "wrong"', right))
    said, spent = built(guest)
    file.write_text(right)
    goes_on(said, "without the room's objects, it does not know this password")
    # This machine's own cache still takes part, and is empty.
    assert hits(said)[1] > 0 and hits(said)[0] < 0.1 * hits(said)[1], said
    print(f"ok    a wrong password: {files} files in {spent:.0f} s, one warning, {same(guest, lead)} files equal")


def killed(room, lead, guest):
    """Redis is killed, and the room is too busy to start another one."""
    files = guest.forget(PART)

    def kill():
        room.process.send_signal(signal.SIGSTOP)
        os.kill(room.state["redis_process"], signal.SIGKILL)

    try:
        said, spent = built(guest, kill)
    finally:
        room.process.send_signal(signal.SIGCONT)
    goes_on(said, "the compile cache failed, compiled without it: the room does not answer any more")
    print(f"ok    Redis is killed in the middle of make: {files} files in {spent:.0f} s, one warning, {same(guest, lead)} files equal")


def main():
    scratch = pathlib.Path(sys.argv[1])
    # Who opens the room has a key, and one snapshot.
    os.environ["XDG_DATA_HOME"] = str(scratch / "maker")
    store = scratch / "room/store"
    subprocess.run([SPRINT, "snapshot", "save", "--store", store], cwd=ROOT, check=True, capture_output=True)
    with Network() as network, Room(scratch / "room", listen="0.0.0.0", address="10.213.0.1") as room:
        lead, guest = Person(scratch, "lead"), Person(scratch, "guest", ["ip", "netns", "exec", network.NAMES[0]])
        state = lead.root / "build/state/room.json"
        state.parent.mkdir(parents=True)
        shutil.copy(room.root / "build/state/room.json", state)
        try:
            lead.join("--lead")
            guest.join(room.line)
            whole(room, lead, guest)
            cable(network, lead, guest)
            wrong_password(lead, guest)
            killed(room, lead, guest)
        finally:
            lead.stop()
            guest.stop()


main()
