"""Does the Rust module say hello? The last two steps of `just tour` run this in the Python that was built."""

import sys

import _base64


def main():
    doc = (_base64.__doc__ or "").strip()
    print(f"_base64 is {_base64.__spec__.origin}")
    print(f"_base64.__doc__ is {doc!r}")
    if "hello from" in doc.lower():
        print("green: it says hello")
        return 0
    print("red: it does not say hello")
    return 1


if __name__ == "__main__":
    sys.exit(main())
