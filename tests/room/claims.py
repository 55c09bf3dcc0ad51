"""Two people want one task: exactly one has it. A thousand times, by two processes; and 24 guests at once."""

import concurrent.futures
import json
import multiprocessing
import pathlib
import subprocess
import sys
import time

from rig import SPRINT_ROOM, Guest, Redis, Room

# Through the whole command line, and through the function alone.
TYPED, CALLED = 150, 1000


def one_of_two(room, scratch):
    two = [Guest(scratch, name) for name in ("ana", "bob")]
    for guest in two:
        guest.run("room", "join", room.line, "--name", guest.name)
    won = {guest.name: 0 for guest in two}
    begin = time.monotonic()
    for turn in range(TYPED):
        # Whoever is started first has a little less to do; so they take turns.
        order = two if turn % 2 else two[::-1]
        racing = [(guest, guest.start("--quiet", "task", "start", "T01", "--no-branch", "--no-check")) for guest in order]
        codes = {}
        for guest, process in racing:
            process.communicate(timeout=30)
            codes[guest.name] = process.returncode
        assert sorted(codes.values()) == [0, 7], (turn, codes)
        winner = next(guest for guest in two if codes[guest.name] == 0)
        holder = json.loads((room.guest()("FCALL", "sprint_room", 0, "list")))["claims"]["T01"]["by"]
        assert holder == winner.name, (turn, holder, winner.name)
        won[winner.name] += 1
        winner.run("task", "drop", "T01")
    print(f"ok    {TYPED} races of two `sprint task start`: exactly one won each time ({won}), {time.monotonic() - begin:.0f} s")
    # Both can win: a race that one always wins is none.
    assert min(won.values()) > TYPED // 50, won
    return two


def racer(port, password, name, token, barrier, results):
    redis = Redis(port, "guest", password)
    won = []
    for turn in range(CALLED):
        barrier.wait()
        said = redis.room("take", name, token, "T03")
        won.append(said["ok"])
        barrier.wait()
        if said["ok"]:
            assert redis.room("drop", name, token, "T03")["ok"]
    results.put(won)


def a_thousand_times(room):
    barrier, results = multiprocessing.Barrier(2), multiprocessing.Queue()
    racers = [multiprocessing.Process(target=racer, args=(room.redis_port, room.password, name, token * 32, barrier, results))
              for name, token in (("carol", "c"), ("dave", "d"))]
    begin = time.monotonic()
    for process in racers:
        process.start()
    one, other = results.get(timeout=60), results.get(timeout=60)
    for process in racers:
        process.join(10)
    assert len(one) == len(other) == CALLED
    assert all(a != b for a, b in zip(one, other)), "two winners, or none"
    assert min(sum(one), sum(other)) > CALLED // 50, (sum(one), sum(other))
    print(f"ok    {CALLED} races of two processes: exactly one won each time ({sum(one)}, {sum(other)}), "
          f"{time.monotonic() - begin:.1f} s")


def the_life_of_a_claim(room, scratch, ana, bob):
    out, _ = ana.run("task", "start", "T01", "--no-branch", "--no-check")
    assert "room     yours for 120 min" in out, out
    out, _ = bob.run("tasks")
    assert "taken (room: ana)" in out, out
    assert "T01" not in bob.run("tasks", "--free")[0]
    assert "T01" not in bob.run("task", "next")[0]
    _, err = bob.run("task", "start", "T01", "--no-branch", "--no-check", expect=7)
    assert "by ana" in err, err
    # Beside her, if he insists; and her claim is as it was.
    bob.run("task", "start", "T01", "--no-branch", "--no-check", "--unclaimed")
    assert "and ana's (room)" in bob.run("tasks")[0]
    assert room.guest().room("list")["claims"]["T01"]["by"] == "ana"
    bob.run("task", "drop", "T01")
    ana.run("task", "drop", "T01")
    assert room.guest().room("list")["claims"] == {}
    # The check renews. (It is red: the guest's clone holds the list, not the kit.)
    ana.run("task", "start", "T02", "--no-branch", "--no-check")
    admin, key = room.admin(), room.state["secrets"]["prefix"] + ":claims"
    claim = json.loads(admin("HGET", key, "T02"))
    admin("HSET", key, "T02", json.dumps(claim | {"until": claim["until"] - 3600}))
    process = ana.start("task", "check", "T02")
    process.communicate(timeout=60)
    assert room.guest().room("list")["claims"]["T02"]["until"] >= claim["until"], "not renewed"
    # The lead frees a task whose holder has gone home.
    out = subprocess.run([SPRINT_ROOM, "release", "t2"], cwd=room.root, capture_output=True, text=True, check=True).stdout
    assert out == "T02 is free again\n", out
    bob.run("task", "start", "T02", "--no-branch", "--no-check")
    out, err = ana.run("task", "drop", "T02")
    assert room.guest().room("list")["claims"]["T02"]["by"] == "bob", "somebody else's claim was dropped"
    # Leaving gives everything back.
    bob.run("room", "leave")
    assert room.guest().room("list")["claims"] == {}
    assert "no room" in bob.run("room", "status")[0]
    print("ok    claims are shown, renewed by the check, freed by the lead, given back on leaving")


def expiry(scratch):
    with Room(scratch, claim="1s") as room:
        guest = room.guest()
        one, two = "1" * 32, "2" * 32
        assert guest.room("take", "ana", one, "T01")["ok"]
        assert guest.room("take", "bob", two, "T01")["why"] == "taken"
        time.sleep(2.1)
        assert guest.room("take", "bob", two, "T01")["ok"]
        refused = guest.room("renew", "ana", one, "T01")
        assert (refused["why"], refused["by"]) == ("not-yours", "bob"), refused
        assert guest.room("drop", "ana", one, "T01")["why"] == "not-yours"
    print("ok    a claim expires by the room's clock, and is then somebody else's")


def a_room_of_guests(room, scratch, count=24):
    guests = [Guest(scratch, f"guest {number}") for number in range(count)]
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda guest: guest.run("room", "join", room.line), guests))
        wanted = ["T01", "T02", "T05", "T06"]

        def take(pair):
            number, guest = pair
            process = guest.start("--quiet", "task", "start", wanted[number % 4], "--no-branch", "--no-check")
            process.communicate(timeout=60)
            return wanted[number % 4], process.returncode

        begin = time.monotonic()
        results = list(pool.map(take, enumerate(guests)))
        spent = time.monotonic() - begin
    for task in wanted:
        codes = sorted(code for name, code in results if name == task)
        assert codes == [0] + [7] * (count // 4 - 1), (task, codes)
    out, _ = guests[0].run("room", "status")
    assert all(guest.name in out for guest in guests), out
    print(f"ok    {count} guests, four tasks, all at once: four claims ({spent:.1f} s)")


def main():
    scratch = pathlib.Path(sys.argv[1])
    with Room(scratch / "race") as room:
        a_thousand_times(room)
        ana, bob = one_of_two(room, scratch / "race")
        the_life_of_a_claim(room, scratch / "race", ana, bob)
        a_room_of_guests(room, scratch / "race")
    expiry(scratch / "expiry")


main()
