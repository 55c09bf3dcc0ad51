"""Are two builds of an image the same? python3 differ.py ARCHIVE ONE OTHER

Reads what `docker save` wrote, and compares the layers entry by entry: name, kind, mode, owner, time, content. What is
let pass, and told, is the time of what the engine itself writes, which no RUN can set:

* mount points: an older BuildKit leaves those of `RUN --mount` in the layer (a newer one removes them), and each RUN
  has its hosts and resolv.conf mounted into etc;
* whiteouts: the marks that a layer below had a file which is gone.

Exit code 1 for any other difference, a content, a mode or an owner among these included.
"""

import hashlib
import json
import sys
import tarfile

MOUNT_POINTS = ("kit", "mnt", "rust-image", "run/secrets", "var/cache/kit")
HOSTS_MOUNTED_IN = "etc"
WHITEOUT = ".wh."


def layers(tar, name):
    """The names of an image's layers in the archive."""
    [image] = [image for image in json.load(tar.extractfile("manifest.json")) if name in (image["RepoTags"] or [])]
    return image["Layers"]


def entries(tar, layer):
    """What a layer holds: name to everything that counts."""
    found = {}
    with tarfile.open(fileobj=tar.extractfile(layer)) as inner:
        for member in inner:
            content = hashlib.sha256(inner.extractfile(member).read()).hexdigest() if member.isreg() else member.linkname
            found[member.name] = (member.type, member.mode, member.uid, member.gid, member.mtime, content)
    return found


def excuse(name, one, other):
    """Why two entries may differ in their time; None where they may not, or differ in more than that."""
    if one is None or other is None or one[:4] != other[:4] or one[5] != other[5]:
        return None
    if name == HOSTS_MOUNTED_IN or any(name == point or name.startswith(point + "/") for point in MOUNT_POINTS):
        return "a mount point's time"
    if name.rpartition("/")[2].startswith(WHITEOUT):
        return "a whiteout's time"
    return None


def main():
    archive, one, other = sys.argv[1:]
    unexplained = explained = same = 0
    with tarfile.open(archive) as tar:
        pairs = list(zip(layers(tar, one), layers(tar, other), strict=True))
        for number, (left, right) in enumerate(pairs):
            if left == right:
                same += 1
                continue
            here, there = entries(tar, left), entries(tar, right)
            for name in sorted(here.keys() | there.keys()):
                if (a := here.get(name)) == (b := there.get(name)):
                    continue
                if why := excuse(name, a, b):
                    explained += 1
                    print(f"  layer {number}: {name}: {why}")
                else:
                    unexplained += 1
                    print(f"  layer {number}: {name}: {a} and {b}")
    print(f"  {same} of {len(pairs)} layers are the same; {explained} times of mount points and whiteouts, {unexplained} other differences")
    return unexplained != 0


sys.exit(main())
