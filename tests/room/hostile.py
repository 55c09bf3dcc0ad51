"""A guest who wants to do harm, with everything that a guest is given: raw redis-cli, raw HTTP, the join line."""

import hashlib
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import threading
import time

from rig import Guest, Redis, Refused, Room

ANA, EVE = "a" * 32, "e" * 32
# What a guest is meant to be able to call. AUTH, HELLO, QUIT and RESET are every connection's.
MAY = {"auth", "hello", "quit", "reset", "ping", "get", "getrange", "strlen", "exists", "fcall", "time"}
# For the function to be able to write; on keys below a prefix that guests do not know.
MAY_BELOW_THE_PREFIX = {"hget", "hset", "hdel", "hgetall", "hlen", "lpush", "ltrim", "lrange"}


def everything(room):
    """All that Redis holds: keys with their content, functions, users, settings."""
    admin = room.admin()
    keys = sorted(admin("KEYS", "*"))
    held = {key: admin("DUMP", key) for key in keys}
    users = [line for line in admin("ACL", "LIST")]
    settings = admin("CONFIG", "GET", "*")
    return held, admin("FUNCTION", "DUMP"), users, settings


def names_of_commands(room):
    admin = room.admin()
    names = []
    for name in admin("COMMAND", "LIST"):
        name = name.decode()
        info = admin("COMMAND", "INFO", name)[0]
        subs = info[9] if info and len(info) > 9 else []
        names += [sub[0].decode().replace("|", " ") for sub in subs] if subs else [name]
    return sorted(set(names))


def every_command(room):
    """Each command that this Redis has, with arguments of several shapes, as the guest."""
    names = names_of_commands(room)
    assert len(names) > 300, len(names)
    before = everything(room)
    shapes = [[], ["sccache/a"], ["sccache/a", "x"], ["claims", "T01", "x"], ["sccache/a", "0", "x"],
              ["1", "sccache/a"], ["0", "sccache/a", "x", "y"], ["*"], ["x:claims", "T01"], ["sprint_room", "0", "list"]]
    let_through, asked = set(), 0
    for name in names:
        for shape in shapes:
            asked += 1
            try:
                redis = Redis(room.redis_port, "guest", room.password, wait=0.5)
                redis(*name.split(), *shape)
                let_through.add(name)
            except Refused as refusal:
                text = str(refusal)
                text = text.removeprefix("EXECABORT Transaction discarded because of: ")
                # DEBUG and MODULE are switched off for everybody.
                refused = text.startswith("NOPERM") or "command not allowed" in text
                # Which arguments a command wants is said before who may call it.
                if not refused and not text.startswith(("ERR wrong number", "wrong number", "ERR Unknown subcommand", "ERR unknown command")):
                    let_through.add(name)
            except (ConnectionError, TimeoutError):
                let_through.add(name)
            finally:
                redis.close()
    extra = let_through - MAY
    assert extra == set(), f"a guest may call {sorted(extra)}"
    assert {"get", "fcall", "time"} <= let_through, let_through
    assert everything(room) == before, "something changed"
    print(f"ok    {len(names)} commands, {asked} calls as the guest: only {' '.join(sorted(let_through))} get through")


def the_users_rights(room):
    """What the list of users says, so that a command added by a newer Redis is not forgotten."""
    fields = room.admin()("ACL", "GETUSER", "guest")
    user = {fields[at].decode(): fields[at + 1] for at in range(0, len(fields), 2)}
    allowed = {word[1:].split("|")[0] for word in user["commands"].decode().split() if word.startswith("+")}
    assert allowed <= MAY, allowed
    assert all(word.startswith("%R~") for word in user["keys"].decode().split()), user["keys"]
    prefix = room.state["secrets"]["prefix"]
    for selector in user["selectors"]:
        part = {selector[at].decode(): selector[at + 1].decode() for at in range(0, len(selector), 2)}
        allowed = {word[1:] for word in part["commands"].split() if word.startswith("+")}
        if part["keys"]:
            assert allowed == MAY_BELOW_THE_PREFIX, allowed
            assert part["keys"] in (f"~{prefix}:*", f"%RW~{prefix}:*"), part["keys"]
        else:
            assert allowed == {"time"}, allowed
    # 128 bits, and not in anything that a guest is given.
    assert len(prefix) == 32 and prefix not in room.line and prefix not in room.said()
    listed = room.guest()("FCALL", "sprint_room", 0, "list").decode()
    assert prefix not in listed and "token" not in listed and hashlib.sha1(ANA.encode()).hexdigest() not in listed
    print("ok    the guest's rights are the ones that are meant, and the prefix is told nowhere")


