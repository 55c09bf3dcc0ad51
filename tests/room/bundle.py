"""A room gives out bundles: bootstrap takes one by its address and checksum, carries an interrupted transfer on, and uses
nothing of another file. Wants this checkout's build to be finished."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from rig import ROOT, SPRINT, Room


def main():
    scratch = pathlib.Path(sys.argv[1])
    shared, home, kit = scratch / "bundles", scratch / "home", scratch / "kit"
    shared.mkdir(parents=True)
    home.mkdir()
    # The bundle's own key and store; what the machine has downloaded is its own.
    own = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    maker = os.environ | {"XDG_DATA_HOME": str(scratch / "lead-data"), "SPRINT_SNAPSHOT_STORE": str(scratch / "store"),
                          "PATH": f"{own}/sprint-kit/bin:{os.environ['PATH']}"}
    made = subprocess.run([SPRINT, "bundle", "make", "--without", "rust", "--json", "--to", shared / "kit.bundle"],
                          cwd=ROOT, env=maker, check=True, capture_output=True, text=True)
    checksum = json.loads(made.stdout)["sha256"]
    (shared / "other.bundle").write_bytes((shared / "kit.bundle").read_bytes()[:-4096] + bytes(4095) + b"x")
    subprocess.run(["git", "clone", "-q", f"file://{ROOT}", kit], check=True)
    guest = os.environ | {"XDG_DATA_HOME": str(home / "data"), "XDG_CONFIG_HOME": str(home / "config"),
                          "XDG_CACHE_HOME": str(home / "cache"), "USER": "guest"}
    guest.pop("SPRINT_SNAPSHOT_STORE", None)

    def bootstrap(name):
        address = f"http://127.0.0.1:{room.port}/bundle/{name}"
        ran = subprocess.run(["scripts/bootstrap.sh", "--yes", "--no-system", "--no-test", "--bundle", address,
                              "--bundle-sha256", checksum], cwd=kit, env=guest, capture_output=True, text=True, timeout=300)
        return ran.returncode, ran.stdout + ran.stderr

    with Room(scratch / "room", "--bundles", str(shared)) as room:
        code, said = bootstrap("other.bundle")
        assert code == 6 and "nothing in it was looked at" in said, (code, said)
        assert not (kit / "target").exists() and not (home / "cache").exists(), "something of another file was used"
        code, said = bootstrap("none.bundle")
        assert code == 3 and "could not be fetched" in said, (code, said)
        # Half of it is here already.
        part = home / "data/sprint-kit/downloads" / f"{checksum}.bundle.part"
        with open(shared / "kit.bundle", "rb") as whole:
            part.write_bytes(whole.read(part.parent.stat().st_size + 10_000_000))
        code, said = bootstrap("kit.bundle")
        assert code == 0 and "checksum right" in said, (code, said)
    assert list((home / "cache/sprint-kit/snapshots/v1").glob("*.tar.zst")), "no snapshot came out of it"
    shutil.rmtree(scratch)
    print("bundle: taken by its address and checksum; another file refused with 6")


if __name__ == "__main__":
    main()
