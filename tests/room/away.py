"""Rooms across a network: guests in namespaces of their own; the network goes away, Redis dies, the password is wrong,
somebody else answers at that address. It costs speed, and a second of it, never a task. Wants root."""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

from rig import SPRINT_ROOM, Guest, Network, Room, listening, until

# What one command may lose to a room that does not answer, beyond its own time (a debug build's, on a busy machine).
PATIENCE = 2.5


def timed(guest, *words, expect=0):
    begin = time.monotonic()
    out, err = guest.run(*words, expect=expect)
    return out, err, time.monotonic() - begin


def across_a_network(scratch):
    with Network() as network, Room(scratch, listen="0.0.0.0", address="10.213.0.1") as room:
        guests = [network.guest(scratch, f"guest {number}", number % 3) for number in range(9)]
        with concurrent.futures.ThreadPoolExecutor(9) as pool:
            list(pool.map(lambda guest: guest.run("room", "join", room.line), guests))
        one, two = guests[0], guests[1]
        one.run("task", "start", "T01", "--no-branch", "--no-check")
        assert "taken (room: guest 0)" in two.run("tasks")[0]
        # The cable is pulled: packets go nowhere, nothing is refused.
        _, _, with_room = timed(two, "tasks")
        network.cut(1)
        out, err, spent = timed(two, "task", "start", "T02", "--no-branch", "--no-check")
        assert "NOT claimed" in out and ("does not answer in time" in err or "cannot be reached" in err), (out, err)
        assert err.count("warning") == 1, err
        assert spent < with_room + PATIENCE, spent
        out, err, _ = timed(two, "tasks")
        assert "yours" in out and err.count("warning") == 1, (out, err)
        timed(two, "task", "drop", "T02")
        out, _, _ = timed(two, "room", "status")
        assert "go on without it" in out, out
        network.cut(1, up=True)
        assert until(lambda: "guest 0" in two.run("tasks")[0], 15), "the room is not there again"
        two.run("room", "leave")
        print(f"ok    9 guests in 3 network namespaces; a pulled cable costs {spent - with_room:.1f} s and one warning")


def the_compile_cache(scratch):
    """`--trust-lan`: another clone hits what the lead compiled; then the cable is pulled in the middle of a build."""
    sccache = shutil.which("sccache") or pathlib.Path.home() / ".local/share/sprint-kit/bin/sccache"
    assert pathlib.Path(sccache).exists(), "sccache is not installed: ./scripts/bootstrap.sh --only sccache"
    with Network() as network, Room(scratch, listen="0.0.0.0", address="10.213.0.1") as room:
        lead = Guest(scratch, "lead")
        lead.root = room.root
        lead.run("room", "join", "--lead", "--trust-lan")
        guest = network.guest(scratch, "guest", 0)
        out, _ = guest.run("room", "join", room.line, "--trust-lan")
        assert "NOT signed" in out, out

        def server(who, password):
            """A server as the kit starts it."""
            user = "lead" if who is lead else "guest"
            calls = scratch / f"calls-{user}"
            calls.mkdir()
            who.env |= {"SPRINT_SCCACHE": str(sccache), "SPRINT_CALLS": str(calls), "SCCACHE_DIRECT": "false", "SCCACHE_DIR": str(who.home / "objects"),
                        "SCCACHE_SERVER_UDS": str(who.home / "socket"), "SCCACHE_MULTILEVEL_CHAIN": "disk,redis",
                        "SCCACHE_MULTILEVEL_WRITE_ERROR_POLICY": "ignore", "SCCACHE_REDIS_ENDPOINT": f"redis://10.213.0.1:{room.redis_port}",
                        "SCCACHE_REDIS_USERNAME": user, "SCCACHE_REDIS_PASSWORD": password, "SCCACHE_REDIS_KEY_PREFIX": "sccache"}
            subprocess.run([*who.prefix, sccache, "--start-server"], env=who.env, check=True, capture_output=True)
            return calls

        def stop(who):
            subprocess.run([*who.prefix, sccache, "--stop-server"], env=who.env, capture_output=True)

        def compile(who, name):
            _, _, spent = timed(who, "compile", "cc", "-c", str(scratch / f"{name}.c"), "-o", str(who.home / f"{name}.o"))
            return spent

        for number in range(4):
            (scratch / f"{number}.c").write_text(f"int f{number}(int x) {{ return x + {number}; }}\n")
        server(lead, room.state["secrets"]["lead"])
        calls = server(guest, room.password)
        try:
            compile(lead, 0)
            assert until(lambda: room.admin()("DBSIZE") > b"3"), "nothing was written to the room"
            compile(guest, 0)
            stats = subprocess.run([*guest.prefix, sccache, "--show-stats", "--stats-format=json"], env=guest.env, capture_output=True,
                                   text=True, check=True).stdout
            assert json.loads(stats)["stats"]["cache_hits"]["counts"] == {"C/C++": 1}, stats
            assert (lead.home / "0.o").read_bytes() == (guest.home / "0.o").read_bytes()
            network.cut(0)
            first = compile(guest, 1)
            later = [compile(guest, name) for name in (2, 3)]
        finally:
            stop(lead)
            stop(guest)
        assert "the room does not answer any more" in (calls / "cache-failed").read_text()
        assert all((guest.home / f"{name}.o").exists() for name in (1, 2, 3))
        assert first < 8 + 1 + PATIENCE and max(later) < PATIENCE, (first, later)
        network.cut(0, up=True)
    print(f"ok    --trust-lan: a hit from the lead's objects; a cable pulled in mid-build costs {first:.1f} s once, then {max(later):.1f} s a file")


