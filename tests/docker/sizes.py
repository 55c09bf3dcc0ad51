"""Sizes of images, layer by layer: python3 sizes.py ARCHIVE [NAME UNCOMPRESSED COMPRESSED]…

Reads what `docker save` wrote. Compressed is gzip, as a registry has it. The limits are in MB (10**6 bytes); exit code 1
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


def measure(tar, layer, known):
    """Plain and packed size of a layer; images share them."""
    if layer not in known:
        counted, stream = Counted(), tar.extractfile(layer)
        while block := stream.read(1 << 20):
            counted.feed(block)
        known[layer] = counted.done()
    return known[layer]


def layers(tar, name, known):
    """Yield (plain, packed, what made it) for each layer of the image."""
    [image] = [image for image in json.load(tar.extractfile("manifest.json")) if name in (image["RepoTags"] or [])]
    config = json.load(tar.extractfile(image["Config"]))
    made = [entry.get("created_by", "") for entry in config["history"] if not entry.get("empty_layer")]
    assert len(made) == len(image["Layers"]), (made, image["Layers"])
    for layer, command in zip(image["Layers"], made):
        step = command.partition("setup.sh ")[2].partition(" #")[0]
        yield *measure(tar, layer, known), step or command[-60:] or "the base image"


def main():
    archive, *images = sys.argv[1:]
    known, exceeded = {}, False
    with tarfile.open(archive) as tar:
        for name, most_plain, most_packed in zip(images[::3], images[1::3], images[2::3], strict=True):
            plain = packed = 0
            print(f"  {'MB':>6} {'gzip':>6}  {name}")
            for size, small, step in layers(tar, name, known):
                plain, packed = plain + size, packed + small
                print(f"  {size / 1e6:6.1f} {small / 1e6:6.1f}  {step}")
            print(f"  {plain / 1e6:6.1f} {packed / 1e6:6.1f}  in all, allowed {most_plain} and {most_packed}")
            exceeded |= plain > float(most_plain) * 1e6 or packed > float(most_packed) * 1e6
    return exceeded


sys.exit(main())
