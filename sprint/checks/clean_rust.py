"""Does `make clean-rust` clean this build, and only this build, with and without cargo?

    python3 sprint/checks/clean_rust.py cpython

A stand-in for cargo writes down how it was called.
"""

import sys

import forktree

CARGO = """#!/bin/sh
{ pwd; printf '%s\\n' "${CARGO_TARGET_DIR-}" "$@"; } >"$CARGO_HOME/called"
"""


def main(tree):
    problems = []
    with forktree.Scratch() as scratch:
        program = scratch.home / "bin/cargo"
        program.write_text(CARGO)
        program.chmod(0o755)
        code, output = scratch.configure(tree)
        if code != 0:
            sys.exit(f"configure failed:\n{output[-2000:]}")
        code, output = scratch.run(["make", "clean-rust"], CARGO_TARGET_DIR="/elsewhere")
        called = scratch.home / "called"
        if code != 0:
            problems.append(f"make clean-rust fails: {output.splitlines()[-1:]}")
        elif called.is_file():
            words = called.read_text().splitlines()
            target = str(scratch.build / "target")
            if words[1] != target and not any(target in word for word in words[2:]):
                problems.append(f"cargo is not told to clean {target}, but {words[1] or 'its default'}")
            if not any("Cargo.toml" in word for word in words[2:]) and not words[0].startswith(str(tree)):
                problems.append("cargo is not told which manifest, and finds one by chance or none")
        elif (scratch.build / "target").exists():
            problems.append("make clean-rust leaves target/ behind")
        program.unlink()
        code, output = scratch.run(["make", "clean-rust"])
        if code != 0:
            problems.append(f"once cargo is gone, make clean-rust fails: {output.splitlines()[-1:]}")
    return forktree.verdict(problems, "make clean-rust cleans this build's target directory")


if __name__ == "__main__":
    sys.exit(main(forktree.tree_from(sys.argv[1:], __doc__)))
