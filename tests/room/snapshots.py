"""One build, a room of guests: each has a clone, a home and an empty store of its own, and gets the lead's build over HTTP,
verified. Then a room that lies. Wants this checkout's build to be finished."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from rig import ROOT, SPRINT, Room

GUESTS = 4


def environment(home, store):
    """Whose keys, settings and store; downloads and cargo's own files are the machine's."""
    return os.environ | {"XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config"),
                         "SPRINT_SNAPSHOT_STORE": str(store), "USER": home.name, "SPRINT_SNAPSHOT": "read"}


def sprint(directory, env, *words, expect=0):
    begin = time.monotonic()
    ran = subprocess.run([SPRINT, *words], cwd=directory, env=env, capture_output=True, text=True, timeout=300)
    assert ran.returncode == expect, (words, ran.returncode, ran.stdout, ran.stderr)
    return ran.stdout + ran.stderr, time.monotonic() - begin


def clone(scratch, name):
    place = scratch / name / "kit"
    subprocess.run(["git", "clone", "-q", f"file://{ROOT}", place], check=True)
    return place


def main():
    scratch = pathlib.Path(sys.argv[1])
    lead = scratch / "lead-home"
    lead.mkdir(parents=True)
    store = scratch / "room/store"
    tools = {"PATH": os.environ["PATH"]}
    before = environment(lead, store) | tools
    sprint(ROOT, before, "build")
    os.environ["XDG_DATA_HOME"] = str(lead / "data")
    _, saving = sprint(ROOT, before, "snapshot", "save")
    archives = list((store / "v1").glob("*.tar.zst"))
    assert len(archives) == 1, archives
    room_scratch = scratch / "room"
    with Room(room_scratch) as room:
        assert "of you" not in room.said() and "RW" in room.line, room.said()
        fingerprint = re.search(r"key +(\S+)", room.said()).group(1)
        guests = []
        for number in range(GUESTS):
            home = scratch / f"guest{number}"
            kit = clone(scratch, f"guest{number}")
            env = environment(home, home / "store") | tools
            out, _ = sprint(kit, env, "room", "join", room.line)
            assert fingerprint in out, (fingerprint, out)
            # The source is the machine's own download, unpacked: no part of what a room is for.
            sprint(kit, env, "source", "release")
            guests.append((kit, env))

        def build(guest):
            kit, env = guest
            return sprint(kit, env, "build")

        with concurrent.futures.ThreadPoolExecutor(GUESTS) as pool:
            begin = time.monotonic()
            built = list(pool.map(build, guests))
            spent = time.monotonic() - begin
        for out, _ in built:
            assert f"from {room.line.split('/#')[0]}/snapshots, signed by room" in out, out
            assert "make  " not in out and "configure  " not in out, out
        table = room.guest().room("list")
        assert sum(guest["restored"] for guest in table["guests"].values()) == GUESTS, table
        assert sum(guest["bytes"] for guest in table["guests"].values()) == GUESTS * archives[0].stat().st_size, table
        page = subprocess.run(["curl", "-fsS", f"http://127.0.0.1:{room.port}/board.json"], capture_output=True, text=True, check=True).stdout
        assert f'"served":[{GUESTS},' in page, page
        print(f"ok    {GUESTS} guests at once have the lead's build in {spent:.1f} s "
              f"({archives[0].stat().st_size / 1e6:.0f} MB each; saved in {saving:.1f} s)")

        # The room's disk is changed by somebody: nothing of it is taken.
        kit, env = guests[0]
        whole = archives[0].read_bytes()
        build_directory = next((kit / "build").glob("release-*/*-debug"))
        # And what the guest has kept of it.
        shutil.rmtree(scratch / "guest0/store")
        shutil.rmtree(build_directory)
        middle = len(whole) // 2
        archives[0].write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:])
        sprint(kit, env, "snapshot", "restore", expect=6)
        assert not (build_directory / "python").exists(), "something was restored"
        archives[0].write_bytes(whole)
        for description in (store / "v1").glob("*.json"):
            text = description.read_bytes()
            changed = text.replace(b'"made": ', b'"made": 1')
            assert changed != text
            description.write_bytes(changed)
        sprint(kit, env, "snapshot", "restore", expect=6)
        assert not (build_directory / "python").exists(), "something was restored"
        # Whoever left the room believes its key no longer, and asks it no longer.
        sprint(kit, env, "room", "leave")
        out, _ = sprint(kit, env, "snapshot", "restore", expect=3)
        assert "no store has a snapshot" in out, out
        print("ok    a flipped bit and a changed description are refused (exit 6); who left the room takes nothing of it")
        # The room closes while a guest is in it: said, and the build would go on.
        kit, env = guests[1]
    out, _ = sprint(kit, env, "room", "status")
    assert "go on without it" in out, out


main()
