"""Is the Rust that the workspace promises the Rust that CI runs, and is a newer one linted with too?

    python3 sprint/checks/msrv.py cpython

Reads `rust-version` of the tree's workspace and every toolchain that a workflow asks for.
"""

import pathlib
import re
import sys
import tomllib

#: `dtolnay/rust-toolchain@1.95.0`, or `toolchain: "1.95"` below such a step.
TOOLCHAIN = re.compile(r"rust-toolchain@(?P<tag>[\w.-]+)|^\s*toolchain:\s*['\"]?(?P<key>[\w.-]+)", re.MULTILINE)


def problems(manifest, workflows):
    """What is out of step; `workflows` is name -> text."""
    promised = tomllib.loads(manifest).get("workspace", {}).get("package", {}).get("rust-version")
    if promised is None:
        return ["the workspace promises no rust-version"]
    found = []
    seen = [(name, number(match["tag"] or match["key"]), match["tag"] or match["key"])
            for name, text in sorted(workflows.items()) for match in TOOLCHAIN.finditer(text)]
    versions = [version for _, version, _ in seen if version]
    for name, version, text in seen:
        if version and version < number(promised):
            found.append(f"{name} runs Rust {text}, older than the promised {promised}")
    if number(promised) not in versions:
        found.append(f"no workflow runs the promised Rust {promised}")
    lints_newer = any("cargo clippy" in text and newer(text, promised) for text in workflows.values())
    if not lints_newer:
        found.append(f"no workflow runs clippy with a Rust newer than {promised}")
    return found


def newer(text, promised):
    names = [match["tag"] or match["key"] for match in TOOLCHAIN.finditer(text)]
    return any(name in ("stable", "beta", "nightly") or (number(name) or (0,)) > number(promised)
               for name in names)


def number(text):
    """(1, 95) of 1.95 or 1.95.0; None of anything else."""
    match = re.fullmatch(r"v?(\d+)\.(\d+)(?:\.\d+)?", text)
    return (int(match[1]), int(match[2])) if match else None


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    tree = pathlib.Path(arguments[0])
    if not (tree / "Cargo.toml").is_file():
        sys.exit(f"there is no workspace in {tree}: just source fork")
    workflows = {path.name: path.read_text() for path in (tree / ".github/workflows").glob("*.yml")}
    found = problems((tree / "Cargo.toml").read_text(), workflows)
    for problem in found:
        print(f"red: {problem}")
    if not found:
        print("green: CI runs the promised Rust, and lints with a newer one")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