def with_redis_cli(room):
    """The same with the program itself, as somebody at a table would."""
    prefix_guess = "0" * 32
    for words in (["SET", "sccache/a", "x"], ["DEL", "sccache/a"], ["DEL", "claims"], ["EXPIRE", "claims", "1"], ["KEYS", "*"],
                  ["SCAN", "0"], ["FLUSHALL"], ["CONFIG", "GET", "*"], ["EVAL", "return 1", "0"], ["SCRIPT", "LOAD", "x"],
                  ["FUNCTION", "LIST", "WITHCODE"], ["FUNCTION", "DUMP"], ["ACL", "LIST"], ["MONITOR"], ["CLIENT", "LIST"],
                  ["REPLICAOF", "NO", "ONE"], ["SAVE"], ["DEBUG", "SLEEP", "1"], ["SUBSCRIBE", "x"], ["MULTI"],
                  ["HSET", "claims", "T01", "x"], ["HDEL", f"{prefix_guess}:claims", "T01"],
                  ["FCALL", "another_function", "0"], ["FCALL_RO", "sprint_room", "0", "list"]):
        ran = subprocess.run(["redis-cli", "-p", str(room.redis_port), "--user", "guest", "--no-auth-warning", *words],
                             env=os.environ | {"REDISCLI_AUTH": room.password}, capture_output=True, text=True, timeout=10)
        assert ran.stdout.startswith(("NOPERM", "ERR DEBUG command not allowed")), (words, ran.stdout, ran.stderr)
    for user, password in (("default", ""), ("guest", "wrong"), ("sprint-admin", room.password), ("lead", room.password)):
        try:
            Redis(room.redis_port, user, password)
            raise AssertionError(f"{user} was let in")
        except Refused as refusal:
            assert str(refusal).startswith("WRONGPASS"), refusal
    try:
        Redis(room.redis_port)("FCALL", "sprint_room", 0, "list")
        raise AssertionError("nobody was let in")
    except Refused as refusal:
        assert str(refusal).startswith(("NOAUTH", "NOPERM")), refusal
    print("ok    redis-cli as the guest: nothing to set, delete, list, load, watch or shut down")


def the_cache_is_read_only(room):
    user, password = "lead", room.state["secrets"]["lead"]
    lead = Redis(room.redis_port, user, password)
    assert lead("SET", "sccache/a/b", b"\x00object") == b"OK"
    assert room.guest()("GET", "sccache/a/b") == b"\x00object"
    for words in (["SET", "sccache/a/b", "x"], ["SETRANGE", "sccache/a/b", "0", "x"], ["GETDEL", "sccache/a/b"],
                  ["GETEX", "sccache/a/b", "EX", "1"], ["GETSET", "sccache/a/b", "x"], ["APPEND", "sccache/a/b", "x"],
                  ["RENAME", "sccache/a/b", "sccache/c"], ["COPY", "sccache/a/b", "sccache/c"], ["TOUCH", "sccache/a/b"]):
        try:
            room.guest()(*words)
            raise AssertionError(words)
        except Refused as refusal:
            assert str(refusal).startswith("NOPERM"), refusal
    # And the lead, whose line is on the lead's disk alone, cannot reach claims but by the function either.
    for words in (["HDEL", "claims", "T01"], ["FLUSHALL"], ["GET", room.state["secrets"]["prefix"] + ":claims"]):
        try:
            lead(*words)
            raise AssertionError(words)
        except Refused:
            pass
    print("ok    what guests read of the compile cache, only the lead writes")


