"""Downloads the files of a data set: with progress in bytes, verified, and cancellable at any time."""

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from workbench.data.progress import Progress
from workbench.data.source import DataError
from workbench.durable import replacing
from workbench.spec.quantities import file_size
from workbench.spec.record import Record

BLOCK_BYTES = 1 << 18
TIMEOUT_S = 30.0
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
    done_bytes = 0
    try:
        for file in files:
            done_bytes += _fetch(title, file, done_bytes, total_bytes, progress)
    except _Failed as error:
        raise DataError(f"{error}, {instead}.") from None


def _fetch(title: str, file: RemoteFile, before: int, total_bytes: int, progress: Progress) -> int:
    """Download one file from the first address that works; return its size in bytes."""
    reason = ""
    for url in file.urls:
        try:
            return _fetch_from(title, url, file, before, total_bytes, progress)
        except _Failed as error:
            reason = str(error)
    raise _Failed(reason)


def _fetch_from(title: str, url: str, file: RemoteFile, before: int, total_bytes: int, progress: Progress) -> int:
    host = urlsplit(url).netloc
    digest = hashlib.sha256() if file.sha256_start else hashlib.md5(usedforsecurity=False)
    received = 0
    with replacing(file.path) as target:
        response = _open(title, url, host)
        with response:
            while block := _read(title, response, host):
                digest.update(block)
                target.write(block)
                received += len(block)
                done = before + received
                progress(
                    f"Downloading {title}: {file_size(done)} of {file_size(total_bytes)}",
                    min(done, total_bytes),
                    total_bytes,
                )
            expected = response.headers.get("Content-Length")
        if expected is not None and received < int(expected):
            raise _Failed(f"The connection to the server of {title} ({host}) was interrupted: try again")
        if not digest.hexdigest().startswith(file.sha256_start or file.md5):
            raise _Failed(
                f"{file.path.name} from the server of {title} ({host}) is not the expected file (checksum mismatch) "
                f"and was deleted: try again later"
            )
    return received


def _open(title: str, url: str, host: str) -> http.client.HTTPResponse:
    try:
        response: http.client.HTTPResponse = urllib.request.build_opener().open(url, timeout=TIMEOUT_S)
        return response
    except urllib.error.HTTPError as error:
        error.close()
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
