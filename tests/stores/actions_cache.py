"""A double of GitHub's Actions cache, for tests: not GitHub's, but what its second version's clients are known to ask for.

    actions_cache.py DIRECTORY PORT     with the token in ACTIONS_RUNTIME_TOKEN

Entries are reserved, uploaded in blocks to an address of their own, and then finished; none is ever replaced. The
requests are protobuf (strings, and one number), whose few fields are read here by hand.
"""

import hashlib
import http.server
import os
import pathlib
import re
import sys
import threading
import urllib.parse

SERVICE = "/twirp/github.actions.results.api.v1.CacheService/"
LOCK = threading.Lock()


def number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """{field: value} of a message of strings and numbers."""
    found, at = {}, 0
    while at < len(data):
        tag, at = number(data, at)
        value, at = number(data, at)
        if tag & 7 == 2:
            value, at = data[at : at + value].decode(), at + value
        found[tag >> 3] = value
    return found


def varint(value):
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def message(ok, text=None):
    out = b"\x08\x01" if ok else b""
    return out if text is None else out + b"\x12" + varint(len(text.encode())) + text.encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_POST(self):
        data = self.body()
        if self.headers.get("Authorization") != f"Bearer {os.environ['ACTIONS_RUNTIME_TOKEN']}":
            return self.answer(401)
        request = fields(data)
        method = self.path.removeprefix(SERVICE)
        version = request[3 if method == "CreateCacheEntry" else 4]
        entry = hashlib.sha256(f"{request[2]} {version}".encode()).hexdigest()
        reserved, done = STORE / f"{entry}.reserved", STORE / f"{entry}.entry"
        address = f"http://{self.headers['Host']}/blobs/{entry}?sig=signed-address"
        if method == "CreateCacheEntry":
            with LOCK:
                if done.exists() or reserved.exists():
                    return self.answer(409)
                reserved.touch()
            return self.answer(200, message(True, address))
        if method == "FinalizeCacheEntryUpload":
            blob = STORE / f"{entry}.blob"
            if not blob.exists() or blob.stat().st_size != request[3]:
                return self.answer(400)
            blob.rename(done)
            return self.answer(200, message(True))
        if method == "GetCacheEntryDownloadURL":
            return self.answer(200, message(True, address) if done.exists() else message(False))
        return self.answer(404)

    def do_PUT(self):
        data = self.body()
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        entry = pathlib.Path(url.path).name
        if query.get("sig") != ["signed-address"]:
            return self.answer(403)
        if query.get("comp") == ["block"]:
            block = hashlib.sha256(query["blockid"][0].encode()).hexdigest()
            (STORE / f"{entry}.{block}.block").write_bytes(data)
        elif query.get("comp") == ["blocklist"]:
            names = re.findall(r"<Latest>([^<]*)</Latest>", data.decode())
            blocks = [STORE / f"{entry}.{hashlib.sha256(name.encode()).hexdigest()}.block" for name in names]
            (STORE / f"{entry}.blob").write_bytes(b"".join(block.read_bytes() for block in blocks))
        else:
            (STORE / f"{entry}.blob").write_bytes(data)
        return self.answer(201)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        file = STORE / f"{pathlib.Path(url.path).name}.entry"
        if urllib.parse.parse_qs(url.query).get("sig") != ["signed-address"] or not file.exists():
            return self.answer(404)
        data = file.read_bytes()
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not wanted:
            return self.answer(200, data)
        first, last = int(wanted[1]), min(int(wanted[2] or len(data)), len(data) - 1)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.write(data[first : last + 1])


STORE = pathlib.Path(sys.argv[1])
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
