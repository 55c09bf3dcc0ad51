"""What does configure say about cargo where there is none, and where there is one?

    python3 sprint/checks/no_cargo.py cpython
"""

import sys

import forktree


def main(tree):
    problems = []
    with forktree.Scratch() as scratch:
        code, output = scratch.configure(tree)
        lines = [line for line in output.splitlines() if line.startswith("checking for cargo")]
        if code != 0:
            problems.append(f"without cargo configure fails: {output.splitlines()[-1:]}")
        elif not lines:
            problems.append("configure does not look for cargo at all")
        elif lines[-1].endswith("yes"):
            problems.append(f"there is no cargo, and configure says: {lines[-1]}")
        elif scratch.variable("RUST_STATICLIB_DEP"):
            problems.append("make would still want the Rust archive")
    with forktree.Scratch() as scratch:
        program = scratch.home / "bin/cargo"
        program.write_text("#!/bin/sh\necho cargo 1.95.0\n")
        program.chmod(0o755)
        code, output = scratch.configure(tree)
        lines = [line for line in output.splitlines() if line.startswith("checking for cargo")]
        if not lines or lines[-1].endswith(("no", "n/a")):
            problems.append(f"there is a cargo in CARGO_HOME, and configure says: {lines[-1:]}")
    return forktree.verdict(problems, "configure tells whether cargo is there")


if __name__ == "__main__":
    sys.exit(main(forktree.tree_from(sys.argv[1:], __doc__)))
