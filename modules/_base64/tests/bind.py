"""Put the Rust functions in the place of base64's own, so that CPython's test_base64 tests them."""

import base64

import _base64

#: The functions of base64.py that _base64 has too.
NAMES = (
    "b64encode",
    "b64decode",
    "standard_b64encode",
    "standard_b64decode",
    "urlsafe_b64encode",
    "urlsafe_b64decode",
)


def bind() -> list[str]:
    """Rebind the public functions of base64; return the names that were bound."""
    bound = []
    for name in NAMES:
        getattr(base64, name)  # A name that base64 does not have is not worth binding.
        setattr(base64, name, getattr(_base64, name))
        bound.append(f"base64.{name}")
    return bound
