"""Looks whether every link of a built site leads somewhere: the page is there, and so is the place in it."""

import html.parser
import urllib.parse

#: mdBook's own pages, which repeat others: all chapters on one page, and what is shown for a wrong address.
SKIPPED = ("print.html", "404.html", "toc.html")


class Page(html.parser.HTMLParser):
    """The links of a page, and the places in it that a link can name."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places = [], {""}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.places |= {named[name] for name in ("id", "name") if named.get(name)}
        for name in ("href", "src"):
            if named.get(name) is not None:
                self.links.append((self.getpos()[0], named[name]))


class Site:
    """A directory of pages."""

    def __init__(self, directory):
        self.directory = directory
        self.pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(directory.rglob("*.html"))}
        self.looked = 0
        self.outside = set()

    def faults(self):
        """A line for each link that leads nowhere."""
        found = []
        for path, page in self.pages.items():
            if path.name in SKIPPED:
                continue
            for line, link in page.links:
                fault = self.fault(path, link)
                if fault:
                    found.append(f"{path.relative_to(self.directory)}:{line}: {link}: {fault}")
        return found

    def fault(self, path, link):
        """What is wrong with a link, or None."""
        split = urllib.parse.urlsplit(link)
        if split.scheme or split.netloc:
            self.outside.add(link)
            return None
        self.looked += 1
        # By code point, so that what the page says and what the address says are the same.
        target = urllib.parse.unquote(split.path)
        to = path if not target else (path.parent / target).resolve()
        if to.is_dir():
            to = to / "index.html"
        if not to.is_file():
            return "there is no such page"
        page = self.pages.get(to)
        if split.fragment and page and urllib.parse.unquote(split.fragment) not in page.places:
            return "the page has no such place"
        return None
