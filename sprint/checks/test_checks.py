"""The check programs themselves, red and green. Run by tests/stages; `python3 sprint/checks/test_checks.py`

The checks of the fork's build run against the kit's stand-in for the fork, which has the same flaws, and
against copies of it in which one flaw is mended. Those need STANDIN_PYTHON, a built Python 3.13.5.
"""

import io
import os
import pathlib
import shutil
import tempfile
import unittest
from contextlib import redirect_stdout

import clean_rust
import llvm
import msrv
import no_cargo
import rust_target
import safety

ROOT = pathlib.Path(__file__).resolve().parents[2]
STANDIN = ROOT / "tests/fixtures/in-tree/tree"


def quietly(function, *args):
    """Call it; return what it returns and what it printed."""
    with redirect_stdout(io.StringIO()) as output:
        code = function(*args)
    return code, output.getvalue()


class SafetyTests(unittest.TestCase):
    def test_the_kits_modules_are_clean_and_are_looked_at(self):
        blocks = 0
        for path in safety.sources([ROOT / "modules/support"]):
            text = path.read_text(encoding="utf-8")
            self.assertEqual([message for _, message in safety.findings(text) if "block" in message], [], path)
            # Every reason gone, every block is found: the checker sees what is there.
            bare = text.replace("SAFETY:", "REASON:")
            blocks += len([1 for _, message in safety.findings(bare) if "block" in message])
        self.assertGreater(blocks, 20)

    def test_places_and_exit_codes(self):
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory, "a.rs")
            file.write_text("fn f() {\n    unsafe { g() }\n}\n")
            code, output = quietly(safety.main, [directory])
            self.assertEqual((code, output.splitlines()[0]),
                             (1, f"{file}:2: unsafe block without a SAFETY comment"))
            file.write_text("fn f() {}\n")
            self.assertEqual(quietly(safety.main, [directory])[0], 0)


class MsrvTests(unittest.TestCase):
    MANIFEST = '[workspace.package]\nrust-version = "1.95"\n'

    def test_in_step(self):
        both = {"a.yml": "uses: dtolnay/rust-toolchain@1.95.0\n",
                "b.yml": "with:\n  toolchain: 'stable'\nrun: cargo clippy\nuses: x/rust-toolchain@stable\n"}
        self.assertEqual(msrv.problems(self.MANIFEST, both), [])

    def test_out_of_step(self):
        for workflows, reason in (
            ({"a.yml": "uses: dtolnay/rust-toolchain@1.91.1\n"}, "older than"),
            ({"a.yml": "uses: dtolnay/rust-toolchain@1.96.0\nrun: cargo clippy\n"}, "no workflow runs the promised"),
            ({"a.yml": "uses: dtolnay/rust-toolchain@1.95.0\nrun: cargo clippy\n"}, "newer than"),
            ({}, "no workflow runs the promised"),
        ):
            found = msrv.problems(self.MANIFEST, workflows)
            self.assertTrue(any(reason in problem for problem in found), found)
        self.assertEqual(len(msrv.problems("[workspace]\n", {})), 1)


class LlvmTests(unittest.TestCase):
    def test_verdicts(self):
        self.assertEqual(llvm.verdict(21, 21)[0], 0)
        for rustc, clang in ((21, 14), (21, None), (None, 21)):
            self.assertEqual(llvm.verdict(rustc, clang)[0], 1)

    def test_a_missing_compiler_has_no_number(self):
        self.assertIsNone(llvm.major(["no-such-compiler-here"], r"(\d+)"))
        self.assertEqual(llvm.major(["echo", "clang version 21.1.8"], r"clang version (\d+)"), 21)


@unittest.skipUnless(os.environ.get("STANDIN_PYTHON"), "needs STANDIN_PYTHON, a built Python 3.13.5")
class ForkTests(unittest.TestCase):
    """Red on the flaw that the fork is known to have, green on a copy where it is mended."""

    def mended(self, file, *edits):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="sprint-standin-"))
        self.addCleanup(shutil.rmtree, directory)
        tree = directory / "tree"
        shutil.copytree(STANDIN, tree, symlinks=True)
        text = (tree / file).read_text()
        for old, new in edits:
            self.assertIn(old, text)
            text = text.replace(old, new)
        (tree / file).write_text(text)
        return tree

    def check(self, program, mended, reason):
        code, output = quietly(program.main, STANDIN)
        self.assertEqual(code, 1, output)
        self.assertIn(reason, output)
        code, output = quietly(program.main, mended)
        self.assertEqual(code, 0, output)

    def test_no_cargo(self):
        answer = '    if test -x "$CARGO_HOME/bin/cargo"; then ac_cv_prog_HAVE_CARGO=yes; else ac_cv_prog_HAVE_CARGO=no; fi\n'
        mended = self.mended("configure", ("    ac_cv_prog_HAVE_CARGO=$CARGO_HOME\n", answer),
                             ("    ac_cv_prog_HAVE_CARGO=yes\n", answer))
        self.check(no_cargo, mended, "there is no cargo, and configure says")

    def test_clean_rust(self):
        mended = self.mended("Makefile.pre.in", (
            "\t$(CARGO_HOME)/bin/cargo clean\n",
            "\tif test -x $(CARGO_HOME)/bin/cargo; then $(RUST_ENV) $(CARGO_HOME)/bin/cargo clean "
            "--manifest-path $(srcdir)/Cargo.toml; fi\n"))
        self.check(clean_rust, mended, "is not told to clean")

    def test_rust_target(self):
        mended = self.mended("configure", ("    CARGO_TARGET=$RUST_TARGET\n",
                                           '    test -n "${CARGO_TARGET-}" || CARGO_TARGET=$RUST_TARGET\n'))
        self.check(rust_target, mended, "as advised")


if __name__ == "__main__":
    unittest.main()