def others_claims(room):
    """Take, extend, drop or finish what ana holds; be ana; confuse the function."""
    redis = room.guest()
    assert redis.room("take", "ana", ANA, "T01")["ok"]
    held = redis.room("list")["claims"]["T01"]
    assert held["by"] == "ana"
    tries = [(verb, name, token, "T01")
             for verb in ("take", "renew", "drop", "done")
             for name, token in (("eve", EVE), ("ana", EVE), ("ana", ""), ("ana", "A" * 32), ("ana", hashlib.sha1(ANA.encode()).hexdigest()),
                                 ("ana ", EVE), ("ANA", EVE), ("ana\x00", EVE), (" ana", EVE), ("", ANA))]
    tries += [("bye", "ana", EVE), ("hello", "ana", EVE), ("report", "ana", EVE, "built", "1"), ("renew", "ana", EVE)]
    for words in tries:
        said = redis.room(*words)
        # Another name that only looks like hers is another guest: it may be welcome, but not to her claim.
        assert not said["ok"], (words, said)
        assert redis.room("list")["claims"]["T01"] == held, words
    for name in ("eve", "ana ", "ANA", " ana"):
        redis.room("bye", name, EVE)
        assert redis.room("list")["claims"]["T01"] == held, name
    # Nonsense of every kind: answers or refusals, and ana's claim as it was.
    chance = random.Random(7)
    words = ["take", "renew", "drop", "done", "bye", "hello", "report", "list", "", "T01", "T02", "ana", "eve", EVE, "nan", "inf", "-1",
             "1e308", "restored", "built", "\x00", "\n", "[", "{", "%", "%c", "*", "a" * 5000, b"\xff\xfe", "constructor", "__index", "__proto__"]
    for _ in range(3000):
        call = [chance.choice(words) for _ in range(chance.randrange(8))]
        # An error of the function itself would be a Refused.
        json.loads(redis("FCALL", "sprint_room", 0, *call).decode("utf-8", "replace"))
    for keys in ("1", "-1", "2", "x"):
        try:
            redis("FCALL", "sprint_room", keys, "sccache/a", "take", "eve", EVE, "T02")
        except Refused:
            pass
    assert listed_raw(redis)["claims"]["T01"] == held
    assert "inf" not in json.dumps(listed_raw(redis)), "a number that is none"
    # Nobody takes every task: a guest holds so many, and they are the list's.
    tasks = [f"T{number:02}" for number in range(2, 20)]
    taken = [redis.room("take", "mallory", "b" * 32, task)["ok"] for task in tasks]
    assert sum(taken) == 5, taken
    assert redis.room("take", "mallory", "b" * 32, "T999999")["why"] == "unknown-task"
    # Many names, one room: those who hold something stay, and whoever comes is let in.
    for number in range(700):
        assert redis.room("hello", f"sock {number}", EVE)["ok"]
    assert redis.room("hello", "zoe", "c" * 32)["ok"]
    listed = listed_raw(redis)
    assert {"ana", "mallory", "zoe"} <= set(listed["guests"]) and len(listed["guests"]) <= 300, len(listed["guests"])
    assert redis.room("renew", "ana", ANA, "T01")["ok"]
    memory = int(next(line for line in room.admin()("INFO", "memory").decode().splitlines() if line.startswith("used_memory:")).split(":")[1])
    assert memory < 20 << 20, memory
    print("ok    another's claim was not taken, extended, dropped or finished; a hostile guest fills no memory")


def listed_raw(redis):
    """The list, whatever bytes are in it."""
    return json.loads(redis("FCALL", "sprint_room", 0, "list").decode("utf-8", "replace"))


def http(port, raw, wait=5):
    with socket.create_connection(("127.0.0.1", port), wait) as connection:
        connection.sendall(raw)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def get(port, path, method="GET", more=""):
    raw = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n".encode()
    head, _, body = http(port, raw).partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode("latin-1").lower(), body


