"""A cache of the test's own, and a local server for downloaded data sets."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder. The response for a name containing ``short`` breaks off in the middle; so do those for names in
    ``parts``, which begin where they are asked to. ``starts`` has these places.
    """

    starts = []

    def log_message(self, *arguments):
        pass

    def send_response(self, code, message=None):
        asked = self.headers["Range"] if "parts" in self.path else None
        self.start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        self.starts.append(self.start)
        size = Path(self.translate_path(self.path)).stat().st_size if asked else 1
        super().send_response((416 if self.start >= size else 206) if asked else code, message)

    def send_header(self, keyword, value):
        super().send_header(keyword, str(max(int(value) - self.start, 0)) if keyword == "Content-Length" else value)

    def copyfile(self, source, outputfile):
        source.seek(self.start)
        data = source.read()
        breaks_off = "short" in self.path or ("parts" in self.path and len(data) > 1 << 19)
        outputfile.write(data[: len(data) // 2] if breaks_off else data)


@pytest.fixture
def picture_cache(tmp_path, monkeypatch):
    """The folder of decoded pictures, which no other test fills."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "cache" / "pictures"


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Served(folder, f"http://127.0.0.1:{http.server_port}/")
        http.shutdown()
        thread.join()


class Served:
    def __init__(self, folder, url):
        self.folder = folder
        self.url = url

    def put(self, name, data):
        """Write a file; return its address and MD5."""
        (self.folder / name).write_bytes(data)
        return self.url + name, hashlib.md5(data).hexdigest()


@pytest.fixture
def fetching(tmp_path, monkeypatch):
    """A folder for downloads, and no proxy on the way to the server."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
