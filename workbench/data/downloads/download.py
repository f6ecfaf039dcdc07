"""Downloads the files of a data set: with progress in bytes, verified, cancellable at any time, and continued where it
was interrupted.
"""

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from io import BufferedRandom
from pathlib import Path
from urllib.parse import urlsplit

from workbench import durable
from workbench.data.progress import Progress
from workbench.data.source import DataError
from workbench.places import cache_dir
from workbench.spec.problems import SpecError
from workbench.spec.quantities import file_size
from workbench.spec.record import Record

BLOCK_BYTES = 1 << 18
TIMEOUT_S = 30.0
MD5 = partial(hashlib.md5, usedforsecurity=False)
INSTEAD = "or choose a built-in set, such as fashion-mnist-small"


class RemoteFile(Record):
    """A file to download: its addresses, tried in order; its destination; its checksum.

    The checksum is an MD5 in hex, or the beginning of a SHA-256.
    """

    urls: tuple[str, ...]
    path: Path
    md5: str = ""
    sha256_start: str = ""


class _Failed(Exception):
    """Raised when an address did not give the file; the message says why."""


def fetch_all(
    title: str, files: Sequence[RemoteFile], total_bytes: int, progress: Progress, instead: str = INSTEAD
) -> None:
    """Download every file of the set called ``title``, ``total_bytes`` in all. Raises DataError if one is not
    available.

    ``instead`` ends the message with an alternative.
    """
    durable.make_folder(_parts_folder())
    durable.clear_leftovers(_parts_folder(), "*")
    done_bytes, parts = 0, list[BufferedRandom]()
    try:
        with ExitStack() as opened:  # until all have come, they are left for the next try
            for file in files:
                parts.append(opened.enter_context(_part(file)))
                done_bytes += _fetch(title, file, parts[-1], done_bytes, total_bytes, progress)
            for file, part in zip(files, parts, strict=True):
                part.close()
                durable.move(Path(part.name), file.path)
    except _Failed as error:
        raise DataError(f"{error}, {instead}.") from None


def _fetch(
    title: str, file: RemoteFile, part: BufferedRandom, before: int, total_bytes: int, progress: Progress
) -> int:
    """Download one file from the first address that works, and return its size in bytes.

    It begins with the ``part`` that an earlier try has left. An address is asked again while it sends more, or if the
    part proved to be of another file.
    """

    def tell(received: int) -> None:
        done = before + received
        words = f"Downloading {title}: {file_size(done)} of {file_size(total_bytes)}"
        progress(words, min(done, total_bytes), total_bytes)

    reason, urls = "", list(file.urls)
    while urls:
        size = _size(part)
        try:
            _continue(title, urls[0], part, tell)
            _check(title, urls[0], part, file)
        except _Failed as error:
            reason, left = str(error), _size(part)
            was_of_another = 0 == left < size
            if left < size + BLOCK_BYTES and not was_of_another:
                del urls[0]
        else:
            return _size(part)
    raise _Failed(reason)


def _parts_folder() -> Path:
    return cache_dir() / "downloads"


@contextmanager
def _part(file: RemoteFile) -> Iterator[BufferedRandom]:
    """Yield what earlier tries have left of the file, to append to; it is left for the next one unless it is moved.

    While it is open it has a name of its own, so that another window begins anew instead of writing to it too.
    """
    left = _parts_folder() / (file.md5 or file.sha256_start)
    mine = left.with_name(f"{left.name}.{os.urandom(4).hex()}")
    with suppress(FileNotFoundError):
        left.replace(mine)
    try:
        with durable.refusals_told(mine), mine.open("a+b") as part:
            yield part
    except SpecError:  # a full disk must not stay full
        mine.unlink(missing_ok=True)
        raise
    finally:
        with suppress(FileNotFoundError):
            mine.replace(left)


def _size(part: BufferedRandom) -> int:
    return part.seek(0, os.SEEK_END)


def _continue(title: str, url: str, part: BufferedRandom, tell: Callable[[int], None]) -> None:
    """Append what is missing, from the last byte on, since there may be no more; all if the server sends that."""
    host = urlsplit(url).netloc
    start = max(_size(part) - 1, 0)
    with _open(title, url, host, part, start) as response:
        received = part.truncate(start if response.status == http.HTTPStatus.PARTIAL_CONTENT else 0)
        expected = received + int(response.headers.get("Content-Length", 0))
        while block := _read(title, response, host):
            part.write(block)
            received += len(block)
            tell(received)
    if received < expected:
        raise _Failed(f"The connection to the server of {title} ({host}) was interrupted: try again")


def _check(title: str, url: str, part: BufferedRandom, file: RemoteFile) -> None:
    """Empty the part if it is another file than expected."""
    part.seek(0)
    digest = hashlib.file_digest(part, "sha256" if file.sha256_start else MD5).hexdigest()
    if not digest.startswith(file.sha256_start or file.md5):
        part.truncate(0)
        raise _Failed(
            f"{file.path.name} from the server of {title} ({urlsplit(url).netloc}) is not the expected file (checksum "
            "mismatch) and was deleted: try again later"
        )


def _open(title: str, url: str, host: str, part: BufferedRandom, start: int) -> http.client.HTTPResponse:
    """Ask for the bytes from ``start`` on; the part is emptied if the file has none there, and so is another one."""
    asked = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        response: http.client.HTTPResponse = urllib.request.build_opener().open(asked, timeout=TIMEOUT_S)
        return response
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.truncate(0)
        raise _Failed(
            f"The server of {title} ({host}) refused {urlsplit(url).path}: {error.code} {error.reason}: try again later"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise _Failed(
            f"Could not reach the server of {title} ({host}): no network connection? "
            f"({getattr(error, 'reason', error)}). Connect and try again"
        ) from None


def _read(title: str, response: http.client.HTTPResponse, host: str) -> bytes:
    try:
        return response.read(BLOCK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _Failed(
            f"The connection to the server of {title} ({host}) was interrupted ({error}): try again"
        ) from None
