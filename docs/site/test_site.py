"""What the site's builder does before and after mdBook. The real thing is tests/stages/77-docs.sh."""

import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import build  # noqa: E402
import links  # noqa: E402


class Scratch(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.top = Path(temporary.name).resolve()

    def put(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Staging(Scratch):
    def setUp(self):
        super().setUp()
        self.put("README.md", "# Kit\n[nix](docs/nix.md#a) [x](docs/x.json)\n```\n[no](docs/none.md)\n```\n")
        self.put("docs/nix.md", "# Nix\n[up](../README.md) [web](https://example.org/a.md)\n")
        self.put("docs/new.md", "# A new page\n")
        self.put("docs/x.json", "{}")
        self.put("sprint/tasks.md", "# Tasks\n[format](README.md#steps)\n")
        self.put("sprint/README.md", "# Format\n")

    def stage(self):
        build.stage(self.top, self.top / "out")
        return self.top / "out/src"

    def test_links_stay_within_the_book_or_lead_to_the_repository(self):
        at = self.stage()
        self.assertEqual((at / "index.md").read_text(),
                         f"# Kit\n[nix](docs/nix.md#a) [x]({build.PUBLIC}/docs/x.json)\n"
                         "```\n[no](docs/none.md)\n```\n")
        self.assertIn("[up](../index.md) [web](https://example.org/a.md)", (at / "docs/nix.md").read_text())
        self.assertIn("(index.md#steps)", (at / "sprint/tasks.md").read_text())

    def test_a_page_that_nobody_named_comes_last(self):
        summary = (self.stage() / "SUMMARY.md").read_text()
        self.assertTrue(summary.rstrip().endswith("# More\n\n- [A new page](docs/new.md)"), summary)

    def test_a_link_to_nothing_is_refused(self):
        self.put("docs/nix.md", "[gone](gone.md)")
        with self.assertRaises(build.DocsError):
            self.stage()


class Links(Scratch):
    def test_each_link_is_looked_at(self):
        self.put("index.html", '<a href="a/b.html#there">x</a><a href="a/b.html#gone">x</a>'
                 '<a href="none.html">x</a><img src="https://example.org/x.png"><a href="#here">x</a>'
                 '<h1 id="here">x</h1><a href="a/%C3%A4.html">x</a>')
        self.put("a/b.html", '<h2 id="there">x</h2><a href="../index.html#nowhere">x</a>')
        self.put("a/ä.html", "")
        site = links.Site(self.top)
        self.assertEqual(site.faults(), [
            "a/b.html:1: ../index.html#nowhere: the page has no such place",
            "index.html:1: a/b.html#gone: the page has no such place",
            "index.html:1: none.html: there is no such page",
        ])
        self.assertEqual(site.outside, {"https://example.org/x.png"})
        self.assertEqual(site.looked, 6)


if __name__ == "__main__":
    unittest.main()
