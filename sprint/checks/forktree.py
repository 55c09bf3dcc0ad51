"""What the checks of the fork's build have in common: a configure of one's own, in a directory of one's own."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def tree_from(arguments, doc):
    """The tree that the command line names."""
    if len(arguments) != 1:
        sys.exit(doc)
    tree = pathlib.Path(arguments[0]).resolve()
    if not (tree / "configure").is_file():
        sys.exit(f"there is no CPython tree at {tree}: just source fork")
    if not (tree / "Cargo.toml").is_file():
        sys.exit(f"{tree} has no Rust of its own: this check is for the fork")
    return tree


class Scratch:
    """A build directory that goes away, with a CARGO_HOME that holds no cargo and a PATH without one."""

    def __enter__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="sprint-check-"))
        self.build = self.root / "build"
        self.build.mkdir()
        self.home = self.root / "cargo-home"
        (self.home / "bin").mkdir(parents=True)
        return self

    def __exit__(self, *reason):
        shutil.rmtree(self.root)

    def environment(self, **more):
        """The caller's, less what speaks of cargo."""
        path = [part for part in os.environ.get("PATH", "").split(os.pathsep)
                if part and not (pathlib.Path(part) / "cargo").exists()]
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("CARGO", "RUSTUP", "RUSTFLAGS"))}
        return kept | {"PATH": os.pathsep.join(path), "CARGO_HOME": str(self.home), "LC_ALL": "C"} | more

    def configure(self, tree, *arguments, **more):
        """Run configure; return its exit code and output."""
        return self.run([tree / "configure", "--with-pydebug", *arguments], **more)

    def run(self, command, **more):
        done = subprocess.run([str(part) for part in command], cwd=self.build, env=self.environment(**more),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", check=False)
        return done.returncode, done.stdout

    def variable(self, name):
        """A variable of the Makefile that configure wrote; None without one."""
        makefile = self.build / "Makefile"
        if not makefile.is_file():
            return None
        for line in makefile.read_text(errors="replace").splitlines():
            key, equals, value = line.partition("=")
            if equals and key.strip() == name:
                return value.strip()
        return None


def verdict(problems, green):
    """Print what is wrong, or that nothing is; the exit code."""
    for problem in problems:
        print(f"red: {problem}")
    if not problems:
        print(f"green: {green}")
    return 1 if problems else 0
