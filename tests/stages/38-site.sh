#!/bin/sh
# The site's builder, before and after mdBook: table of contents, links to and from outside the book.
# stage: quick
set -eu

python3 docs/site/test_site.py
