#!/bin/sh
# The documents as a site, by the pinned mdBook: every link in it leads somewhere, and its search finds things.
# stage: slow
set -eu

site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
just docs --output "$site/book"
for word in troubleshoot free-threaded; do
    grep -q "$word" "$site"/book/html/searchindex-*.js || { echo "the search does not know $word" >&2; exit 1; }
done
# The check can fail: a page that goes, and the links to it are said to lead nowhere.
rm "$site/book/html/docs/nix.html"
if python3 - "$site/book/html" <<'END'
import pathlib, sys
sys.path.insert(0, "docs/site")
import links
sys.exit(bool(links.Site(pathlib.Path(sys.argv[1])).faults()))
END
then
    echo 'links to a page that is not there were found sound' >&2
    exit 1
fi
