"""Which `unsafe` in Rust sources does not say why it is sound?

    python3 sprint/checks/safety.py DIRECTORY_OR_FILE...

Prints one line for each finding and exits 1 when there is one. RUST_API.md asks for this of the fork;
clippy's lint sees less (no `unsafe impl` in macros, nothing without a compiler that can build the crate).
"""

import pathlib
import re
import sys

TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>b?c?r?(?P<hash>\#*)"(?:\\.|[^"\\])*?"(?P=hash))
  | (?P<char>b?'(?:\\.[^']*|[^'\\\n])')
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<mark>[^\s])
    """,
    re.VERBOSE | re.DOTALL,
)


def tokens(text):
    """Yield (kind, text, line) for everything but white space."""
    line = 1
    end = 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", end, match.start())
        yield match.lastgroup if match.lastgroup != "hash" else "string", match.group(), line
        line += text.count("\n", match.start(), match.end())
        end = match.end()


def findings(text):
    """Return (line, message) for each `unsafe` that has no reason beside it."""
    comments = {}
    code = []
    for kind, value, line in tokens(text):
        if kind == "comment":
            for offset, part in enumerate(value.split("\n")):
                comments[line + offset] = comments.get(line + offset, "") + part
        else:
            code.append((value, line))
    lines = text.split("\n")
    found = []
    for position, (value, line) in enumerate(code):
        if value != "unsafe":
            continue
        following = [word for word, _ in code[position + 1:position + 4]]
        if following[:1] == ["{"]:
            if not reason_near(code, position, comments, lines):
                found.append((line, "unsafe block without a SAFETY comment"))
        elif following[:1] == ["impl"]:
            if not reason_near(code, position, comments, lines):
                found.append((line, "unsafe impl without a SAFETY comment"))
    return found


def reason_near(code, position, comments, lines):
    """Is there a SAFETY comment in the statement's lines, or right above it?"""
    line = code[position][1]
    start = line
    # The statement begins after the last ; { } or , that stands before.
    for value, at in reversed(code[:position]):
        if value in (";", "{", "}", ","):
            break
        start = at
    if any("SAFETY:" in comments.get(at, "") for at in range(start, line + 1)):
        return True
    return "SAFETY:" in comment_above(start, comments, lines)


def comment_above(line, comments, lines):
    """The comment that ends right above a line, attributes passed over."""
    text = []
    above = line - 1
    while above >= 1:
        bare = lines[above - 1].strip()
        if above in comments and bare.startswith(("//", "/*", "*")):
            text.append(comments[above])
        elif not bare.startswith("#["):
            break
        above -= 1
    return "\n".join(reversed(text))


def sources(paths):
    """Every Rust file below the paths, in order."""
    for path in map(pathlib.Path, paths):
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(file for file in path.rglob("*.rs") if "target" not in file.parts)
        else:
            sys.exit(f"safety.py: there is no {path}")


def main(paths):
    if not paths:
        sys.exit(__doc__)
    files = found = 0
    for path in sources(paths):
        files += 1
        for line, message in findings(path.read_text(encoding="utf-8")):
            found += 1
            print(f"{path}:{line}: {message}")
    if not files:
        sys.exit(f"safety.py: no Rust file in {' '.join(paths)}")
    print(f"{files} files, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
