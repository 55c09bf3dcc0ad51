"""Do clang and rustc share an LLVM? Sanitizers across C and Rust need that.

    python3 sprint/checks/llvm.py
"""

import re
import subprocess
import sys


def major(command, pattern):
    """The LLVM number that a compiler states, or None."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    match = re.search(pattern, done.stdout)
    return int(match[1]) if match else None


def verdict(rustc, clang):
    """Exit code and text for two numbers."""
    if rustc is None:
        return 1, "rustc does not say which LLVM it has"
    if clang is None:
        return 1, f"there is no clang; rustc has LLVM {rustc}"
    if clang != rustc:
        return 1, f"clang has LLVM {clang}, rustc has LLVM {rustc}"
    return 0, f"both have LLVM {rustc}"


def main():
    rustc = major(["rustc", "-vV"], r"LLVM version: (\d+)")
    clang = major(["clang", "--version"], r"clang version (\d+)")
    code, text = verdict(rustc, clang)
    print(f"{'red' if code else 'green'}: {text}")
    return code


if __name__ == "__main__":
    sys.exit(main())