def raw_http(room):
    key, digest = "0123456789abcdef" * 4, "fedcba9876543210" * 4
    files = {f"{key}.json": b"{}", f"{key}.json.minisig": b"untrusted", f"{digest}.tar.zst": bytes(range(256)) * 400}
    for name, content in files.items():
        (room.store / "v1" / name).write_bytes(content)
    (room.store / "secret.json").write_bytes(b"secret")
    (room.store / "v1" / "notes.txt").write_bytes(b"secret")
    (room.store / "v1" / f"{'ab' * 32}.json").symlink_to("/etc/passwd")
    seen = {path: path.read_bytes() for path in room.store.rglob("*") if path.is_file()}
    for name, content in files.items():
        status, head, body = get(room.port, f"/snapshots/v1/{name}")
        assert (status, body) == (200, content), (name, status)
        assert "nosniff" in head and "octet-stream" in head, head
    status, head, body = get(room.port, f"/snapshots/v1/{digest}.tar.zst", more="Range: bytes=1000-1009\r\n")
    assert (status, body) == (206, files[f"{digest}.tar.zst"][1000:1010]), status
    assert get(room.port, f"/snapshots/v1/{digest}.tar.zst", more="Range: bytes=999999-\r\n")[0] == 416
    assert get(room.port, f"/snapshots/v1/{digest}.tar.zst", "HEAD")[0] == 200
    for path in ("/snapshots/secret.json", "/snapshots/v1/notes.txt", f"/snapshots/v1/{'ab' * 32}.json", "/snapshots/", "/snapshots/v1/",
                 "/snapshots/v1/../secret.json", "/snapshots/v1/..%2fsecret.json", "/snapshots/v1/%2e%2e/secret.json", "/../../etc/passwd",
                 "/snapshots/v1/..%5csecret.json", "/snapshots//etc/passwd", "/bundle/../store/secret.json", "/bundle/..%2f..%2fetc%2fpasswd",
                 f"/snapshots/v1/{key}.json%00", f"/snapshots/v1/{key}.json/", "/build/state/room.json", "/snapshots/v1/%ff", "/bundle/x",
                 "http://x/etc/passwd"):
        status, _, body = get(room.port, path)
        assert status in (400, 404) and b"secret" not in body and b"root:" not in body, (path, status)
    for method in ("PUT", "POST", "DELETE", "PATCH", "MKCOL", "PROPFIND", "TRACE", "CONNECT", "MOVE"):
        for path in (f"/snapshots/v1/{key}.json", f"/snapshots/v1/{'cd' * 32}.json", "/", "/events", "/board.json"):
            status, _, _ = get(room.port, path, method, "Content-Length: 0\r\nDestination: /x\r\n")
            assert status in (400, 404, 405), (method, path, status)
    for raw in (b"\x00" * 100, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
                b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
        try:
            http(room.port, raw)
        except (ConnectionError, TimeoutError):
            pass
    assert {path: path.read_bytes() for path in room.store.rglob("*") if path.is_file()} == seen, "the store changed"
    assert get(room.port, "/")[0] == 200
    print("ok    raw HTTP: the store's own files, and ranges of them; nothing else is read, nothing is written")


def who_never_finishes(room):
    """Connections that only hang there: dropped, and meanwhile no more than so many from one address."""
    begin = time.monotonic()
    idle = []
    for _ in range(40):
        connection = socket.create_connection(("127.0.0.1", room.port), 5)
        connection.sendall(b"GET / HT")
        idle.append(connection)
    time.sleep(0.3)
    closed = 0
    for connection in idle:
        connection.settimeout(25)
        # The first ones are held until the deadline for a request's head, the others not at all.
        try:
            connection.recv(1000)
        except ConnectionResetError:
            pass
        closed += 1
    spent = time.monotonic() - begin
    assert closed == 40 and 10 < spent < 25, (closed, spent)
    assert get(room.port, "/")[0] == 200
    print(f"ok    forty connections that say nothing are dropped (all within {spent:.0f} s)")


def main():
    scratch = pathlib.Path(sys.argv[1])
    with Room(scratch) as room:
        slow = Waiting(who_never_finishes, room)
        raw = Guest(scratch, "ana")
        # What is in the lead's state is for the lead alone.
        assert (room.root / "build/state/room.json").stat().st_mode & 0o777 == 0o600
        assert "sprint-admin" not in subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        raw.run("room", "join", room.line)
        raw.run("room", "leave")
        every_command(room)
        the_users_rights(room)
        with_redis_cli(room)
        the_cache_is_read_only(room)
        others_claims(room)
        slow.join()
        raw_http(room)


class Waiting(threading.Thread):
    """A part that mostly waits, beside the others; its failure is this thread's too."""

    def __init__(self, part, room):
        super().__init__()
        self.part, self.room, self.failure = part, room, None
        self.start()

    def run(self):
        try:
            self.part(self.room)
        except BaseException as failure:  # handed on in join
            self.failure = failure

    def join(self, timeout=None):
        super().join(timeout)
        if self.failure:
            raise self.failure


main()
