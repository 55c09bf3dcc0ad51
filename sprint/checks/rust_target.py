"""On a platform without a known Rust target, does the advice that configure gives work?

    python3 sprint/checks/rust_target.py cpython

Configures a view of the tree whose platform table knows no Rust target, and then does what the error
advises: CARGO_TARGET by hand.
"""

import os
import sys

import forktree

TARGET = "x86_64-unknown-linux-gnu"


def unknown_platform(tree, view):
    """A tree of links to `tree`, but for the table of platforms."""
    (view / "Misc").mkdir(parents=True)
    for entry in tree.iterdir():
        if entry.name != "Misc":
            os.symlink(entry, view / entry.name)
    for entry in (tree / "Misc").iterdir():
        if entry.name != "platform_triplet.c":
            os.symlink(entry, view / "Misc" / entry.name)
    table = (tree / "Misc/platform_triplet.c").read_text()
    lines = [line if "RUST_TARGET=" not in line else "RUST_TARGET=unknown" for line in table.splitlines()]
    (view / "Misc/platform_triplet.c").write_text("\n".join(lines) + "\n")


def main(tree):
    problems = []
    with forktree.Scratch() as scratch:
        program = scratch.home / "bin/cargo"
        program.write_text("#!/bin/sh\necho cargo 1.95.0\n")
        program.chmod(0o755)
        view = scratch.root / "view"
        unknown_platform(tree, view)
        code, output = scratch.configure(view)
        if code == 0:
            sys.exit("configure does not mind an unknown Rust target: this check has nothing to look at")
        if "CARGO_TARGET" not in output:
            print("the error no longer advises CARGO_TARGET; then it must not be needed either")
        code, output = scratch.configure(view, CARGO_TARGET=TARGET)
        if code != 0:
            problems.append(f"with CARGO_TARGET={TARGET} as advised: {output.splitlines()[-1:]}")
        elif scratch.variable("CARGO_TARGET") != TARGET:
            problems.append(f"CARGO_TARGET={TARGET} became {scratch.variable('CARGO_TARGET')!r}")
    return forktree.verdict(problems, "CARGO_TARGET by hand is used")


if __name__ == "__main__":
    sys.exit(main(forktree.tree_from(sys.argv[1:], __doc__)))
