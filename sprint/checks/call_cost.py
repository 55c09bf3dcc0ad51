"""What does a call into Rust cost beside the same call into C?

    just python --profile release sprint/checks/call_cost.py

Compares _base64.standard_b64encode with binascii.b2a_base64 on nothing to encode, so that what is left is
the call: arguments, the guard against panics, a result. Green up to 1.2 times the cost of C.
"""

import binascii
import statistics
import sys
import time

import _base64

LIMIT = 1.2
CALLS = 200_000
ROUNDS = 9


def cost(function, data):
    """Seconds for CALLS calls."""
    began = time.perf_counter()
    for _ in range(CALLS):
        function(data)
    return time.perf_counter() - began


def main():
    if hasattr(sys, "gettotalrefcount"):
        sys.exit("this Python counts references: just python --profile release sprint/checks/call_cost.py")
    ratios = []
    for _ in range(ROUNDS):
        c = cost(binascii.b2a_base64, b"")
        rust = cost(_base64.standard_b64encode, b"")
        ratios.append(rust / c)
    ratio = statistics.median(ratios)
    print(f"a call into Rust costs {ratio:.2f} times a call into C (median of {ROUNDS}; limit {LIMIT})")
    print("green" if ratio <= LIMIT else "red")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