def redis_dies(scratch):
    with Room(scratch) as room:
        ana = Guest(scratch, "ana")
        ana.run("room", "join", room.line)
        first = room.state["redis_process"]
        os.kill(first, signal.SIGKILL)
        ana.run("task", "start", "T01", "--no-branch", "--no-check")
        # The room starts it again, and guests are known again by their next call.
        assert until(lambda: "starting it again" in room.said()), room.said()
        assert until(lambda: listening(room.redis_port))
        out, err = ana.run("task", "start", "T02", "--no-branch", "--no-check")
        assert "yours for" in out, (out, err)
        # Another password: the room was opened anew, and this guest has an old line.
        file = ana.home / ".config/sprint-kit/room.toml"
        file.write_text(re.sub(r'password = ".*"', 'password = "wrong"', file.read_text()))
        out, err, spent = timed(ana, "tasks")
        assert "another room by now" in err and "T03" in out and spent < PATIENCE, (out, err, spent)
        out, err = ana.run("task", "drop", "T02")
        assert "T02 is free again" in out, out
        # A file that cannot be read is said, and in nobody's way.
        file.write_text("name = ")
        out, err = ana.run("tasks")
        assert "going on without a room" in err and "T03" in out, err
        ana.run("room", "leave")
        assert not file.exists()
    print("ok    Redis killed, a wrong password, a broken file: tasks go on, with one warning each")


def somebody_else_answers(scratch):
    """At the address there is something that is no room: it drips, it lies, it talks HTTP, it says nothing."""
    eve = Guest(scratch, "eve")
    for answer in (b"", b"HTTP/1.1 200 OK\r\n\r\n", b"$99999999999\r\n", b"+OK\r\n$3\r\n{}}\r\n", b"+OK\r\n" + b"*1\r\n" * 10000,
                   b"+OK\r\n$30\r\n" + b'{"ok":true,"claims":{"T01":7}}' + b"\r\n"):
        server = socket.create_server(("127.0.0.1", 0))

        def serve(server=server, answer=answer):
            try:
                while True:
                    connection, _ = server.accept()
                    connection.recv(1000)
                    connection.sendall(answer)
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        port = server.getsockname()[1]
        file = eve.home / ".config/sprint-kit/room.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'name = "eve"\ntoken = "{"e" * 32}"\nbase = "http://127.0.0.1:1"\nredis = "127.0.0.1:{port}"\n'
                        'user = "guest"\npassword = "x"\n')
        out, err, spent = timed(eve, "tasks")
        assert "T03" in out and err.count("warning") == 1 and spent < PATIENCE, (answer, out, err, spent)
        server.close()
    print("ok    whatever answers at a room's address, tasks are listed, with one warning")


def killed_lead(scratch):
    """`kill -9` of the room: the next one ends what it left. And two rooms from one clone are one too many."""
    room = Room(scratch)
    room.__enter__()
    second = subprocess.run([SPRINT_ROOM, "up", *room.options], cwd=room.root, capture_output=True, text=True)
    assert second.returncode == 7, second
    room.process.kill()
    room.process.wait()
    assert listening(room.redis_port)
    room.output.close()
    room.__enter__()
    assert "has been cleaned up" in room.said(), room.said()
    room.__exit__()
    # A port that is taken is said, and nothing stays behind.
    with socket.create_server(("127.0.0.1", 0)) as other:
        options = room.options.copy()
        options[options.index("--port") + 1] = str(other.getsockname()[1])
        ran = subprocess.run([SPRINT_ROOM, "up", *options], cwd=room.root, capture_output=True, text=True)
        assert ran.returncode == 3 and "another port" in ran.stderr, ran
        assert until(lambda: not listening(room.redis_port)) and not (room.root / "build/state/room.json").exists()
    print("ok    a killed room is cleaned up by the next, a second one is refused (exit 7), a taken port is said")


def a_redis_of_others(scratch):
    """`--redis URL`: used, and left as it was found."""
    from rig import Redis, free_port
    port = free_port()
    (scratch / "other").mkdir(parents=True)
    server = subprocess.Popen(["redis-server", "--port", str(port), "--requirepass", "admin", "--save", "", "--dir", scratch / "other"],
                              stdout=subprocess.DEVNULL)
    try:
        assert until(lambda: listening(port))
        admin = Redis(port, "default", "admin")
        admin("SET", "theirs", "1")
        before = admin("ACL", "LIST"), admin("FUNCTION", "LIST"), sorted(admin("KEYS", "*"))
        with Room(scratch, "--redis", f"redis://default:admin@127.0.0.1:{port}") as room:
            ana = Guest(scratch, "ana")
            ana.run("room", "join", room.line)
            ana.run("task", "start", "T01", "--no-branch", "--no-check")
            assert "admin@" not in room.said()
            room.redis_port = free_port()  # nothing of ours listens at all
        assert (admin("ACL", "LIST"), admin("FUNCTION", "LIST"), sorted(admin("KEYS", "*"))) == before
    finally:
        server.terminate()
        server.wait(10)
    print("ok    somebody's own Redis is used, and left as it was found")


def main():
    scratch = pathlib.Path(sys.argv[1])
    across_a_network(scratch / "net")
    the_compile_cache(scratch / "lan")
    redis_dies(scratch / "dies")
    (scratch / "else").mkdir()
    somebody_else_answers(scratch / "else")
    killed_lead(scratch / "killed")
    a_redis_of_others(scratch / "others")


main()
