"""Sizes of an image, layer by layer: python3 sizes.py ARCHIVE NAME [UNCOMPRESSED COMPRESSED]

Reads what `docker save` wrote. Compressed is gzip, as a registry has it. With two limits in MB (10**6 bytes), exit code 1
where one is exceeded.
"""

import json
import sys
import tarfile
import zlib


class Counted:
    """Counts what a stream of bytes is, plain and compressed."""

    def __init__(self):
        self.plain = self.packed = 0
        self.zlib = zlib.compressobj(6, zlib.DEFLATED, 31)

    def feed(self, block):
        self.plain += len(block)
        self.packed += len(self.zlib.compress(block))

    def done(self):
        self.packed += len(self.zlib.flush())
        return self.plain, self.packed


def layers(archive, name):
    """Yield (plain, packed, what made it) for each layer of the image."""
    with tarfile.open(archive) as tar:
        [image] = [image for image in json.load(tar.extractfile("manifest.json")) if name in (image["RepoTags"] or [])]
        config = json.load(tar.extractfile(image["Config"]))
        made = [entry.get("created_by", "") for entry in config["history"] if not entry.get("empty_layer")]
        assert len(made) == len(image["Layers"]), (made, image["Layers"])
        for layer, command in zip(image["Layers"], made):
            counted, stream = Counted(), tar.extractfile(layer)
            while block := stream.read(1 << 20):
                counted.feed(block)
            yield *counted.done(), command.partition("setup.sh ")[2].partition(" #")[0] or command[-60:] or "the base image"


def main():
    archive, name, *limits = sys.argv[1:]
    plain = packed = 0
    print(f"  {'MB':>6} {'gzip':>6}  {name}")
    for size, small, command in layers(archive, name):
        plain, packed = plain + size, packed + small
        print(f"  {size / 1e6:6.1f} {small / 1e6:6.1f}  {command}")
    print(f"  {plain / 1e6:6.1f} {packed / 1e6:6.1f}  in all" + (f", allowed {limits[0]} and {limits[1]}" if limits else ""))
    return bool(limits) and (plain > float(limits[0]) * 1e6 or packed > float(limits[1]) * 1e6)


sys.exit(main())
