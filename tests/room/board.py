"""The board in a real browser: opens a room, lets board.mjs look at it."""

import pathlib
import subprocess
import sys

from rig import Room

HERE = pathlib.Path(__file__).parent


def main():
    scratch = pathlib.Path(sys.argv[1])
    shots = pathlib.Path(sys.argv[2])
    shots.mkdir(parents=True, exist_ok=True)
    with Room(scratch) as room:
        browser = ["node", HERE / "board.mjs", room.line, str(room.redis_port), shots]
        subprocess.run(browser, check=True, timeout=200)


main()
