"""Are two builds of an image the same? python3 differ.py ARCHIVE ONE OTHER

Reads what `docker save` wrote, and compares the layers entry by entry: name, kind, mode, owner, time, content. The one
difference that is let pass, and told: an older BuildKit leaves the mount points of `RUN --mount` in the layer, as
directories with the time of the build (a newer one removes them). Exit code 1 for any other.
"""

import hashlib
import json
import sys
import tarfile

MOUNT_POINTS = ("kit", "mnt", "rust-image", "run/secrets", "var/cache/kit")


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


def is_mount_point(name, one, other):
    """Only the time of a directory (or an empty file) may differ, and only there."""
    within = any(name == point or name.startswith(point + "/") for point in MOUNT_POINTS)
    return within and one is not None and other is not None and one[:4] == other[:4] and one[5] == other[5]


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
                if is_mount_point(name, a, b):
                    explained += 1
                    print(f"  layer {number}: {name}: a mount point's time")
                else:
                    unexplained += 1
                    print(f"  layer {number}: {name}: {a} and {b}")
    print(f"  {same} of {len(pairs)} layers are the same; {explained} mount points, {unexplained} other differences")
    return unexplained != 0


sys.exit(main())
